import {
  Atom,
  BitString,
  compareTerms,
  ErlangMap,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  isAtom,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "@elixirscope/etf";
import { entryOf, same } from "./equality.ts";
import { fail } from "./guard-error.ts";
import {
  abs,
  add,
  ceil,
  div,
  divide,
  floor,
  isInteger,
  multiply,
  negate,
  plus,
  rem,
  round,
  subtract,
  trunc,
} from "./numbers.ts";

type Apply = (...args: readonly Term[]) => Term;

const TRUE = new Atom("true");
const FALSE = new Atom("false");
export const boolean = (value: boolean): Term => (value ? TRUE : FALSE);

/** @throws GuardError for anything but `true` and `false` */
export function truth(term: Term): boolean {
  return isAtom(term, "true") || (isAtom(term, "false") ? false : fail());
}

const isNumber = (term: Term): boolean => isInteger(term) || term instanceof Float;
const isList = (term: Term): boolean => Array.isArray(term) || term instanceof ImproperList;
const isBits = (term: Term): boolean => term instanceof Uint8Array || term instanceof BitString;
const isBoolean = (term: Term): boolean => isAtom(term, "true") || isAtom(term, "false");
const isFunction = (term: Term): boolean => term instanceof Fun || term instanceof ExportFun;

const TYPES: Readonly<Record<string, (term: Term) => boolean>> = {
  atom: (term) => term instanceof Atom,
  binary: (term) => term instanceof Uint8Array,
  bitstring: isBits,
  boolean: isBoolean,
  float: (term) => term instanceof Float,
  function: isFunction,
  integer: isInteger,
  list: isList,
  map: (term) => term instanceof ErlangMap,
  nil: (term) => isAtom(term, "nil"),
  number: isNumber,
  pid: (term) => term instanceof Pid,
  port: (term) => term instanceof Port,
  reference: (term) => term instanceof Reference,
  tuple: (term) => term instanceof Tuple,
};

const mapOf = (term: Term): ErlangMap => (term instanceof ErlangMap ? term : fail());
const items = (term: Term): readonly Term[] =>
  Array.isArray(term) ? (term as readonly Term[]) : term instanceof ImproperList ? term.items : fail();

function tail(term: Term): Term {
  const [, ...rest] = items(term);
  if (!(term instanceof ImproperList)) return items(term).length === 0 ? fail() : rest;
  return rest.length === 0 ? term.tail : new ImproperList(rest, term.tail);
}

function bits(term: Term): number {
  if (term instanceof Uint8Array) return term.length * 8;
  return term instanceof BitString ? (term.bytes.length - 1) * 8 + term.lastBits : fail();
}

function index(term: Term): number {
  return typeof term === "number" ? term : fail();
}

/** A length below zero counts backwards, as in Erlang. */
function part(of: Term, from: Term, length: Term): Term {
  if (!(of instanceof Uint8Array)) return fail();
  const ends = [index(from), index(from) + index(length)] as const;
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return low < 0 || high > of.length ? fail() : of.subarray(low, high);
}

function nodeOf(term: Term): Term {
  return term instanceof Pid || term instanceof Port || term instanceof Reference
    ? new Atom(term.node)
    : fail();
}

const structOf = (term: Term): Term | undefined =>
  term instanceof ErlangMap ? term.get("__struct__") : undefined;
const isStruct = (term: Term): boolean => structOf(term) instanceof Atom;

function isStructOf(term: Term, name: Term): boolean {
  if (!(term instanceof ErlangMap)) return false;
  if (!(name instanceof Atom)) return fail();
  return isAtom(structOf(term), name.name);
}

const isException = (term: Term): boolean => isAtom(mapOf(term).get("__exception__"), "true");

const is =
  (compare: (order: number) => boolean): Apply =>
  (a, b) =>
    boolean(compare(compareTerms(a, b)));

/** What a condition may call, by `name/arity`; as Elixir's guards, so `fail` where those would raise. */
export const GUARD_FUNCTIONS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ["==/2", is((order) => order === 0)],
  ["!=/2", is((order) => order !== 0)],
  ["</2", is((order) => order < 0)],
  [">/2", is((order) => order > 0)],
  ["<=/2", is((order) => order <= 0)],
  [">=/2", is((order) => order >= 0)],
  ["===/2", (a, b) => boolean(same(a, b))],
  ["!==/2", (a, b) => boolean(!same(a, b))],
  ["+/2", add],
  ["-/2", subtract],
  ["*/2", multiply],
  ["//2", divide],
  ["div/2", div],
  ["rem/2", rem],
  ["+/1", plus],
  ["-/1", negate],
  ["not/1", (a) => boolean(!truth(a))],
  ["abs/1", abs],
  ["round/1", round],
  ["trunc/1", trunc],
  ["floor/1", floor],
  ["ceil/1", ceil],
  ["length/1", (a) => (Array.isArray(a) ? a.length : fail())],
  ["hd/1", (a) => items(a)[0] ?? fail()],
  ["tl/1", tail],
  ["elem/2", (a, at) => (a instanceof Tuple ? (a.elements[index(at)] ?? fail()) : fail())],
  ["tuple_size/1", (a) => (a instanceof Tuple ? a.elements.length : fail())],
  ["map_size/1", (a) => mapOf(a).entries.length],
  ["byte_size/1", (a) => Math.ceil(bits(a) / 8)],
  ["bit_size/1", bits],
  ["binary_part/3", part],
  ["node/1", nodeOf],
  ["is_map_key/2", (map, key) => boolean(entryOf(mapOf(map), key) !== undefined)],
  ["is_struct/1", (a) => boolean(isStruct(a))],
  ["is_struct/2", (a, name) => boolean(isStructOf(a, name))],
  ["is_exception/1", (a) => boolean(isStruct(a) && isException(a))],
  ["is_exception/2", (a, name) => boolean(isStructOf(a, name) && isException(a))],
  ...Object.entries(TYPES).map(
    ([type, test]) => [`is_${type}/1`, (a) => boolean(test(a))] as [string, Apply],
  ),
]);
