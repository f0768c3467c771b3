/** Random terms for property tests: all kinds that a BEAM takes back, in forms that it leaves as they are. */
import * as fc from "fast-check";
import { encode } from "../encode.ts";
import {
  Atom,
  BitString,
  ErlangMap,
  ExportFun,
  Float,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "../terms.ts";
import { characters } from "../text.ts";

const uint = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });

const atomName = fc.oneof(
  fc.constantFrom(
    "ok",
    "error",
    "nil",
    "true",
    "false",
    "Elixir.Hello.Counter",
    "Elixir",
    "nonode@nohost",
    "+",
    "::",
  ),
  fc.constantFrom(
    "..",
    "//",
    "with space",
    "a?",
    "b!",
    "Foo",
    "ünïcödé",
    "été",
    "日本",
    "",
    "Elixir.foo",
    "\u0001",
    'a"b',
  ),
  fc.string({ maxLength: 12 }),
  // Which Han characters need quotes in Elixir 1.20 is not known here to the last of them.
  fc.string({ unit: "grapheme", maxLength: 8 }).filter((name) => !/\p{Script=Han}/u.test(name)),
);
const atom = atomName.filter((name) => characters(name) <= 255).map((name) => new Atom(name));
const node = fc.constantFrom("a@127.0.0.1", "other@host", "nöde@höst");
const integer = fc.oneof(
  uint(8),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt().map(normalized),
  fc.bigInt({ min: -(2n ** 3000n), max: 2n ** 3000n }).map(normalized),
);
const float = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new Float(value));
const shortFloat = fc
  .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -30, max: 30 }))
  .map(([digits, exponent]) => new Float(Number(`${digits}e${exponent}`)));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 20 }).map(utf8),
  fc.string().map(utf8),
);
const bitString = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 7 }))
  .map(([data, lastBits]) => {
    data[data.length - 1]! &= 0xff << (8 - lastBits);
    return new BitString(data, lastBits);
  });
const pid = fc.tuple(node, uint(28), uint(13), uint(32)).map((parts) => new Pid(...parts));
const port = fc
  .tuple(node, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), uint(32))
  .map((parts) => new Port(...parts));
const reference = fc
  .tuple(node, uint(32), uint(18), fc.array(uint(32), { minLength: 2, maxLength: 2 }))
  .map(([name, creation, first, rest]) => new Reference(name, creation, [first, ...rest]));
const exportFun = fc.tuple(atomName, atomName, uint(8)).map((parts) => new ExportFun(...parts));
const charlist = fc.array(fc.integer({ min: 32, max: 126 }), { maxLength: 20 });

function normalized(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Any term; maps have distinct keys. */
export const anyTerm: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    integer,
    float,
    shortFloat,
    bytes,
    bitString,
    pid,
    port,
    reference,
    exportFun,
    charlist,
    fc.array(tie("term"), { maxLength: 6 }).map((elements) => new Tuple(elements)),
    fc.array(tie("term"), { maxLength: 6 }),
    fc.array(
      fc.tuple(atom, tie("term")).map((pair) => new Tuple(pair)),
      { maxLength: 4 },
    ),
    fc
      .tuple(fc.array(tie("term"), { minLength: 1, maxLength: 4 }), fc.oneof(atom, integer, bytes))
      .map(([items, tail]) => new ImproperList(items, tail)),
    fc
      .uniqueArray(fc.tuple(fc.oneof(atom, tie("term")), tie("term")), {
        maxLength: 6,
        selector: ([key]) => keyOf(key),
      })
      .map((entries) => new ErlangMap(entries)),
    fc
      .uniqueArray(fc.tuple(atom, tie("term")), { maxLength: 4, selector: ([key]) => keyOf(key) })
      .map((entries) => new ErlangMap(entries)),
  ),
})).term;

/** Text that is the same for keys that a map holds equal. */
function keyOf(key: Term): string {
  return Array.from(encode(canonical(key))).join();
}

/** `term` with the entries of all its maps in one fixed order, for comparisons that order must not matter to. */
export function canonical(term: Term): Term {
  if (term instanceof Tuple) return new Tuple(term.elements.map(canonical));
  if (term instanceof ImproperList) return new ImproperList(term.items.map(canonical), canonical(term.tail));
  if (term instanceof ErlangMap) {
    const entries = term.entries.map(([key, value]) => [canonical(key), canonical(value)] as const);
    return new ErlangMap(entries.toSorted(([a], [b]) => (text(a) < text(b) ? -1 : 1)));
  }
  return Array.isArray(term) ? term.map(canonical) : term;
}

const text = (term: Term): string => Array.from(encode(term)).join();
