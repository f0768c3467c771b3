import type { Gap, NodeEntry } from "../../model/index.ts";

interface Facts {
  readonly nodes: readonly NodeEntry[];
  readonly gaps: readonly Gap[];
  /** Names of those that the recording has: earlier versions lack some. */
  readonly tables: ReadonlySet<string>;
}

/** What nearly every question asks for and what seldom changes: read once, until it does. */
export class FactCache {
  readonly #known = new Map<keyof Facts, Promise<Facts[keyof Facts]>>();

  get<Name extends keyof Facts>(name: Name, read: () => Promise<Facts[Name]>): Promise<Facts[Name]> {
    const known = this.#known.get(name) as Promise<Facts[Name]> | undefined;
    if (known) return known;
    const asked = read();
    this.#known.set(name, asked);
    // What could not be read is asked for again.
    asked.catch(() => {
      if (this.#known.get(name) === asked) this.#known.delete(name);
    });
    return asked;
  }

  /** To be called when it has changed, or is about to. */
  forget(name: keyof Facts): void {
    this.#known.delete(name);
  }
}
