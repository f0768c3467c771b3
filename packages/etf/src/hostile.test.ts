import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type DecodeOptions,
  decode,
  decodeTerm,
  EtfError,
  type EtfErrorCode,
  encode,
  inspectWithInfo,
  skipTerm,
  tuple,
} from "./index.ts";
import { anyTerm } from "./testing/random-terms.ts";

/** Each tag once, in its least form, without version byte. */
const NODE = [119, 1, 97];
const SAMPLES: Readonly<Record<string, readonly number[]>> = {
  SMALL_INTEGER: [97, 1],
  INTEGER: [98, 255, 255, 255, 254],
  FLOAT: [99, ...text("1.50000000000000000000e+00"), 0, 0, 0, 0, 0],
  NEW_FLOAT: [70, 63, 248, 0, 0, 0, 0, 0, 0],
  ATOM: [100, 0, 2, 111, 107],
  SMALL_ATOM: [115, 2, 111, 107],
  ATOM_UTF8: [118, 0, 2, 195, 169],
  SMALL_ATOM_UTF8: [119, 2, 195, 169],
  ATOM_CACHE_REF: [82, 0],
  PORT: [102, ...NODE, 0, 0, 0, 1, 2],
  NEW_PORT: [89, ...NODE, 0, 0, 0, 1, 0, 0, 0, 2],
  V4_PORT: [120, ...NODE, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3],
  PID: [103, ...NODE, 0, 0, 0, 1, 0, 0, 0, 2, 3],
  NEW_PID: [88, ...NODE, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3],
  REFERENCE: [101, ...NODE, 0, 0, 0, 1, 2],
  NEW_REFERENCE: [114, 0, 2, ...NODE, 3, 0, 0, 0, 1, 0, 0, 0, 2],
  NEWER_REFERENCE: [90, 0, 2, ...NODE, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2],
  SMALL_TUPLE: [104, 1, 106],
  LARGE_TUPLE: [105, 0, 0, 0, 1, 106],
  MAP: [116, 0, 0, 0, 1, 97, 1, 97, 2],
  NIL: [106],
  STRING: [107, 0, 2, 1, 2],
  LIST: [108, 0, 0, 0, 1, 106, 106],
  IMPROPER: [108, 0, 0, 0, 1, 97, 1, 97, 2],
  BINARY: [109, 0, 0, 0, 2, 1, 2],
  BIT_BINARY: [77, 0, 0, 0, 1, 3, 160],
  SMALL_BIG: [110, 8, 1, 1, 2, 3, 4, 5, 6, 7, 8],
  LARGE_BIG: [111, 0, 0, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8],
  EXPORT: [113, 119, 1, 109, 119, 1, 102, 97, 2],
  FUN: [117, 0, 0, 0, 1, 103, ...NODE, 0, 0, 0, 1, 0, 0, 0, 2, 3, 119, 1, 109, 97, 1, 98, 0, 0, 0, 2, 106],
  NEW_FUN: newFun(),
};
const options: DecodeOptions = { atomCache: [tuple, encode].map(() => ({ name: "cached" })) };

function text(value: string): number[] {
  return Array.from(new TextEncoder().encode(value));
}

const repeat = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

function newFun(): number[] {
  const rest = [
    2,
    ...Array.from({ length: 16 }, (_, i) => i),
    0,
    0,
    0,
    7,
    0,
    0,
    0,
    1,
    119,
    1,
    109,
    97,
    6,
    98,
    0,
    0,
    1,
    0,
  ];
  const pid = [88, ...NODE, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
  const body = [...rest, ...pid, 106];
  return [112, 0, 0, 0, body.length + 4, ...body];
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes in use, garbage not counted. */
function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

/** The code of the error that `run` throws; anything but an EtfError that names an offset inside of the input fails the test. */
function errorOf(run: () => unknown, length: number): EtfErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (!(error instanceof EtfError)) throw error;
    const { offset } = error.details;
    check(offset >= 0 && offset <= length, `offset ${offset} of ${length} bytes`);
    check(error.message.includes(` ${offset}`), `no offset in: ${error.message}`);
    return error.code;
  }
}

const bytesOf = (...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

const uint32 = (value: number): number[] => [
  value >>> 24,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255,
];

describe("truncation", () => {
  test.each(Object.entries(SAMPLES))("%s decodes whole, and fails typed when cut anywhere", (_, sample) => {
    const whole = Uint8Array.from(sample);
    expect(decodeTerm(whole, 0, options).end).toBe(whole.length);
    expect(skipTerm(whole, 0)).toBe(whole.length);
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      expect(errorOf(() => decodeTerm(cut, 0, options), length)).toBe("ETF_TRUNCATED");
      expect(errorOf(() => skipTerm(cut, 0), length)).toBe("ETF_TRUNCATED");
    }
  });

  test("random terms fail typed when cut anywhere", () => {
    fc.assert(
      fc.property(anyTerm, (term) => {
        const whole = encode(term);
        for (let length = 1; length < whole.length; length++) {
          const cut = whole.subarray(0, length);
          expect(errorOf(() => decode(cut), length)).toBe("ETF_TRUNCATED");
          expect(errorOf(() => skipTerm(cut, 1), length)).toBe("ETF_TRUNCATED");
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("noise", () => {
  const samples = Object.values(SAMPLES);
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .array(
        fc.oneof(fc.constantFrom(...samples), fc.constantFrom([108], [105], [116], [104], [0, 0, 0, 2])),
        { maxLength: 20 },
      )
      .map((parts) => bytesOf(...parts)),
    fc
      .tuple(anyTerm, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }))
      .map(([term, changes]) => {
        const bytes = encode(term).slice(1);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      }),
  );

  test("decodes or fails typed; where it decodes, skipping ends at the same byte", () => {
    let decoded = 0;
    fc.assert(
      fc.property(noise, (bytes) => {
        let end: number | undefined;
        const failure = errorOf(() => {
          end = decodeTerm(bytes, 0, options).end;
        }, bytes.length);
        let skipped: number | undefined;
        const skipFailure = errorOf(() => {
          skipped = skipTerm(bytes, 0);
        }, bytes.length);
        if (failure === undefined) {
          check(skipped === end, `decoded up to ${end}, skipped up to ${skipped}`);
          decoded++;
        }
        // Skipping looks less closely, but never finds fault where decoding finds none, nor less than all that is there.
        check(skipFailure === undefined || failure !== undefined, `only skipping fails: ${skipFailure}`);
      }),
      { numRuns: 20_000 },
    );
    expect(decoded).toBeGreaterThan(2000);
  });
});

describe("claims", () => {
  const MAX = [255, 255, 255, 255];
  test.each([
    ["LIST", [108, ...MAX, 106]],
    ["LARGE_TUPLE", [105, ...MAX, 106]],
    ["MAP", [116, ...MAX, 106, 106]],
    ["BINARY", [109, ...MAX, 1]],
    ["BIT_BINARY", [77, ...MAX, 3, 1]],
    ["LARGE_BIG", [111, ...MAX, 0, 1]],
    ["STRING", [107, 255, 255, 1]],
    ["ATOM", [100, 255, 255, 1]],
    ["ATOM_UTF8", [118, 255, 255, 1]],
    ["NEWER_REFERENCE", [90, 255, 255, ...NODE, 0, 0, 0, 1]],
    ["NEW_FUN", [...newFun().slice(0, 26), ...MAX, ...newFun().slice(30)]],
    ["FUN", [117, ...MAX, 106]],
  ])("%s of 4 GB is refused before anything is allocated", (_, sample) => {
    const bytes = Uint8Array.from(sample);
    expect(errorOf(() => decodeTerm(bytes, 0), bytes.length)).toBe("ETF_TRUNCATED");
    expect(errorOf(() => skipTerm(bytes, 0), bytes.length)).toBe("ETF_TRUNCATED");
  });

  test("many headers that each claim all the rest cost no more than their bytes", () => {
    const levels = 500;
    const padding = 200_000;
    const headers = Array.from({ length: levels }, () => [105, ...uint32(padding)]);
    const bytes = bytesOf(...headers, new Uint8Array(padding + 10).fill(106));
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    expect(errorOf(() => decodeTerm(bytes, 0), bytes.length)).toBe("ETF_TRUNCATED");
    expect(process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before).toBeLessThan(
      100_000_000,
    );
  });

  test.each([
    ["a tuple", [104, 1], 2],
    ["a list", [108, 0, 0, 0, 1], 5],
    ["a map's value", [116, 0, 0, 0, 1, 106], 6],
  ])("a million levels of %s", (_, header, size) => {
    const levels = 1_000_000;
    const deep = new Uint8Array(levels * size + 1).fill(106);
    for (let i = 0; i < levels; i++) deep.set(header, i * size);
    expect(errorOf(() => decodeTerm(deep, 0), deep.length)).toBe("ETF_TOO_DEEP");
    expect(errorOf(() => decodeTerm(deep, 0, { maxDepth: Number.POSITIVE_INFINITY }), deep.length)).toBe(
      "ETF_TOO_DEEP",
    );
    const expected = header[0] === 108 ? "ETF_TRUNCATED" : undefined;
    expect(errorOf(() => skipTerm(deep, 0), deep.length)).toBe(expected);
  });

  test("a list whose tail is a list, a hundred thousand times, is one list", () => {
    const links = 100_000;
    const bytes = bytesOf(...Array.from({ length: links }, () => [108, 0, 0, 0, 1, 97, 1]), [106]);
    expect(decodeTerm(bytes, 0).term).toHaveLength(links);
    expect(skipTerm(bytes, 0)).toBe(bytes.length);
  });

  test("the deepest term allowed decodes, encodes and prints", () => {
    const levels = 512;
    const bytes = bytesOf([131], ...Array.from({ length: levels }, () => [104, 1]), [106]);
    const term = decode(bytes);
    expect(encode(term)).toEqual(bytes);
    expect(inspectWithInfo(term, { limit: Number.POSITIVE_INFINITY }).text).toHaveLength(2 * levels + 2);
    expect(errorOf(() => encode(tuple(term)), bytes.length + 2)).toBe("ETF_TOO_DEEP");
  });

  test("a flood of atoms leaves nothing behind", () => {
    const before = usedHeap();
    for (let i = 0; i < 100_000; i++) {
      const name = text(`atom number ${i} of a flood that would fill a table of atoms`);
      decodeTerm(Uint8Array.from([119, name.length, ...name]), 0);
    }
    expect(usedHeap() - before).toBeLessThan(4_000_000);
  });
});

describe("nonsense", () => {
  test.each<[string, readonly number[], EtfErrorCode]>([
    ["an unknown tag", [1], "ETF_BAD_TAG"],
    ["an atom that is not UTF-8", [119, 1, 255], "ETF_INVALID"],
    ["an atom of half a character", [119, 1, 195], "ETF_INVALID"],
    ["an atom of 256 characters", [118, 1, 0, ...repeat(256, 97)], "ETF_INVALID"],
    ["a latin1 atom of 256 characters", [100, 1, 0, ...repeat(256, 233)], "ETF_INVALID"],
    ["a bitstring of 9 bits in its last byte", [77, 0, 0, 0, 1, 9, 0], "ETF_INVALID"],
    ["a bitstring of 0 bits in its last byte", [77, 0, 0, 0, 1, 0, 0], "ETF_INVALID"],
    ["an empty bitstring with bits", [77, 0, 0, 0, 0, 3], "ETF_INVALID"],
    ["a float that is infinite", [70, 127, 240, 0, 0, 0, 0, 0, 0], "ETF_INVALID"],
    ["a float that is no number", [70, 127, 248, 0, 0, 0, 0, 0, 0], "ETF_INVALID"],
    ["a text float of noise", [99, ...text("1.5x"), ...repeat(27, 0)], "ETF_INVALID"],
    ["an empty text float", [99, ...repeat(31, 0)], "ETF_INVALID"],
    ["a reference of no words", [90, 0, 0, ...NODE, 0, 0, 0, 1], "ETF_INVALID"],
    ["a reference of six words", [90, 0, 6, ...NODE, ...repeat(28, 0)], "ETF_INVALID"],
    ["a pid whose node is a number", [88, 97, 1, ...repeat(12, 0)], "ETF_BAD_TAG"],
    ["a fun whose arity is an atom", [113, ...NODE, ...NODE, ...NODE], "ETF_BAD_TAG"],
    ["a cached atom that nobody announced", [82, 9], "ETF_INVALID"],
    ["a compressed term inside of a term", [104, 1, 80, 0, 0, 0, 1, 0], "ETF_BAD_TAG"],
    ["a local term inside of a term", [104, 1, 121, 0], "ETF_BAD_TAG"],
  ])("%s", (_, sample, code) => {
    const bytes = Uint8Array.from(sample);
    expect(errorOf(() => decodeTerm(bytes, 0), bytes.length)).toBe(code);
  });

  test("bytes behind the term, no version byte, no bytes at all", () => {
    expect(errorOf(() => decode(Uint8Array.of(131, 106, 0)), 3)).toBe("ETF_TRAILING");
    expect(errorOf(() => decode(Uint8Array.of(106)), 1)).toBe("ETF_INVALID");
    expect(errorOf(() => decode(new Uint8Array()), 0)).toBe("ETF_TRUNCATED");
    expect(errorOf(() => decodeTerm(Uint8Array.of(106), 5), 5)).toBe("ETF_TRUNCATED");
  });
});

const compressed = (data: Uint8Array, claim: number = data.length): Uint8Array =>
  bytesOf([131, 80], uint32(claim), deflateSync(data));

describe("compressed terms", () => {
  test("a bomb is refused by its claim, and by what comes out of it", () => {
    const bomb = bytesOf([109], uint32(50_000_000), new Uint8Array(50_000_000));
    expect(errorOf(() => decode(compressed(bomb), { maxInflatedBytes: 1_000_000 }), 60_000)).toBe(
      "ETF_TOO_LARGE",
    );
    expect(errorOf(() => decode(compressed(bomb, 100)), 60_000)).toBe("ETF_TOO_LARGE");
    expect(skipTerm(compressed(bomb), 1)).toBe(compressed(bomb).length);
  });

  test("a claim above what comes out, a second term inside, a term that is broken inside", () => {
    const nil = Uint8Array.of(106);
    expect(decode(compressed(nil))).toEqual([]);
    expect(errorOf(() => decode(compressed(nil, 2)), 20)).toBe("ETF_INVALID");
    expect(errorOf(() => decode(compressed(bytesOf(nil, nil))), 20)).toBe("ETF_INVALID");
    expect(errorOf(() => decode(compressed(Uint8Array.of(109, 0, 0, 0, 9, 1))), 20)).toBe("ETF_TRUNCATED");
    expect(errorOf(() => decode(compressed(Uint8Array.of(1))), 20)).toBe("ETF_BAD_TAG");
    expect(errorOf(() => decode(bytesOf(compressed(nil), [0])), 30)).toBe("ETF_TRAILING");
  });

  test("cut anywhere, and with any byte changed, it decodes to the same or fails typed", () => {
    const whole = compressed(encode(tuple(...Array.from({ length: 200 }, (_, i) => i * 7919))).slice(1));
    const term = decode(whole);
    for (let i = 2; i < whole.length; i++) {
      expect(errorOf(() => decode(whole.subarray(0, i)), i)).toBe("ETF_TRUNCATED");
      expect(errorOf(() => skipTerm(whole.subarray(0, i), 1), i)).toBe("ETF_TRUNCATED");
      const changed = whole.slice();
      changed[i]! ^= 0x55;
      let now = term;
      const failure = errorOf(() => {
        now = decode(changed);
      }, whole.length);
      // Nothing but the level of compression, which the zlib header tells, may change unnoticed.
      check(failure !== undefined || i === 7, `byte ${i} changed unnoticed`);
      expect(now).toEqual(term);
    }
  });
});
