import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  atom,
  decodeTerm,
  EtfError,
  encode,
  type Header,
  ImproperList,
  listLength,
  readAtomName,
  readInteger,
  readListHeader,
  readTupleHeader,
  skipTerm,
  tuple,
  tupleArity,
} from "./index.ts";
import { anyTerm } from "./testing/random-terms.ts";

const header = (): Header => ({ count: -7, start: -7 });

test("an event is taken apart without building terms", () => {
  const bytes = encode([tuple(atom("trace_ts"), 17, atom("send"), tuple(), -(2n ** 59n)), tuple(atom("es"))]);
  const list = header();
  expect(readListHeader(bytes, 1, list)).toBe(true);
  expect(list.count).toBe(2);
  const event = header();
  expect(readTupleHeader(bytes, list.start, event)).toBe(true);
  expect(event.count).toBe(5);
  let at = event.start;
  expect(readAtomName(bytes, at)).toBe("trace_ts");
  at = skipTerm(bytes, at);
  expect(readInteger(bytes, at)).toBe(17);
  at = skipTerm(bytes, at);
  expect(readAtomName(bytes, at)).toBe("send");
  at = skipTerm(bytes, skipTerm(bytes, at));
  expect(readInteger(bytes, at)).toBe(-(2n ** 59n));
  expect(tupleArity(bytes, skipTerm(bytes, list.start))).toBe(1);
});

test("what is not there is said, and leaves the header alone", () => {
  const bytes = encode(5);
  const out = header();
  expect(readTupleHeader(bytes, 1, out)).toBe(false);
  expect(readListHeader(bytes, 1, out)).toBe(false);
  expect(out).toEqual(header());
  expect(tupleArity(bytes, 1)).toBe(-1);
  expect(listLength(bytes, 1)).toBe(-1);
  expect(() => readAtomName(bytes, 1)).toThrow(EtfError);
  expect(() => readInteger(encode(atom("a")), 1)).toThrow(EtfError);
});

test.each([
  [[], 0],
  [[1, 2, 3], 3],
  [[1000, 2000], 2],
  [new ImproperList([atom("a"), atom("b")], 1), 2],
  [Array.from({ length: 70_000 }, () => 1), 70_000],
])("length of a list %#", (list, length) => {
  expect(listLength(encode(list), 1)).toBe(length);
});

test("integers and atoms read as they decode; whatever else, and whatever is cut, is an EtfError", () => {
  fc.assert(
    fc.property(anyTerm, fc.nat(), (term, cut) => {
      const whole = encode(term);
      const bytes = whole.subarray(0, 1 + (cut % whole.length));
      for (const read of [readAtomName, readInteger, tupleArity, listLength]) {
        expect(() => {
          try {
            read(bytes, 1);
          } catch (error) {
            if (!(error instanceof EtfError)) throw error;
          }
        }).not.toThrow();
      }
      const value = decodeTerm(whole, 1).term;
      if (typeof value === "number" || typeof value === "bigint") return readInteger(whole, 1) === value;
      return true;
    }),
  );
});

test("a cached atom needs the cache", () => {
  const bytes = Uint8Array.of(82, 3);
  expect(readAtomName(bytes, 0, [undefined, undefined, undefined, atom("known")])).toBe("known");
  expect(() => readAtomName(bytes, 0)).toThrow("no atom 3");
});
