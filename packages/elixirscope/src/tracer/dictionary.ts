import type { AtomEntry, DictionaryDelta, FunctionEntry, ProcessEntry } from "../model/index.ts";

// Interns atoms, pids and functions straight from the wire's bytes: on the hot path no string and no object is made
// for what has been seen before. Open addressing with linear probing, at most half full.

const EMPTY = 0;

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

// Not TextDecoder("latin1"): that is windows-1252, which differs from 0x80 to 0x9f.
const latin1Decoder = { decode: (bytes: Uint8Array): string => String.fromCharCode(...bytes) };
const utf8Decoder = new TextDecoder("utf-8");

function hasHighByte(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! >= 0x80) return true;
  return false;
}

/** Atoms by their bytes. Latin-1 and UTF-8 spellings of a non-ASCII atom end up at the same index. */
export class AtomTable {
  readonly entries: AtomEntry[] = [];
  /** Index + 1 of the atom in each slot. */
  #slots: Int32Array = new Int32Array(4096);
  readonly #keys: Uint8Array[] = [];
  readonly #byName = new Map<string, number>();

  /** The index of the atom whose name is `bytes[start..end)`. */
  intern(bytes: Uint8Array, start: number, end: number, latin1: boolean): number {
    // Keys are UTF-8; an ASCII name is the same in both.
    if (latin1 && hasHighByte(bytes, start, end)) {
      return this.internName(latin1Decoder.decode(bytes.subarray(start, end)));
    }
    const mask = this.#slots.length - 1;
    let slot = hashBytes(bytes, start, end) & mask;
    for (let at = this.#slots[slot]!; at !== EMPTY; at = this.#slots[slot]!) {
      if (sameBytes(this.#keys[at - 1]!, bytes, start, end)) return at - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes.slice(start, end), slot);
  }

  internName(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(name);
    return this.intern(bytes, 0, bytes.length, false);
  }

  /** The index of a known atom, or `undefined`. */
  find(name: string): number | undefined {
    return this.#byName.get(name);
  }

  name(index: number): string {
    return this.entries[index]?.name ?? "";
  }

  #add(key: Uint8Array, slot: number): number {
    const name = utf8Decoder.decode(key);
    const index = this.entries.length;
    this.entries.push({ index, name });
    this.#byName.set(name, index);
    this.#keys.push(key);
    this.#slots[slot] = this.#keys.length;
    if (this.#keys.length * 2 > this.#slots.length) this.#grow();
    return index;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    this.#keys.forEach((key, i) => {
      let slot = hashBytes(key, 0, key.length) & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = i + 1;
    });
  }
}

function sameBytes(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}

const hashPid = (node: number, id: number, serial: number, creation: number): number =>
  (Math.imul(id, 0x9e3779b1) ^ Math.imul(serial, 0x85ebca6b) ^ Math.imul(creation, 0xc2b2ae35) ^ node) >>> 0;

/** Pids by node atom, id, serial and creation. */
export class ProcessTable {
  readonly entries: ProcessEntry[] = [];
  /** Four words an entry: node atom, id, serial, creation. */
  #words: Uint32Array = new Uint32Array(4 * 1024);
  #slots: Int32Array = new Int32Array(4096);
  readonly #atoms: AtomTable;

  constructor(atoms: AtomTable) {
    this.#atoms = atoms;
  }

  intern(node: number, id: number, serial: number, creation: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashPid(node, id, serial, creation) & mask;
    for (let at = this.#slots[slot]!; at !== EMPTY; at = this.#slots[slot]!) {
      const w = (at - 1) * 4;
      const words = this.#words;
      if (words[w + 1] === id && words[w + 2] === serial && words[w] === node && words[w + 3] === creation) {
        return at - 1;
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(node, id, serial, creation, slot);
  }

  #add(node: number, id: number, serial: number, creation: number, slot: number): number {
    const index = this.entries.length;
    this.entries.push({ index, node: this.#atoms.name(node), id, serial, creation });
    if ((index + 1) * 4 > this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set([node, id, serial, creation], index * 4);
    this.#slots[slot] = index + 1;
    if (this.entries.length * 2 > this.#slots.length) this.#grow();
    return index;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let i = 0; i < this.entries.length; i++) {
      const w = i * 4;
      const words = this.#words;
      let slot = hashPid(words[w]!, words[w + 1]!, words[w + 2]!, words[w + 3]!) & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = i + 1;
    }
  }
}

/** Functions by atom indexes and arity. */
export class FunctionTable {
  readonly entries: FunctionEntry[] = [];
  readonly #byKey = new Map<number, number>();
  readonly #atoms: AtomTable;

  constructor(atoms: AtomTable) {
    this.#atoms = atoms;
  }

  intern(module: number, name: number, arity: number): number {
    // A node has at most 2^20 atoms unless told otherwise; 2^22 · 2^22 · 2^8 still fits a safe integer.
    const key = (module * 0x400000 + name) * 256 + arity;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const index = this.entries.length;
    this.entries.push({ index, module: this.#atoms.name(module), function: this.#atoms.name(name), arity });
    this.#byKey.set(key, index);
    return index;
  }
}

/** The dictionary of a recording, and what of it has not been handed to the store yet. */
export class Dictionary {
  readonly atoms: AtomTable = new AtomTable();
  readonly processes: ProcessTable = new ProcessTable(this.atoms);
  readonly functions: FunctionTable = new FunctionTable(this.atoms);
  #handed = { atoms: 0, processes: 0, functions: 0 };

  /** Entries added since the last call. */
  takeDelta(): DictionaryDelta {
    const { atoms, processes, functions } = this.#handed;
    this.#handed = {
      atoms: this.atoms.entries.length,
      processes: this.processes.entries.length,
      functions: this.functions.entries.length,
    };
    return {
      atoms: this.atoms.entries.slice(atoms),
      processes: this.processes.entries.slice(processes),
      functions: this.functions.entries.slice(functions),
    };
  }
}
