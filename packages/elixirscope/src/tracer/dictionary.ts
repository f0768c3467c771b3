import type { AtomEntry, DictionaryDelta, FunctionEntry, ProcessEntry } from "../model/index.ts";

// Interns atoms, pids and functions straight from the wire's bytes: on the hot path no string and no object is made
// for what has been seen before. Open addressing with linear probing, at most half full.

const EMPTY = 0;

// Words of four bytes at any offset: what typed arrays cannot read and a DataView reads at the same price.

/** A view of all of `bytes`. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Four bytes a step; the last step takes the last four, whether or not they were taken before. */
function hashBytes(view: DataView, start: number, end: number): number {
  let hash = end - start;
  if (hash < 4) {
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193);
    return hash ^ (hash >>> 15);
  }
  const last = end - 4;
  for (let i = start; i < last; i += 4) {
    hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ view.getInt32(last, true), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** Whether the same `length` bytes stand at both places. */
export function sameBytes(a: DataView, atA: number, b: DataView, atB: number, length: number): boolean {
  if (length < 4) {
    for (let i = 0; i < length; i++) if (a.getUint8(atA + i) !== b.getUint8(atB + i)) return false;
    return true;
  }
  const last = length - 4;
  for (let i = 0; i < last; i += 4) if (a.getInt32(atA + i, true) !== b.getInt32(atB + i, true)) return false;
  return a.getInt32(atA + last, true) === b.getInt32(atB + last, true);
}

// Not TextDecoder("latin1"): that is windows-1252, which differs from 0x80 to 0x9f.
const latin1Decoder = { decode: (bytes: Uint8Array): string => String.fromCharCode(...bytes) };
const utf8Decoder = new TextDecoder("utf-8");

function hasHighByte(view: DataView, start: number, end: number): boolean {
  let i = start;
  for (; i + 4 <= end; i += 4) if ((view.getInt32(i, true) & 0x80808080) !== 0) return true;
  for (; i < end; i++) if (view.getUint8(i) >= 0x80) return true;
  return false;
}

const bytesOf = (view: DataView, start: number, end: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + start, end - start);

/** Atoms by their bytes. Latin-1 and UTF-8 spellings of a non-ASCII atom end up at the same index. */
export class AtomTable {
  readonly entries: AtomEntry[] = [];
  /** Index + 1 of the atom in each slot. */
  #slots: Int32Array = new Int32Array(4096);
  /** All names in UTF-8, one behind the other: name `i` ends where `i + 1` starts. */
  #names: Uint8Array = new Uint8Array(16_384);
  #view: DataView = viewOf(this.#names);
  #starts: Uint32Array = new Uint32Array(1024);
  readonly #byName = new Map<string, number>();

  /** The index of the atom whose name is the bytes of `view` from `start` to `end`. */
  intern(view: DataView, start: number, end: number, latin1: boolean): number {
    // Names are kept in UTF-8; an ASCII name is the same in both.
    if (latin1 && hasHighByte(view, start, end)) {
      return this.internName(latin1Decoder.decode(bytesOf(view, start, end)));
    }
    const mask = this.#slots.length - 1;
    let slot = hashBytes(view, start, end) & mask;
    for (let at = this.#slots[slot]!; at !== EMPTY; at = this.#slots[slot]!) {
      const from = this.#starts[at - 1]!;
      const length = this.#starts[at]! - from;
      if (length === end - start && sameBytes(this.#view, from, view, start, length)) return at - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(bytesOf(view, start, end), slot);
  }

  internName(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(name);
    return this.intern(viewOf(bytes), 0, bytes.length, false);
  }

  /** The index of a known atom, or `undefined`. */
  find(name: string): number | undefined {
    return this.#byName.get(name);
  }

  name(index: number): string {
    return this.entries[index]?.name ?? "";
  }

  #add(bytes: Uint8Array, slot: number): number {
    const name = utf8Decoder.decode(bytes);
    const index = this.entries.length;
    this.entries.push({ index, name });
    this.#byName.set(name, index);
    this.#keep(bytes, index);
    this.#slots[slot] = index + 1;
    if ((index + 1) * 2 > this.#slots.length) this.#grow();
    return index;
  }

  #keep(bytes: Uint8Array, index: number): void {
    const start = this.#starts[index]!;
    const end = start + bytes.length;
    if (end > this.#names.length) {
      const larger = new Uint8Array(Math.max(end, this.#names.length * 2));
      larger.set(this.#names);
      this.#names = larger;
      this.#view = viewOf(larger);
    }
    if (index + 1 >= this.#starts.length) {
      const larger = new Uint32Array(this.#starts.length * 2);
      larger.set(this.#starts);
      this.#starts = larger;
    }
    this.#names.set(bytes, start);
    this.#starts[index + 1] = end;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let i = 0; i < this.entries.length; i++) {
      let slot = hashBytes(this.#view, this.#starts[i]!, this.#starts[i + 1]!) & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = i + 1;
    }
  }
}

const hashPid = (node: number, id: number, serial: number, creation: number): number =>
  Math.imul(id, 0x9e3779b1) ^ Math.imul(serial, 0x85ebca6b) ^ Math.imul(creation, 0xc2b2ae35) ^ node;

/** Pids by node atom, id, serial and creation. */
export class ProcessTable {
  readonly entries: ProcessEntry[] = [];
  /** Four words an entry: node atom, id, serial, creation. */
  #words: Int32Array = new Int32Array(4 * 1024);
  #slots: Int32Array = new Int32Array(4096);
  readonly #atoms: AtomTable;

  constructor(atoms: AtomTable) {
    this.#atoms = atoms;
  }

  /** Numbers of 32 bits, whether written with a sign or without. */
  intern(node: number, id: number, serial: number, creation: number): number {
    const mask = this.#slots.length - 1;
    const words = this.#words;
    let slot = hashPid(node, id, serial, creation) & mask;
    for (let at = this.#slots[slot]!; at !== EMPTY; at = this.#slots[slot]!) {
      const w = (at - 1) * 4;
      if (
        words[w + 1] === (id | 0) &&
        words[w + 2] === (serial | 0) &&
        words[w] === node &&
        words[w + 3] === (creation | 0)
      ) {
        return at - 1;
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(node, id, serial, creation, slot);
  }

  #add(node: number, id: number, serial: number, creation: number, slot: number): number {
    const index = this.entries.length;
    const name = this.#atoms.name(node);
    this.entries.push({ index, node: name, id: id >>> 0, serial: serial >>> 0, creation: creation >>> 0 });
    this.#words = roomFor((index + 1) * 4, this.#words);
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

function roomFor(length: number, words: Int32Array): Int32Array {
  if (length <= words.length) return words;
  const larger = new Int32Array(Math.max(length, words.length * 2));
  larger.set(words);
  return larger;
}

const hashMfa = (module: number, name: number, arity: number): number => {
  const hash = Math.imul(module, 0x9e3779b1) ^ Math.imul(name, 0x85ebca6b) ^ arity;
  return hash ^ (hash >>> 15);
};

/** Functions by atom indexes and arity. */
export class FunctionTable {
  readonly entries: FunctionEntry[] = [];
  /** Three words an entry: module, name, arity. */
  #words: Int32Array = new Int32Array(3 * 1024);
  #slots: Int32Array = new Int32Array(4096);
  readonly #atoms: AtomTable;

  constructor(atoms: AtomTable) {
    this.#atoms = atoms;
  }

  intern(module: number, name: number, arity: number): number {
    const mask = this.#slots.length - 1;
    const words = this.#words;
    let slot = hashMfa(module, name, arity) & mask;
    for (let at = this.#slots[slot]!; at !== EMPTY; at = this.#slots[slot]!) {
      const w = (at - 1) * 3;
      if (words[w] === module && words[w + 1] === name && words[w + 2] === arity) return at - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(module, name, arity, slot);
  }

  #add(module: number, name: number, arity: number, slot: number): number {
    const index = this.entries.length;
    this.entries.push({ index, module: this.#atoms.name(module), function: this.#atoms.name(name), arity });
    this.#words = roomFor((index + 1) * 3, this.#words);
    this.#words.set([module, name, arity], index * 3);
    this.#slots[slot] = index + 1;
    if (this.entries.length * 2 > this.#slots.length) this.#grow();
    return index;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let i = 0; i < this.entries.length; i++) {
      const w = i * 3;
      let slot = hashMfa(this.#words[w]!, this.#words[w + 1]!, this.#words[w + 2]!) & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = i + 1;
    }
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
