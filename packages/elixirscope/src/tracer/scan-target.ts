import { NONE } from "../model/index.ts";

/** Who holds which registered name right now, as far as events told: a send to a name is tied to its process by it. */
export class NameRegistry {
  readonly #holders = new Map<number, number>();
  /** Are all names known, so that one without holder is held by nobody? */
  complete = false;
  set(atom: number, process: number): void {
    this.#holders.set(atom, process);
  }
  delete(atom: number): void {
    this.#holders.delete(atom);
  }
  /** Process dictionary index of the holder of an atom, or {@link NONE}. */
  holder(atom: number): number {
    return this.#holders.get(atom) ?? NONE;
  }
}

/** Numbers of the next batch and event of a recording, shared by the scanners of all its nodes. */
export interface Numbering {
  batch: number;
  id: number;
}

export interface ScanTarget {
  readonly node: number;
  /** Its name: what is sent to `{Name, Node}` of itself stays at home. */
  readonly nodeName: string;
  /** Nanoseconds added to every timestamp. */
  readonly timeOffset: bigint;
  readonly names: NameRegistry;
  readonly numbering: Numbering;
}
