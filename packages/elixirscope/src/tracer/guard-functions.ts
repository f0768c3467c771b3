import { Atom, ErlangMap, type Term, tuple } from "@elixirscope/etf";

type Write = (...args: readonly Term[]) => Term;

const call = (name: string, ...args: readonly Term[]): Term => tuple(new Atom(name), ...args);
const TRUE = new Atom("true");
const STRUCT = new Atom("__struct__");

/** By the same name, with the same arguments. */
const same = (...names: readonly string[]): readonly (readonly [string, Write])[] =>
  names.map((written) => [written, (...args) => call(written.slice(0, written.lastIndexOf("/")), ...args)]);
const named = (written: string, name: string): readonly [string, Write] => [
  written,
  (...args) => call(name, ...args),
];

/**
 * One of two values: match specs have no `if`, but maps and `map_get`. Both are computed, and without the other one a
 * condition that is false fails the guard, as an error would.
 */
const choose = (condition: Term, yes: Term, no?: Term): Term =>
  call(
    "map_get",
    condition,
    new ErlangMap([[TRUE, yes], ...(no === undefined ? [] : [[new Atom("false"), no] as const])]),
  );

const all = (...conditions: readonly Term[]): Term => call("andalso", ...conditions);
const hasKey = (key: Term, map: Term): Term => call("is_map_key", key, map);
const field = (key: Term, map: Term): Term => call("map_get", key, map);

const isStruct: Write = (term) =>
  all(call("is_map", term), hasKey(STRUCT, term), call("is_atom", field(STRUCT, term)));
const isStructOf: Write = (term, name) =>
  all(
    call("is_map", term),
    choose(call("is_atom", name), TRUE),
    hasKey(STRUCT, term),
    call("==", field(STRUCT, term), name),
  );
const isException = (isOne: Term, term: Term): Term =>
  all(
    isOne,
    hasKey(new Atom("__exception__"), term),
    call("==", field(new Atom("__exception__"), term), TRUE),
  );

/** Every type but bitstrings: before OTP 27 match specs have no `is_bitstring`, and `is_binary` is false of `<<1::3>>`. */
const NO_BITSTRING = "atom integer float list tuple map pid port reference function".split(" ");

/**
 * What a condition may call, by `name/arity`, and what it becomes. Only what match specs have since OTP 25 is used.
 * Operators are here too.
 */
export const GUARD_FUNCTIONS: ReadonlyMap<string, Write> = new Map([
  ...same("==/2", ">/2", "</2", ">=/2", "+/2", "-/2", "*/2", "//2", "+/1", "-/1", "not/1"),
  named("===/2", "=:="),
  named("!=/2", "/="),
  named("!==/2", "=/="),
  named("<=/2", "=<"),
  named("and/2", "andalso"),
  named("or/2", "orelse"),
  ...same("div/2", "rem/2", "abs/1", "round/1", "trunc/1", "length/1", "hd/1", "tl/1"),
  ...same("byte_size/1", "bit_size/1", "map_size/1", "self/0", "node/0", "node/1", "binary_part/3"),
  ...same("is_atom/1", "is_binary/1", "is_float/1", "is_function/1", "is_integer/1", "is_list/1", "is_map/1"),
  ...same("is_number/1", "is_pid/1", "is_port/1", "is_reference/1", "is_tuple/1"),
  ["is_boolean/1", (term) => call("orelse", call("=:=", term, TRUE), call("=:=", term, new Atom("false")))],
  [
    "is_bitstring/1",
    (term) => call("not", call("orelse", ...NO_BITSTRING.map((type) => call(`is_${type}`, term)))),
  ],
  ["is_nil/1", (term) => call("=:=", term, new Atom("nil"))],
  ["is_map_key/2", (map, key) => hasKey(key, map)],
  ["is_struct/1", isStruct],
  ["is_struct/2", isStructOf],
  ["is_exception/1", (term) => isException(isStruct(term), term)],
  ["is_exception/2", (term, name) => isException(isStructOf(term, name), term)],
  ["elem/2", (of, index) => call("element", typeof index === "number" ? index + 1 : call("+", index, 1), of)],
  // `size` takes binaries too, and there is no `tuple_size` before OTP 27.
  ["tuple_size/1", (term) => choose(call("is_tuple", term), call("size", term))],
  [
    "floor/1",
    (n) => choose(call("=<", call("trunc", n), n), call("trunc", n), call("-", call("trunc", n), 1)),
  ],
  [
    "ceil/1",
    (n) => choose(call(">=", call("trunc", n), n), call("trunc", n), call("+", call("trunc", n), 1)),
  ],
]);
