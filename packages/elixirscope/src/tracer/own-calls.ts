import { skipTerm } from "@elixirscope/etf";
import { EVENT_KINDS } from "../model/index.ts";
import { isAtomTag, TAG } from "./batch-cursor.ts";
import type { AtomTable } from "./dictionary.ts";

// What the agent's own match specs make of a call: `{es_<kind>, Payload}` in place of its arguments, or
// `{es_<kind>, Process, Tag, Payload}`, which is about that process.

/** Parts of a telemetry event's name that are shown; nobody has longer ones. */
const MOST_PARTS = 16;

/** Kinds of such calls by the atom that stands first. */
export class OwnCalls {
  readonly #codes: ReadonlyMap<number, number>;
  readonly #codesAbout: ReadonlyMap<number, number>;
  readonly #atoms: AtomTable;
  /** Tag by the atoms of an event's name, joined: `[:a, :b]` is `a.b`. */
  readonly #names = new Map<string, number>();

  constructor(atoms: AtomTable) {
    this.#atoms = atoms;
    this.#codes = new Map([
      [atoms.internName("es_telemetry"), EVENT_KINDS.telemetry],
      [atoms.internName("es_pubsub"), EVENT_KINDS.pubsub],
      [atoms.internName("es_phoenix"), EVENT_KINDS.phoenix],
      [atoms.internName("es_demonitor"), EVENT_KINDS.demonitor],
      [atoms.internName("es_plug"), EVENT_KINDS.plug],
    ]);
    this.#codesAbout = new Map([
      [atoms.internName("es_process"), EVENT_KINDS.process],
      [atoms.internName("es_supervisor"), EVENT_KINDS.supervisor],
      [atoms.internName("es_log"), EVENT_KINDS.log],
      [atoms.internName("es_name"), EVENT_KINDS.name],
    ]);
  }

  /** Number of the kind, or `undefined` for a call that is none of these. */
  kind(name: number): number | undefined {
    return this.#codes.get(name);
  }

  /** The same for `{es_<kind>, Process, Tag, Payload}`. */
  kindAbout(name: number): number | undefined {
    return this.#codesAbout.get(name);
  }

  /**
   * The tag of a telemetry event, from its payload `{Name, Measurements, Metadata}` at `start`; -1 if it has another form
   * (it was cut). `atom` reads the atom at an offset.
   */
  telemetryTag(bytes: Uint8Array, start: number, atom: (at: number) => number): number {
    if (bytes[start] !== TAG.smallTuple || bytes[start + 2] !== TAG.list) return -1;
    const count = bytes[start + 6]!;
    let at = start + 7;
    const parts: number[] = [];
    for (let i = 0; i < Math.min(count, MOST_PARTS); i++) {
      if (!isAtomTag(bytes[at]!)) return -1;
      parts.push(atom(at));
      at = skipTerm(bytes, at);
    }
    const key = parts.join();
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const tag = this.#atoms.internName(parts.map((part) => this.#atoms.name(part)).join("."));
    this.#names.set(key, tag);
    return tag;
  }
}
