import { randomBytes } from "node:crypto";
import { type Pid, Reference } from "@elixirscope/etf";

/** Equal exactly for equal pids. */
export const pidKey = (pid: Pid): string => `${pid.id}.${pid.serial}.${pid.creation}@${pid.node}`;

/** Equal exactly for equal references. */
export const refKey = (ref: Reference): string => `${ref.words.join(".")}.${ref.creation}@${ref.node}`;

/** Makes the references of one connection. */
export class ReferenceMaker {
  readonly #node: string;
  readonly #creation: number;
  /** Sets them apart from those of an earlier connection under the same name. */
  readonly #salt = randomBytes(4).readUInt32BE(0);
  #count = 0;

  constructor(node: string, creation: number) {
    this.#node = node;
    this.#creation = creation;
  }

  make(): Reference {
    this.#count += 1;
    // The first word had 18 bits before OTP 24.
    const words = [this.#count & 0x3ffff, Math.floor(this.#count / 0x40000) >>> 0, this.#salt];
    return new Reference(this.#node, this.#creation, words);
  }
}
