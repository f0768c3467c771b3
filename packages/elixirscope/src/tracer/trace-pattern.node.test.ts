import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { binary, decode, encode, type Term, type Tuple, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { RandomPatterns } from "./testing/random-patterns.ts";
import { compilePattern } from "./trace-pattern.ts";

/** `elixir`, or one of another release. */
const elixir = process.env.ELIXIRSCOPE_ELIXIR ?? "elixir";
const script = fileURLToPath(new URL("../../test-fixtures/call-patterns.exs", import.meta.url));
const PATTERNS = 400;
/** Each is tried on the call that it was made from, and on so many others. */
const SHARED_CALLS = 60;

interface Comparison {
  readonly matches: number;
  /** Where the compiled function and the match spec differ; one call for each pattern. */
  readonly different: readonly string[];
}

/** Each pattern is tried on the call with its own number and on the first, `shared`. */
async function compare(
  patterns: readonly string[],
  calls: readonly string[],
  shared: number,
): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), "call-patterns-"));
  const [input, output] = [join(folder, "in"), join(folder, "out")];
  try {
    const compiled = patterns.map((text) => tuple(binary(text), compilePattern(`Shop.f${text}`).clauses));
    writeFileSync(input, encode(tuple(compiled, calls.map(binary), shared)));
    await promisify(execFile)(elixir, [script, input, output], { maxBuffer: 64 * 1024 * 1024 });
    const [matches, different] = (decode(readFileSync(output)) as Tuple).elements as [
      number,
      readonly Tuple[],
    ];
    return { matches, different: different.map((found) => shown(found, patterns, calls)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shown({ elements }: Tuple, patterns: readonly string[], calls: readonly string[]): string {
  const [pattern, call, result] = elements as [number, number, Term];
  return `${patterns[pattern]} on ${calls[call]}: ${new TextDecoder().decode(result as Uint8Array)}`;
}

/** What random patterns seldom meet: every pattern is tried on every call. */
const CORNERS = [
  "(0.0, _)",
  "(-0.0, _)",
  "([0.0], %{a: 0.0})",
  "(x, x)",
  "(x, %{a: x})",
  "(:_, _)",
  '(_, :"$1")',
  '(x, _) when x == :_ or x === :"$2" or x in [:"$_"]',
  "(%_{}, _)",
  "(%s{}, s)",
  "(%{}, _)",
  "(%Shop.Item{}, _)",
  "(x, _) when is_bitstring(x)",
  "(x, _) when not is_bitstring(x)",
  "(x, _) when is_binary(x) and byte_size(x) < 3",
  "(x, _) when bit_size(x) == 3",
  "(x, _) when is_struct(x)",
  "(x, y) when is_struct(x, y)",
  "(x, _) when is_struct(x, Shop.Item) or is_exception(x)",
  "(x, _) when is_exception(x, RuntimeError)",
  "(x, _) when floor(x) == 1",
  "(x, _) when ceil(x) === 2",
  "(x, _) when floor(x) == -2 or ceil(x) == -1",
  "(x, _) when trunc(x) != round(x)",
  "(x, _) when tuple_size(x) == 1",
  "(x, _) when byte_size(x) == 1",
  "(x, _) when tuple_size(x) == 1 or is_binary(x)",
  "(x, _) when is_binary(x) or tuple_size(x) == 1",
  "(x, _) when hd(x) == 0.0 or true",
  "(x, _) when hd(x) == 0.0 when true",
  "(x, _) when x",
  "(x, y) when x and y",
  "(x, y) when (x and y) == y",
  "(x, y) when (x or y) == y",
  "(x, _) when not x",
  "(x, y) when x.a == y",
  "(x, _) when x.__struct__ == Shop.Item",
  "(x, y) when elem(x, y) == 1",
  "(x, y) when is_map_key(x, :a) and not is_map_key(x, y)",
  "(x, _) when x in [1, :ok, 1.0]",
  "(x, _) when x in 'ab' or x in ~c\"c\"",
  "(x, _) when x in []",
  "(x, _) when x not in 1..10//3",
  "(x, _) when x in 10..1//-3",
  "(x, y) when x == {y} or x == [y] or x == %{a: y} or x == [y | y]",
  "(x, _) when x == {} or x == [] or x == %{}",
  "(x, _) when x > 123456789012345678900 and x < 123456789012345678902",
  "([a | b], _) when b == []",
  "([_, _ | []], _)",
  "(['a' | b], _) when b == 'b'",
  "(x, _) when node(x) == node()",
  "(x, _) when x == self()",
  "(x, _) when -x < -1 and +x - 1 > 0",
  "(x, y) when x - y - 1 == 0 or x / y / 2 == 0.5",
  "(x, y) when not (x == y) and not is_nil(x) and not true == false",
  "(x, y) when rem(x, y) == 1 or div(x, y) == 3",
] as const;
const CORNER_CALLS = (
  '0.0 -0.0 [0.0] [-0.0] 0 1 1.0 -1.5 1.5 2 4 7 10 123456789012345678901 :ok nil true false :_ :"$1" :"$2" :"$_" ' +
  "%{} %{a:1} %{a:0.0} %{__struct__:5} %{__struct__:Shop.Item} %Shop.Item{} %RuntimeError{} {} {1} {1,1} [] [1] [1|1] " +
  "['a',98] 'ab' 97 <<1::3>> <<255>> \"abc\" self() make_ref() Shop.Item"
)
  .split(" ")
  .map((value) => value.replace(":", /^%\{[a_]/.test(value) ? ": " : ":"))
  .flatMap((value) =>
    ["1", "0.0", "true", "Shop.Item", "%{a: 0.0}", ':"$1"', value].map((other) => `[${value}, ${other}]`),
  );

describe("match specs of call patterns", () => {
  it.each([1, 2, 3])("match exactly the calls that Elixir's own functions match (seed %i)", async (seed) => {
    const random = new RandomPatterns(seed);
    const made = Array.from({ length: PATTERNS }, () => random.call());
    const patterns = made.map(({ pattern }) => pattern);
    const calls = made.map(({ args }) => args);
    const { matches, different } = await compare(patterns, calls, SHARED_CALLS);
    expect(different).toEqual([]);
    expect(matches, "the comparison is about something").toBeGreaterThan(PATTERNS);
  });

  it("match so in the corners, too", async () => {
    const { matches, different } = await compare(CORNERS, CORNER_CALLS, CORNER_CALLS.length);
    expect(different).toEqual([]);
    expect(matches).toBeGreaterThan(CORNERS.length);
  });
});
