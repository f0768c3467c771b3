/**
 * The atom cache of a connection: atoms that the peer sent once and refers to by number since.
 * Source: "External Term Format" in the ERTS User's Guide, section Distribution Header.
 */
import { Atom } from "@elixirscope/etf";
import { DistError } from "./errors.ts";

const CACHE_ENTRIES = 2048;

export interface AtomTable {
  /** What ATOM_CACHE_REF n in this message means, by n. */
  readonly atoms: readonly Atom[];
  /** Offset behind the header. */
  readonly end: number;
}

export class AtomCache {
  readonly #entries: (Atom | undefined)[] = Array.from({ length: CACHE_ENTRIES });

  /**
   * Reads the references of a distribution header, from the byte that counts them on, and takes the new atoms into the cache.
   * @throws DistError DIST_PROTOCOL
   */
  read(bytes: Uint8Array, offset: number): AtomTable {
    const count = byteAt(bytes, offset);
    if (count === 0) return { atoms: [], end: offset + 1 };
    const flags = offset + 1;
    // Four bits for each reference, and four more whose lowest says that atom lengths take two bytes.
    let at = flags + (count >> 1) + 1;
    const long = (nibble(bytes, flags, count) & 1) === 1;
    const atoms: Atom[] = [];
    for (let i = 0; i < count; i++) {
      const flag = nibble(bytes, flags, i);
      const index = ((flag & 7) << 8) | byteAt(bytes, at++);
      if ((flag & 8) !== 0) {
        const length = long ? (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1) : byteAt(bytes, at);
        at += long ? 2 : 1;
        if (at + length > bytes.length) throw broken("an atom is cut off");
        this.#entries[index] = new Atom(utf8(bytes.subarray(at, at + length)));
        at += length;
      }
      const atom = this.#entries[index];
      if (atom === undefined) throw broken(`entry ${index} was never sent`);
      atoms.push(atom);
    }
    return { atoms, end: at };
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new DistError("DIST_PROTOCOL", "Broken distribution header: an atom is not UTF-8", {}, cause);
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw broken("it is cut off");
  return byte;
}

/** Low half first. */
function nibble(bytes: Uint8Array, flags: number, index: number): number {
  const byte = byteAt(bytes, flags + (index >> 1));
  return (index & 1) === 0 ? byte & 15 : byte >> 4;
}

function broken(what: string): DistError {
  return new DistError("DIST_PROTOCOL", `Broken distribution header: ${what}`);
}
