import { readInteger, skipTerm } from "@elixirscope/etf";
import { isModule, MASK, maskNumber } from "./redaction-mask.ts";

/** What is to be hidden wherever it stands: a text, or a regular expression between slashes, `/\d{16}/`. */
export class Hider {
  readonly #patterns: readonly RegExp[];
  /** Whole numbers that are written like one of the texts. */
  readonly #numbers: ReadonlySet<string>;

  /** @throws SyntaxError of a regular expression that is none */
  constructor(hidden: readonly string[]) {
    this.#patterns = hidden.map(patternOf);
    this.#numbers = new Set(hidden.filter((text) => /^\d+$/.test(text)));
  }

  get isIdle(): boolean {
    return this.#patterns.length === 0;
  }

  /**
   * Overwrites it in the texts, atoms (names of modules excepted) and whole numbers of a term, with as many bytes as it had.
   * Pids, references, ports and compressed terms are not looked into.
   * @throws EtfError when it is no term
   */
  hideInTerm(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const tag = bytes[at]!;
      const inner = HEADERS[tag];
      if (inner !== undefined) {
        at += inner;
        continue;
      }
      const next = skipTerm(bytes, at);
      const text = TEXTS[tag];
      if (text !== undefined) this.#hide(bytes, at + text, next);
      else if (ATOMS[tag] !== undefined && !isModule(bytes, at + ATOMS[tag], next))
        this.#hide(bytes, at + ATOMS[tag], next);
      else if (INTEGERS.has(tag) && this.#numbers.size > 0 && this.#isHidden(readInteger(bytes, at)))
        maskNumber(bytes, at, next, false);
      at = next;
    }
  }

  /** The same in a text. */
  hideInText(text: string): string {
    const bytes = Buffer.from(text);
    return this.#hide(bytes, 0, bytes.length) ? bytes.toString() : text;
  }

  #isHidden(number: number | bigint): boolean {
    return this.#numbers.has(String(number).replace("-", ""));
  }

  #hide(bytes: Uint8Array, start: number, end: number): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
    let found = false;
    for (const pattern of this.#patterns) {
      for (const { index, 0: match } of text.matchAll(pattern)) {
        bytes.fill(MASK, start + index, start + index + match.length);
        found ||= match.length > 0;
      }
    }
    return found;
  }
}

/** Patterns see bytes, one character each, so that what is found tells where it stands. */
const asBytes = (text: string): string => Buffer.from(text).toString("latin1");

function patternOf(hidden: string): RegExp {
  const [, source, flags] = /^\/(.+)\/([ims]*)$/s.exec(hidden) ?? [];
  if (source !== undefined) return new RegExp(asBytes(source), `${flags}g`);
  const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const ways = [asBytes(hidden), Buffer.from(hidden, "latin1").toString("latin1")];
  // As a charlist, letters of Latin-1 are one byte each.
  const isLatin1 = Buffer.from(hidden, "latin1").toString("latin1") === hidden;
  return new RegExp((isLatin1 ? ways : ways.slice(0, 1)).map(literal).join("|"), "gi");
}

// By tag: bytes before the terms of a container, before the letters of a text or an atom.
// https://www.erlang.org/doc/apps/erts/erl_ext_dist.html
const HEADERS: Readonly<Record<number, number>> = { 104: 2, 105: 5, 108: 5, 116: 5, 112: 30, 117: 5 };
const TEXTS: Readonly<Record<number, number>> = { 109: 5, 107: 3, 77: 6 };
const ATOMS: Readonly<Record<number, number>> = { 119: 2, 115: 2, 118: 3, 100: 3 };
const INTEGERS: ReadonlySet<number> = new Set([97, 98, 110, 111]);
