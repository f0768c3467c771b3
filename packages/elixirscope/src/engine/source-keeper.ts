import type { NodeLink } from "./node-link.ts";
import type { Recorder } from "./recorder.ts";

/** How often is looked for modules that came, how many are asked for at once, and how many in all. */
const EVERY_MS = 1_000;
const AT_ONCE = 20;
const MOST = 400;
/** At the end nobody waits longer for those that came last. */
const LAST_MS = 2_000;

/**
 * Keeps the sources of the application's own modules as they come into the record, so that the recording shows them
 * wherever it is opened. Libraries are left to whoever looks at them.
 */
export class SourceKeeper {
  readonly #recorder: Recorder;
  readonly #links: () => readonly NodeLink[];
  readonly #timer: NodeJS.Timeout;
  readonly #asked = new Set<string>();
  #waiting: string[] = [];
  #seen = 0;
  #looking: Promise<void> | undefined;

  constructor(recorder: Recorder, links: () => readonly NodeLink[]) {
    this.#recorder = recorder;
    this.#links = links;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  /** Takes the last ones, and looks for no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const until = performance.now() + LAST_MS;
    do await this.#look();
    while (this.#waiting.length > 0 && this.#links().length > 0 && performance.now() < until);
  }

  #look(): Promise<void> {
    this.#looking ??= this.#keep()
      // Of no consequence: the node is gone, or its code has become another.
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #keep(): Promise<void> {
    const links = this.#links();
    const { lookup } = this.#recorder;
    if (links.length === 0) return;
    const since = this.#seen;
    this.#seen = lookup.functionCount;
    for (const module of lookup.modulesSince(since)) {
      if (this.#asked.has(module) || this.#asked.size >= MOST) continue;
      this.#asked.add(module);
      this.#waiting.push(module);
    }
    const modules = this.#waiting.splice(0, AT_ONCE);
    if (modules.length === 0) return;
    const told = await Promise.all(links.map((link) => link.sourceTexts("own", modules)));
    for (const source of told.flat()) if (source.text !== null) this.#recorder.addSourceText(source);
  }
}
