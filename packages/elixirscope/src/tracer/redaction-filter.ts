import { FOLD, type SecretWord } from "./redaction-words.ts";

// Which payloads hold a secret word at all? Nearly none does, and a million a second are asked, so this looks at one
// 32-bit word in four bytes and at nothing between: of a word of five letters or more, some pair of neighbours lies on a
// multiple of four wherever it starts (probe A: bytes 0 and 1 of the 32-bit word). Shorter ones need a second probe
// (B: bytes 2 and 3). For each word and each of the four ways in which it can lie, the rarest such pair is entered in a
// table; where the table says yes, the whole word is compared.

/** Letters from frequent to rare, as identifiers and texts have them; a byte that is no letter counts as frequent. */
const RARITY = "_etaonirscldpmugbfhvkyxwjqz";
const costOf = (byte: number): number => {
  const rank = RARITY.indexOf(String.fromCharCode(byte));
  return rank < 0 ? 30 : 30 - rank;
};
const ANY_COST = 300;

const PROBE_A = 1;
const PROBE_B = 2;
/** Added to a pair's number to tell B's candidates from A's. */
const B_SIDE = 0x10000;

/** Places where words stand, by start: (start, end, number of the word) each. Made once and used again and again. */
export class Hits {
  count = 0;
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  #words = new Int32Array(64);

  start(index: number): number {
    return this.#starts[index]!;
  }
  end(index: number): number {
    return this.#ends[index]!;
  }
  word(index: number): number {
    return this.#words[index]!;
  }

  add(start: number, end: number, word: number): void {
    if (this.count === this.#starts.length) this.#grow();
    // They come almost in order: probes go forward, but look at different places of a word.
    let at = this.count++;
    for (; at > 0 && this.#starts[at - 1]! > start; at--) {
      this.#starts[at] = this.#starts[at - 1]!;
      this.#ends[at] = this.#ends[at - 1]!;
      this.#words[at] = this.#words[at - 1]!;
    }
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#words[at] = word;
  }

  #grow(): void {
    const larger = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.#starts = larger(this.#starts);
    this.#ends = larger(this.#ends);
    this.#words = larger(this.#words);
  }
}

/** Finds secret words in bytes, capitals or not, `-` or `_`. Little-endian machines only, as all that Node.js and DuckDB run on. */
export class WordFilter {
  readonly words: readonly SecretWord[];
  readonly #flags = new Uint8Array(0x10000);
  /** By pair (B's above {@link B_SIDE}): its place in the lists of candidates. */
  readonly #listOf = new Uint16Array(2 * B_SIDE);
  /** Each: number of the word, then where in it the pair starts; and so on. List 0 is that of pairs not entered. */
  readonly #candidates: number[][] = [[]];

  /** What {@link open} was given last. */
  bytes: Uint8Array = new Uint8Array(0);
  #view: Int32Array = new Int32Array(0);
  /** Bytes of the view before byte 0. */
  #shift = 0;

  constructor(words: readonly SecretWord[]) {
    this.words = words;
    words.forEach((_, index) => {
      for (let start = 0; start < 4; start++) this.#enter(index, start);
    });
  }

  #enter(index: number, start: number): void {
    const word = this.words[index]!.bytes;
    let best: { readonly at: number; readonly side: number; readonly cost: number } | undefined;
    // -1 and the last one: a pair that is only half in the word, for words that are too short for a whole one.
    for (let at = -1; at < word.length; at++) {
      const place = (start + at + 4) % 4;
      if (place % 2 !== 0) continue;
      const cost =
        (at < 0 ? ANY_COST : costOf(word[at]!)) +
        (at + 1 < word.length ? costOf(word[at + 1]!) : ANY_COST) +
        (place === 0 ? 0 : ANY_COST / 3);
      if (!best || cost < best.cost) best = { at, side: place === 0 ? PROBE_A : PROBE_B, cost };
    }
    if (!best) return;
    const { at, side } = best;
    for (const first of spellings(word[at])) {
      for (const second of spellings(word[at + 1])) {
        const pair = first | (second << 8);
        this.#flags[pair]! |= side;
        const key = side === PROBE_A ? pair : pair + B_SIDE;
        const list = this.#listOf[key]!;
        if (list > 0) this.#candidates[list]!.push(index, at);
        else this.#listOf[key] = this.#candidates.push([index, at]) - 1;
      }
    }
  }

  /** The bytes that {@link find} looks at from now on. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#shift = bytes.byteOffset & 3;
    const start = bytes.byteOffset - this.#shift;
    const length = (bytes.buffer.byteLength - start) >> 2;
    this.#view = new Int32Array(bytes.buffer, start, length);
  }

  /** Adds to `hits` the words that lie within `start..end`, both inside of the opened bytes. */
  find(start: number, end: number, hits: Hits): void {
    if (end <= start) return;
    const view = this.#view;
    const flags = this.#flags;
    const shift = this.#shift;
    const last = (end - 1 + shift) >> 2;
    const whole = Math.min(last, view.length - 1);
    for (let i = (start + shift) >> 2; i <= whole; i++) {
      const word = view[i]!;
      if (((flags[word & 0xffff]! & PROBE_A) | (flags[word >>> 16]! & PROBE_B)) !== 0)
        this.#look(word, i * 4 - shift, start, end, hits);
    }
    // A buffer that does not end with a 32-bit word: its last bytes, filled up.
    if (last > whole) {
      const at = last * 4 - shift;
      let word = 0;
      for (let i = 3; i >= 0; i--) word = (word << 8) | (this.bytes[at + i] ?? 0);
      this.#look(word, at, start, end, hits);
    }
  }

  #look(word: number, at: number, start: number, end: number, hits: Hits): void {
    const a = word & 0xffff;
    const b = word >>> 16;
    if (this.#flags[a]! & PROBE_A) this.#compare(this.#candidates[this.#listOf[a]!]!, at, start, end, hits);
    if (this.#flags[b]! & PROBE_B)
      this.#compare(this.#candidates[this.#listOf[b + B_SIDE]!]!, at + 2, start, end, hits);
  }

  #compare(candidates: readonly number[], at: number, start: number, end: number, hits: Hits): void {
    const bytes = this.bytes;
    for (let c = 0; c < candidates.length; c += 2) {
      const index = candidates[c]!;
      const word = this.words[index]!.bytes;
      const from = at - candidates[c + 1]!;
      const to = from + word.length;
      if (from < start || to > end) continue;
      let i = 0;
      while (i < word.length && FOLD[bytes[from + i]!] === word[i]) i++;
      if (i === word.length) hits.add(from, to, index);
    }
  }
}

const ALL_BYTES: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte);

/** The bytes that count as `folded`; all of them outside of the word. */
const spellings = (folded: number | undefined): readonly number[] =>
  folded === undefined ? ALL_BYTES : ALL_BYTES.filter((byte) => FOLD[byte] === folded);
