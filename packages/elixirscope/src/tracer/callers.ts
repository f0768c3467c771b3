import type { Dictionary } from "./dictionary.ts";

/**
 * The tag of a call says who called: `Elixir.Shop.Cart.add/2:17`, the line being that of the call. A tag is an atom of the
 * recording's dictionary; there are as many as there are places in the code from which traced functions are called.
 */
export class Callers {
  readonly #dictionary: Dictionary;
  /** By line, then by number of the function. */
  readonly #byLine = new Map<number, Map<number, number>>();

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** @param module index of an atom, as `name` @param line 0: not known */
  tag(module: number, name: number, arity: number, line: number): number {
    const { atoms, functions } = this.#dictionary;
    const caller = functions.intern(module, name, arity);
    let tags = this.#byLine.get(line);
    if (!tags) {
      tags = new Map();
      this.#byLine.set(line, tags);
    }
    const known = tags.get(caller);
    if (known !== undefined) return known;
    const place = line === 0 ? "" : `:${line}`;
    const tag = atoms.internName(`${atoms.name(module)}.${atoms.name(name)}/${arity}${place}`);
    tags.set(caller, tag);
    return tag;
  }
}
