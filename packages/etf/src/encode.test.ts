import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  atom,
  BitString,
  binary,
  decode,
  decodeTerm,
  Encoder,
  ErlangMap,
  EtfError,
  ExportFun,
  encode,
  encodeInto,
  Float,
  Fun,
  ImproperList,
  LocalTerm,
  Pid,
  Port,
  Reference,
  skipTerm,
  type Term,
  tuple,
} from "./index.ts";
import { anyTerm } from "./testing/random-terms.ts";

test("random terms come back as they went", () => {
  fc.assert(
    fc.property(anyTerm, (term) => {
      const bytes = encode(term);
      expect(decode(bytes)).toEqual(term);
      expect(skipTerm(bytes, 1)).toBe(bytes.length);
    }),
    { numRuns: 500 },
  );
});

describe("the form of each term is the one that OTP 26 and later write", () => {
  test.each<[string, Term, readonly number[]]>([
    ["a byte", 255, [97, 255]],
    ["a small integer", 256, [98, 0, 0, 1, 0]],
    ["the least small integer", -(2 ** 31), [98, 128, 0, 0, 0]],
    ["a big integer", 2 ** 31, [110, 4, 0, 0, 0, 0, 128]],
    ["a small integer as bigint", 7n, [97, 7]],
    ["a negative big integer", -(2n ** 64n), [110, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ["a float", new Float(-0), [70, 128, 0, 0, 0, 0, 0, 0, 0]],
    ["an atom", atom("é"), [119, 2, 195, 169]],
    ["the empty list", [], [106]],
    ["bytes in a list", [1, 2], [107, 0, 2, 1, 2]],
    ["a list", [1, 256], [108, 0, 0, 0, 2, 97, 1, 98, 0, 0, 1, 0, 106]],
    ["an improper list", new ImproperList([1], 2), [108, 0, 0, 0, 1, 97, 1, 97, 2]],
    ["a map", new ErlangMap([[1, 2]]), [116, 0, 0, 0, 1, 97, 1, 97, 2]],
    ["a binary", binary("a"), [109, 0, 0, 0, 1, 97]],
    ["a bitstring", new BitString(Uint8Array.of(160), 3), [77, 0, 0, 0, 1, 3, 160]],
    ["a pid", new Pid("a", 1, 2, 3), [88, 119, 1, 97, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]],
    ["a port", new Port("a", 1n, 3), [89, 119, 1, 97, 0, 0, 0, 1, 0, 0, 0, 3]],
    ["a long port", new Port("a", 2n ** 28n, 3), [120, 119, 1, 97, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 3]],
    ["a reference", new Reference("a", 3, [1]), [90, 0, 1, 119, 1, 97, 0, 0, 0, 3, 0, 0, 0, 1]],
    ["an export", new ExportFun("m", "f", 2), [113, 119, 1, 109, 119, 1, 102, 97, 2]],
    ["a local term", new LocalTerm(Uint8Array.of(1, 2)), [121, 1, 2]],
  ])("%s", (_, term, expected) => {
    const bytes = encode(term);
    expect(Array.from(bytes)).toEqual([131, ...expected]);
    expect(decode(bytes)).toEqual(typeof term === "bigint" && term === 7n ? 7 : term);
  });

  test.each([
    [255, 104, 2],
    [256, 105, 5],
  ])("a tuple of %i", (arity, tag, header) => {
    const bytes = encode(tuple(...Array.from({ length: arity }, () => [])));
    expect(bytes[1]).toBe(tag);
    expect(bytes).toHaveLength(1 + header + arity);
  });

  test.each([
    [255, 119],
    [256, 118],
  ])("an atom of %i bytes", (length, tag) => {
    const name = "é".repeat(length >> 1) + "a".repeat(length & 1);
    const bytes = encode(atom(name));
    expect(bytes[1]).toBe(tag);
    expect(decode(bytes)).toEqual(atom(name));
  });

  test.each([
    [255, 110],
    [256, 111],
  ])("an integer of %i bytes", (length, tag) => {
    const value = 2n ** BigInt(8 * length) - 1n;
    const bytes = encode(value);
    expect(bytes[1]).toBe(tag);
    expect(decode(bytes)).toBe(value);
  });

  test("65,536 bytes in a list are no string any more", () => {
    const bytes = encode(Array.from({ length: 65_536 }, () => 1));
    expect(bytes[1]).toBe(108);
    expect(decode(bytes)).toHaveLength(65_536);
  });
});

test("an integer of many thousand bytes", () => {
  const value = -(2n ** 80_001n) + 12_345n;
  expect(decode(encode(value))).toBe(value);
});

describe("what is no term", () => {
  test.each<[string, unknown]>([
    ["a string", "text"],
    ["a fraction", 1.5],
    ["an unsafe integer", 2 ** 53],
    ["no number", Number.NaN],
    ["an infinite float", new Float(Number.POSITIVE_INFINITY)],
    ["undefined", undefined],
    ["null", null],
    ["a plain object", {}],
    ["an atom of 256 characters", atom("a".repeat(256))],
    ["an atom with half a surrogate pair", atom("\ud800")],
    ["a pid of 33 bits", new Pid("a", 2 ** 32, 0, 0)],
    ["a pid with a negative serial", new Pid("a", 0, -1, 0)],
    ["a port of 65 bits", new Port("a", 2n ** 64n, 0)],
    ["a reference without words", new Reference("a", 0, [])],
    ["an export of arity 256", new ExportFun("m", "f", 256)],
    ["an improper list without items", new ImproperList([], 1)],
    ["a bitstring of 8 bits", new BitString(Uint8Array.of(1), 8)],
    ["a local term inside of a term", tuple(new LocalTerm(Uint8Array.of(1)))],
    ["a bitstring of no bytes", new BitString(new Uint8Array(), 3)],
  ])("%s", (_, value) => {
    let code: string | undefined;
    try {
      encode(value as Term);
    } catch (error) {
      code = error instanceof EtfError ? error.code : String(error);
    }
    expect(code).toBe("ETF_UNENCODABLE");
  });

  test("an atom of 255 characters outside of the first plane is one", () => {
    const name = "🎉".repeat(255);
    expect(decode(encode(atom(name)))).toEqual(atom(name));
  });
});

describe("Encoder", () => {
  test("writes terms one after another", () => {
    const encoder = new Encoder({ initialBytes: 1 });
    encodeInto(encoder, tuple(6, new Pid("a", 1, 2, 3), atom("name")));
    const end = encoder.length;
    encoder.term([binary("x".repeat(1000))]);
    const bytes = encoder.toBytes();
    expect(decodeTerm(bytes, 0).end).toBe(end);
    expect(decodeTerm(bytes, end)).toEqual({ term: [binary("x".repeat(1000))], end: bytes.length });
  });

  test("a half written term can be taken back", () => {
    const encoder = new Encoder().byte(112).term(1);
    const before = encoder.length;
    expect(() => encoder.term(tuple(1, "oops" as unknown as Term))).toThrow(EtfError);
    encoder.truncate(before);
    expect(Array.from(encoder.bytes())).toEqual([112, 97, 1]);
    encoder.reset();
    expect(encoder.bytes()).toHaveLength(0);
  });

  test("a copy does not change with what is written next", () => {
    const encoder = new Encoder().term(1);
    const copy = encoder.toBytes();
    encoder.reset();
    encoder.term(2);
    expect(Array.from(copy)).toEqual([97, 1]);
  });
});

test("a fun that came with cached atoms goes out with the atoms written out", () => {
  const node = [82, 0];
  const module = [82, 1];
  const uniq = Array.from({ length: 16 }, (_, i) => i);
  const pid = [88, ...node, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1];
  const body = [
    1,
    ...uniq,
    0,
    0,
    0,
    5,
    0,
    0,
    0,
    1,
    ...module,
    97,
    4,
    98,
    0,
    0,
    2,
    0,
    ...pid,
    104,
    1,
    ...module,
  ];
  const bytes = Uint8Array.from([112, 0, 0, 0, body.length + 4, ...body]);
  const atomCache = [atom("a@b"), atom("Elixir.Hello")];
  const { term, end } = decodeTerm(bytes, 0, { atomCache });
  expect(end).toBe(bytes.length);
  const fun = term as Fun;
  expect(fun).toEqual(
    new Fun("Elixir.Hello", 1, 5, 512, new Pid("a@b", 9, 0, 1), [tuple(atom("Elixir.Hello"))], fun.bytes),
  );
  const again = encode(fun);
  expect(new DataView(again.buffer, again.byteOffset).getUint32(2)).toBe(again.length - 2);
  expect(decode(again)).toEqual(fun);
});

test("binaries and funs are views of what they were decoded from", () => {
  const bytes = encode(binary("abc"));
  const view = decode(bytes) as Uint8Array;
  bytes[6] = 120;
  expect(view).toEqual(binary("xbc"));
});
