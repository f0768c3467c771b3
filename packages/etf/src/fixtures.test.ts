import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decode, ErlangMap, encode, inspect, LocalTerm, skipTerm, type Term } from "./index.ts";

/** Written by test-fixtures/generate.exs on each release. */
interface Fixtures {
  readonly elixir: string;
  readonly otp: string;
  /** `term_to_binary(_, [local])`, empty before OTP 26. */
  readonly local: string;
  readonly terms: readonly { readonly source: string; readonly bytes: string; readonly inspect: string }[];
}

const read = (name: string): Fixtures =>
  JSON.parse(readFileSync(new URL(`../test-fixtures/${name}.json`, import.meta.url), "utf8")) as Fixtures;
const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

const RELEASES = ["otp25", "otp27", "otp29"];

describe.each(RELEASES)("terms as %s wrote them", (name) => {
  const { terms, elixir, otp } = read(name);
  // Maps of more than 32 keys have no order, and OTP 29 prints them the other way round than it writes them.
  const asPrinted = (term: Term): Term =>
    otp === "29" && term instanceof ErlangMap && term.entries.length > 32
      ? new ErlangMap(term.entries.toReversed())
      : term;

  test.each(terms)("$source", ({ bytes: base64, inspect: expected }) => {
    const bytes = fromBase64(base64);
    const term = decode(bytes);
    expect(inspect(asPrinted(term), { elixir })).toBe(expected);
    expect(skipTerm(bytes, 1)).toBe(bytes.length);
    const again = encode(term);
    expect(decode(again)).toEqual(term);
    expect(skipTerm(again, 1)).toBe(again.length);
  });
});

test.each(["otp27", "otp29"])(
  "a term that only its own node can read comes back byte by byte (%s)",
  (name) => {
    const bytes = fromBase64(read(name).local);
    const term = decode(bytes);
    expect(term).toBeInstanceOf(LocalTerm);
    expect(encode(term)).toEqual(bytes);
    expect(skipTerm(bytes, 1)).toBe(bytes.length);
  },
);
