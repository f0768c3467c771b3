import { PatternProblem } from "./problem.ts";
import type { CallSyntax, Syntax } from "./syntax.ts";

// What holds for a pattern wherever it is used, as a match spec on the node or on terms of a recording.

/** Atoms that mean something else inside a match spec: `'_'`, `'$1'`, `'$_'`. */
export const isMatchSpecWord = (name: string): boolean => name === "_" || name.startsWith("$");

const IN_PLACE_OF: Readonly<Record<string, string>> = {
  "=": "A name for a whole argument is not possible here: give either the name (item, with item.qty in the condition) or its shape.",
  "^": "There is nothing to pin in a call pattern: write the value itself.",
  "<>": "Strings cannot be taken apart in a call pattern: compare whole ones, or use byte_size/1.",
  "++": "Write a list with a tail as [a, b | tail].",
  "|": "Write a list with a tail as [a, b | tail].",
  "::": "Binaries cannot be taken apart in a call pattern.",
};

/** Something that computes, where only a shape can stand. */
export function misplaced(call: CallSyntax): PatternProblem {
  const advice =
    IN_PLACE_OF[call.name] ??
    `Nothing is computed among the arguments: give it a name (q) and ask behind when (${call.name === "in" ? "q in [1, 2]" : "q > 10"}).`;
  return new PatternProblem(call.at, advice);
}

export const misplacedField = (at: number): PatternProblem =>
  new PatternProblem(
    at,
    "A field cannot be asked for among the arguments: write %{key: value}, or ask in the condition.",
  );

export const notAStruct = (at: number): PatternProblem =>
  new PatternProblem(at, "A struct's name belongs here: %MyApp.Item{}.");

export const structInCondition = (at: number): PatternProblem =>
  new PatternProblem(
    at,
    "A struct cannot be built in a condition: put %Name{…} among the arguments, or use is_struct(x, Name).",
  );

/**
 * Keys of a map pattern are literals of one piece, each once.
 * @throws PatternProblem
 */
export function checkKeys(keys: readonly Syntax[], isStruct: boolean): void {
  const seen = new Set<string>(isStruct ? ["atom __struct__"] : []);
  for (const key of keys) {
    const name = keyName(key);
    if (seen.has(name)) throw new PatternProblem(key.at, "This key stands twice in the map: write it once.");
    seen.add(name);
  }
}

function keyName(key: Syntax): string {
  switch (key.type) {
    case "integer":
      return `integer ${key.value}`;
    case "string":
      return `string ${key.text}`;
    case "float":
      if (key.value !== 0) return `float ${key.value}`;
      break;
    case "atom":
      if (!isMatchSpecWord(key.name)) return `atom ${key.name}`;
      break;
    default:
  }
  throw new PatternProblem(
    key.at,
    'A key in a map pattern is an atom, a string or a number: %{qty: q}, %{"a" => 1}. Ask for others behind when: is_map_key(map, key).',
  );
}

/** A variable in a condition that stands nowhere among the arguments. */
export function unknownName(name: string, at: number, names: readonly string[]): PatternProblem {
  if (name === "_") return new PatternProblem(at, "_ has no value to ask for: give the argument a name.");
  const known = names.length === 0 ? "They have no names so far" : `Their names are ${names.join(", ")}`;
  return new PatternProblem(
    at,
    `${name} is not a name among the arguments. ${known}; a function is written with parentheses: ${name}(…).`,
  );
}

/** What to write in place of what a condition cannot use, by name. */
const NOT_IN_GUARDS: Readonly<Record<string, string>> = {
  "&&": "Conditions are joined by and: a > 1 and b > 1.",
  "||": "Conditions are joined by or: a > 1 or b > 1.",
  "!": "The opposite is written not: not is_nil(a).",
  "=": "Values are compared by == (or ===).",
  "<>": "Strings cannot be joined in a condition: compare whole ones, or use byte_size/1.",
  "++": "Lists cannot be joined in a condition.",
  "--": "Lists cannot be joined in a condition.",
  "=~": "A condition cannot search in texts: compare whole ones.",
  "..": "A range can only stand behind in: q in 1..10.",
  "..//": "A range can only stand behind in: q in 1..10//2.",
  "//": "A step can only stand behind a range: q in 1..10//2.",
  "::": "Binaries cannot be taken apart in a call pattern.",
  "^": "There is nothing to pin in a call pattern: write the value itself.",
  "|>": "Write the call itself: length(list).",
  "**": "Powers cannot be computed in a condition: write the number itself.",
  is_function: "is_function/2 is not there before OTP 27: write is_function(f).",
};

/** A function or operator that a condition cannot use; `known` are those that it can, as `name/arity`. */
export function unknownFunction({ name, args, at }: CallSyntax, known: Iterable<string>): PatternProblem {
  const advice = NOT_IN_GUARDS[name];
  if (advice !== undefined) return new PatternProblem(at, advice);
  const named = [...known].filter((one) => /^[a-z]/.test(one));
  const sameName = named.filter((one) => one.startsWith(`${name}/`));
  const list = sameName.length > 0 ? sameName : named.filter((one) => !/^(?:and|or|not)\//.test(one));
  return new PatternProblem(
    at,
    `${name}/${args.length} cannot be used in a condition. There is: ${list.join(", ")}.`,
  );
}

/** What stands behind `in`: values, or a range with its least and greatest integer. */
export type Options =
  | { readonly type: "list"; readonly items: readonly Syntax[] }
  | {
      readonly type: "range";
      readonly first: bigint;
      readonly low: bigint;
      readonly high: bigint;
      readonly step: bigint;
    };

/** @throws PatternProblem */
export function optionsOf(call: CallSyntax): Options {
  const right = call.args[1]!;
  if (right.type === "list" && right.tail === undefined) return { type: "list", items: right.items };
  if (right.type === "call" && (right.name === ".." || right.name === "..//")) return rangeOf(right);
  throw new PatternProblem(
    right.type === "call" ? call.at : right.at,
    "Behind in stands a list or a range, written out: q in [1, 2], q in 1..10.",
  );
}

function rangeOf({ args, at, name }: CallSyntax): Options {
  const [first = 0n, last = 0n, step = 1n] = args.map((arg) => {
    if (arg.type === "integer") return arg.value;
    throw new PatternProblem(
      arg.at,
      "A range is written with integers: 1..10. For others, compare: q >= a and q <= b.",
    );
  });
  if (step === 0n) throw new PatternProblem(at, "A range's step is not 0.");
  if (first > last && name === "..") {
    throw new PatternProblem(at, `This range goes down: write ${last}..${first}, or ${first}..${last}//-1.`);
  }
  const [low, high] = step > 0n ? [first, last] : [last, first];
  return { type: "range", first, low, high, step };
}
