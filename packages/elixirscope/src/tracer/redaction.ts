import { skipTerm } from "@elixirscope/etf";
import { EVENT_KINDS, type EventBatch, NONE } from "../model/index.ts";
import { Hits, WordFilter } from "./redaction-filter.ts";
import {
  CUT_MARK,
  isModule,
  isNamed,
  MASK,
  maskIfText,
  maskMember,
  maskNumber,
  staysAsAtom,
} from "./redaction-mask.ts";
import { type Found, isKeyText, redactAfterKey, redactText } from "./redaction-text.ts";
import {
  DEFAULT_WORDS,
  judgeKey,
  PLAIN,
  SECRET,
  SECRET_TEXT,
  secretCookie,
  secretWords,
  type Verdict,
} from "./redaction-words.ts";

// Secrets are overwritten in the batch's own bytes, each with as many bytes as it had: places and lengths stay right,
// and nothing is built. Tags: https://www.erlang.org/doc/apps/erts/erl_ext_dist.html

/** Frames of the walk: terms still to come in a container, and what is known of them. */
const FRAME = 2;
const MAP = 1;
const PAIR = 2; // a tuple of two
const TUPLE = 3;
const LIST = 4;
const KIND = 7;
/** Everything in it is secret. */
const INSIDE = 8;
/** The next term is secret: anyhow; unless it is a number or an atom; only if it is a text. */
const NEXT = 16;
const NEXT_SOFT = 32;
const NEXT_TEXT = 64;
/** The last item was a text that ends with a key. */
const AFTER_KEY = 128;
/** Of a secret `{'$elixirscope_cut', Size, Outline}`: the size stays. */
const CUT = 256;
const PENDING = NEXT | NEXT_SOFT | NEXT_TEXT | AFTER_KEY;

/** Our own facts about the node: numbers, and names of the code. */
const UNTOUCHED: ReadonlySet<number> = new Set([
  EVENT_KINDS.application,
  EVENT_KINDS.sample,
  EVENT_KINDS.gap,
]);

/** The part of a dictionary that tells a function's name. */
export interface FunctionNames {
  readonly entries: readonly { readonly function: string }[];
}

/**
 * Overwrites secrets in batches. What is secret is told by its key: in maps and structs, in tuples whose first element
 * is a key (keyword lists, headers), behind a key in longer tuples and lists (`[conn, :user_token, "…"]`), and in texts
 * (`redaction-text.ts`). Keys are judged by the words in them (`redaction-words.ts`). Under a secret key
 * every text, number and atom is overwritten, however deep; pids, ports, references, keys of maps, names of modules and
 * `nil`, `true`, `false`, `undefined`, `ok`, `error` stay. Terms that are text themselves (a binary made by
 * `term_to_binary`), compressed text and lists of characters beyond Latin-1 are not looked into.
 */
export class Redactor {
  /** The words that make a key secret, as they are looked for. */
  readonly keys: readonly string[];
  readonly #filter: WordFilter;
  readonly #hits = new Hits();
  /** By number of the function: 0 not asked yet, 1 its name says nothing, 2 its name holds a secret word. */
  #functions = new Uint8Array(1024);

  // The payload being walked.
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  /** First place of a word that is not behind us. */
  #hit = 0;
  #stack = new Int32Array(FRAME * 64);
  #top = 0;
  /** Frames on the stack whose insides are secret. */
  #secretFrames = 0;
  #members = 0;

  /**
   * @param words in addition to {@link DEFAULT_WORDS}, such as the application's `:filter_parameters`
   * @param cookie of the node, overwritten wherever it stands
   */
  constructor(words: readonly string[] = [], cookie = "") {
    const all = secretWords([...DEFAULT_WORDS, ...words]);
    this.#filter = new WordFilter([...all, ...secretCookie(cookie)]);
    this.keys = all.map(({ bytes }) => new TextDecoder().decode(bytes));
  }

  /**
   * Overwrites the secrets in the payloads of a scanned batch; its columns stay true.
   * @param functions tells which calls have a secret word in their name: their texts are secret as well
   * @throws EtfError when a payload is no term
   */
  redact(batch: EventBatch, functions?: FunctionNames): void {
    const { count, offset, length, kind, bytes, mfa } = batch;
    const filter = this.#filter;
    const hits = this.#hits;
    filter.open(bytes);
    for (let i = 0; i < count; i++) {
      const start = offset[i]!;
      const end = start + length[i]!;
      hits.count = 0;
      filter.find(start, end, hits);
      if (hits.count > 0 && !UNTOUCHED.has(kind[i]!)) this.#walk(bytes, start, end);
      if (mfa[i] !== NONE && functions && this.#isSecretFunction(mfa[i]!, functions))
        this.#redactCall(kind[i]!, bytes, start, end);
    }
  }

  /** Overwrites the secrets in one term. @throws EtfError when it is none */
  redactTerm(bytes: Uint8Array): void {
    const hits = this.#hits;
    this.#filter.open(bytes);
    hits.count = 0;
    this.#filter.find(0, bytes.length, hits);
    if (hits.count > 0) this.#walk(bytes, 0, bytes.length);
  }

  #isSecretFunction(index: number, functions: FunctionNames): boolean {
    if (index >= this.#functions.length) {
      const larger = new Uint8Array(Math.max(index + 1, this.#functions.length * 2));
      larger.set(this.#functions);
      this.#functions = larger;
    }
    if (this.#functions[index] === 0) {
      const name = new TextEncoder().encode(functions.entries[index]?.function ?? "");
      this.#functions[index] = this.#verdictOfName(name) === PLAIN ? 1 : 2;
    }
    return this.#functions[index] === 2;
  }

  #verdictOfName(name: Uint8Array): Verdict {
    const hits = this.#hits;
    const filter = this.#filter;
    const batch = filter.bytes;
    hits.count = 0;
    filter.open(name);
    filter.find(0, name.length, hits);
    filter.open(batch);
    return verdictOf(name, 0, name.length, hits, 0, filter);
  }

  /** Texts that a function such as `verify_password/2` takes and gives, on their own or in `{ok, Text}`. */
  #redactCall(kind: number, bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    if (kind === EVENT_KINDS.call && bytes[start] === 108) {
      let left = word(bytes, start + 1);
      for (let at = start + 5; left > 0 && at < end; left--) {
        const next = skipTerm(bytes, at);
        maskIfText(bytes, at, next);
        at = next;
      }
    } else if (kind === EVENT_KINDS.call && bytes[start] === 107) bytes.fill(MASK, start + 3, end);
    else if (kind === EVENT_KINDS.return) {
      maskIfText(bytes, start, end);
      if (bytes[start] === 104 && bytes[start + 1] === 2) {
        const second = skipTerm(bytes, start + 2);
        maskIfText(bytes, second, end);
      }
    }
  }

  #walk(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#end = end;
    this.#hit = 0;
    this.#top = -FRAME;
    this.#secretFrames = 0;
    this.#push(1, 0);
    let at = start;
    while (this.#top >= 0) {
      const stack = this.#stack;
      const top = this.#top;
      const flags = stack[top + 1]!;
      if (stack[top] === 0) {
        if (flags & INSIDE) this.#secretFrames--;
        this.#top -= FRAME;
        continue;
      }
      this.#dropHitsBefore(at);
      // Nothing is secret from here on.
      if (this.#hit >= this.#hits.count && this.#secretFrames === 0 && !(flags & PENDING)) return;
      if (at >= end) return;
      at = this.#term(at, top);
    }
  }

  #dropHitsBefore(at: number): void {
    const hits = this.#hits;
    while (this.#hit < hits.count && hits.start(this.#hit) < at) this.#hit++;
  }

  /** Pushes a frame for `count` terms; a count that the payload cannot hold is not believed. */
  #push(count: number, flags: number): void {
    this.#top += FRAME;
    if (this.#top + FRAME > this.#stack.length) {
      const larger = new Int32Array(this.#stack.length * 2);
      larger.set(this.#stack);
      this.#stack = larger;
    }
    this.#stack[this.#top] = Math.min(count, this.#end);
    this.#stack[this.#top + 1] = flags;
    if (flags & INSIDE) this.#secretFrames++;
  }

  /** Deals with the term at `at`, the next one of the frame at `top`; answers where to go on. */
  #term(at: number, top: number): number {
    const bytes = this.#bytes;
    const left = this.#stack[top]!;
    const flags = this.#stack[top + 1]!;
    this.#stack[top] = left - 1;
    this.#stack[top + 1] = flags & ~PENDING;
    // In a map, keys and values take turns.
    const isKey = (flags & KIND) === MAP && left % 2 === 0;
    const hard = (flags & NEXT) !== 0 || ((flags & INSIDE) !== 0 && !isKey);
    const secret = hard || (flags & NEXT_SOFT) !== 0;
    const inside = secret ? INSIDE : 0;
    switch (bytes[at]) {
      case 104: // SMALL_TUPLE_EXT
        return this.#tuple(at + 2, bytes[at + 1]!, inside);
      case 105: // LARGE_TUPLE_EXT
        return this.#tuple(at + 5, word(bytes, at + 1), inside);
      case 108: // LIST_EXT
        this.#push(word(bytes, at + 1) + 1, LIST | inside);
        return at + 5;
      case 116: // MAP_EXT
        this.#push(word(bytes, at + 1) * 2, MAP | inside);
        return at + 5;
      case 112: // NEW_FUN_EXT
        return this.#fun(at + 30, word(bytes, at + 26), inside);
      case 117: // FUN_EXT
        return this.#fun(at + 5, word(bytes, at + 1), inside);
      case 109: // BINARY_EXT
        return this.#text(at + 5, word(bytes, at + 1), top, { flags, left, isKey, secret });
      case 107: // STRING_EXT
        return this.#text(at + 3, bytes[at + 1]! * 256 + bytes[at + 2]!, top, { flags, left, isKey, secret });
      case 119: // SMALL_ATOM_UTF8_EXT
      case 115: // SMALL_ATOM_EXT
        return this.#atom(at + 2, bytes[at + 1]!, top, { flags, left, isKey, secret: hard });
      case 118: // ATOM_UTF8_EXT
      case 100: // ATOM_EXT
        return this.#atom(at + 3, bytes[at + 1]! * 256 + bytes[at + 2]!, top, {
          flags,
          left,
          isKey,
          secret: hard,
        });
      default: {
        const next = skipTerm(bytes, at);
        if (hard) maskNumber(bytes, at, next, (flags & CUT) !== 0);
        // An iolist's `$=` or `$:` between a key and its value.
        if (flags & AFTER_KEY && bytes[at] === 97 && SEPARATORS.has(bytes[at + 1]!))
          this.#stack[top + 1]! |= bytes[at + 1] === 34 ? AFTER_KEY : NEXT;
        return next;
      }
    }
  }

  #tuple(at: number, arity: number, inside: number): number {
    const cut = inside !== 0 && arity === 3 && isNamed(this.#bytes, at, CUT_MARK) ? CUT : 0;
    this.#push(arity, (arity === 2 ? PAIR : TUPLE) | inside | cut);
    return at;
  }

  /** Module, two numbers and the pid of a fun name code; what it closes over is data. */
  #fun(at: number, free: number, inside: number): number {
    let next = at;
    for (let i = 0; i < 4; i++) next = skipTerm(this.#bytes, next);
    this.#push(free, LIST | inside);
    return next;
  }

  #text(at: number, length: number, top: number, place: Place): number {
    const bytes = this.#bytes;
    const end = Math.min(at + length, this.#end);
    if (place.secret || place.flags & NEXT_TEXT) bytes.fill(MASK, at, end);
    else if (place.isKey && place.flags & INSIDE && bytes[end] === 106)
      maskMember(bytes, at, end, this.#members++);
    else if (place.flags & AFTER_KEY && this.#goesOn(at, end, top)) return at + length;
    else if (this.#wordWithin(at, end)) this.#wordsIn(at, end, top, place);
    return at + length;
  }

  /** Is a word wholly in there? */
  #wordWithin(start: number, end: number): boolean {
    const hits = this.#hits;
    this.#dropHitsBefore(start);
    for (let i = this.#hit; i < hits.count && hits.start(i) < end; i++) if (hits.end(i) <= end) return true;
    return false;
  }

  /** Behind a text that was a key: does this one start with the separator? */
  #goesOn(start: number, end: number, top: number): boolean {
    const found = redactAfterKey(this.#bytes, { start, end });
    this.#follow(found, top);
    return found.type !== "done" || found.at !== start;
  }

  /** A text that holds secret words: it is a key, or keys and values stand in it. */
  #wordsIn(start: number, end: number, top: number, place: Place): void {
    const hits = this.#hits;
    this.#maskValues(end);
    const whole = hits.start(this.#hit) === start && hits.end(this.#hit) === end;
    if (whole || isKeyText(this.#bytes, start, end)) {
      this.#noteKey(start, end, top, place, false);
      return;
    }
    let done = start;
    for (let i = this.#hit; i < hits.count && hits.start(i) < end; i++) {
      if (hits.start(i) < done || hits.end(i) > end) continue;
      const hit = { start: hits.start(i), end: hits.end(i) };
      const found = redactText(this.#bytes, { start, end }, hit, this.#filter.words[hits.word(i)]!);
      if (found.type === "done") done = found.at;
      else this.#follow(found, top);
    }
  }

  /** A text in a list of texts (iodata) may go on in the next one. */
  #follow(found: Found, top: number): void {
    if ((this.#stack[top + 1]! & KIND) !== LIST) return;
    if (found.type === "value_next") this.#stack[top + 1]! |= NEXT;
    else if (found.type === "key_at_end") this.#stack[top + 1]! |= AFTER_KEY;
  }

  #atom(at: number, length: number, top: number, place: Place): number {
    const end = Math.min(at + length, this.#end);
    if (place.secret) {
      if (!staysAsAtom(this.#bytes, at, end)) this.#bytes.fill(MASK, at, end);
    } else if (this.#wordWithin(at, end) && !isModule(this.#bytes, at, end)) {
      this.#maskValues(end);
      this.#noteKey(at, end, top, place, true);
    }
    return at + length;
  }

  /** What is secret itself, from the first word on that is not behind us. */
  #maskValues(end: number): void {
    const hits = this.#hits;
    for (let i = this.#hit; i < hits.count && hits.start(i) < end; i++) {
      if (hits.end(i) <= end && this.#filter.words[hits.word(i)]!.match === "value")
        this.#bytes.fill(MASK, hits.start(i), hits.end(i));
    }
  }

  /** Where a key stands tells what of its surroundings is secret. */
  #noteKey(start: number, end: number, top: number, place: Place, atom: boolean): void {
    const verdict = verdictOf(this.#bytes, start, end, this.#hits, this.#hit, this.#filter);
    if (verdict === PLAIN) return;
    const next = verdict === SECRET_TEXT ? NEXT_TEXT : NEXT;
    const soft = verdict === SECRET_TEXT ? NEXT_TEXT : NEXT_SOFT;
    let note = 0;
    const kind = place.flags & KIND;
    if (kind === MAP) note = place.isKey ? next : 0;
    else if (kind === PAIR) note = place.left === 2 ? next : 0;
    else if (kind === TUPLE) note = soft;
    else if (kind === LIST) note = atom ? soft : AFTER_KEY;
    this.#stack[top + 1]! |= note;
  }
}

/** Where a term stands. */
interface Place {
  readonly flags: number;
  readonly left: number;
  readonly isKey: boolean;
  readonly secret: boolean;
}

/** The strictest word's verdict on a key; hits from `first` on. */
function verdictOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  hits: Hits,
  first: number,
  filter: WordFilter,
): Verdict {
  let verdict: Verdict = PLAIN;
  for (let i = first; i < hits.count && hits.start(i) < end; i++) {
    if (hits.end(i) > end) continue;
    const one = judgeKey(bytes, { start, end }, filter.words[hits.word(i)]!, hits.start(i), hits.end(i));
    if (one !== PLAIN && verdict !== SECRET) verdict = one;
  }
  return verdict;
}

/** `=`, `:` and `"`. */
const SEPARATORS: ReadonlySet<number> = new Set([61, 58, 34]);

const word = (bytes: Uint8Array, at: number): number =>
  bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
