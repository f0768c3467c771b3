import { describe, expect, it } from "vitest";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { EtfError } from "./errors.ts";
import { inspect } from "./inspect.ts";
import { skipTerm } from "./skip.ts";
import { NativeRecord, tuple } from "./terms.ts";

// term_to_binary of `#r{a = 3, b = 2}` (exported) and of `#e{}` on OTP 29.
const RECORD = [131, 67, 0, 0, 0, 2, 1, 119, 2, 110, 114, 119, 1, 114, 119, 1, 97, 119, 1, 98, 97, 3, 97, 2];
const EMPTY = [131, 67, 0, 0, 0, 0, 0, 119, 2, 110, 114, 119, 1, 101];

describe("native records of OTP 29", () => {
  it.each([
    [
      RECORD,
      new NativeRecord("nr", "r", 1, [
        ["a", 3],
        ["b", 2],
      ]),
      "#nr:r{a = 3,b = 2}",
    ],
    [EMPTY, new NativeRecord("nr", "e", 0, []), "#nr:e{}"],
  ])("are read, skipped, written and printed (%#)", (wire, record, text) => {
    const bytes = Uint8Array.from(wire);
    expect(decode(bytes)).toEqual(record);
    expect(skipTerm(bytes, 1)).toBe(bytes.length);
    expect([...encode(record)]).toEqual(wire);
    expect(inspect(record)).toBe(text);
    expect(decode(encode(tuple(record, [record])))).toEqual(tuple(record, [record]));
  });

  it("are refused where they are cut or claim more fields than there are bytes", () => {
    for (let length = 1; length < RECORD.length; length++) {
      expect(() => decode(Uint8Array.from(RECORD.slice(0, length)))).toThrow(EtfError);
      expect(() => skipTerm(Uint8Array.from(RECORD.slice(0, length)), 1)).toThrow(EtfError);
    }
    const liar = Uint8Array.from(RECORD);
    liar.set([255, 255, 255, 255], 2);
    expect(() => decode(liar)).toThrow(expect.objectContaining({ code: "ETF_TRUNCATED" }));
    expect(() => skipTerm(liar, 1)).toThrow(expect.objectContaining({ code: "ETF_TRUNCATED" }));
  });
});
