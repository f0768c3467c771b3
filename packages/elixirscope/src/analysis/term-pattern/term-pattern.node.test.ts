import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { binary, decode, encode, type Term, type Tuple, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { RandomPatterns } from "../../tracer/testing/random-patterns.ts";
import { compileTermPattern } from "./term-pattern.ts";

/** `elixir`, or one of another release. */
const elixir = process.env.ELIXIRSCOPE_ELIXIR ?? "elixir";
const script = fileURLToPath(new URL("../../../test-fixtures/term-patterns.exs", import.meta.url));
const PATTERNS = 400;
const SHARED_TERMS = 60;

interface Truth {
  readonly terms: readonly Term[];
  /** `pattern:term` of those that match. */
  readonly matches: ReadonlySet<string>;
}

async function askElixir(
  patterns: readonly string[],
  sources: readonly string[],
  shared: number,
): Promise<Truth> {
  const folder = mkdtempSync(join(tmpdir(), "term-patterns-"));
  const [input, output] = [join(folder, "in"), join(folder, "out")];
  try {
    writeFileSync(input, encode(tuple(patterns.map(binary), sources.map(binary), shared)));
    await promisify(execFile)(elixir, [script, input, output], { maxBuffer: 64 * 1024 * 1024 });
    const [terms, pairs] = (decode(readFileSync(output)) as Tuple).elements as [Term[], Tuple[]];
    return {
      terms,
      matches: new Set(pairs.map(({ elements }) => `${elements[0] as number}:${elements[1] as number}`)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Where we and Elixir differ, one term for each pattern. */
function differences(
  patterns: readonly string[],
  sources: readonly string[],
  shared: number,
  { terms, matches }: Truth,
): readonly string[] {
  return patterns.flatMap((pattern, i) => {
    const matcher = compileTermPattern(pattern);
    const j = terms.findIndex(
      (term, at) => (at < shared || at === i) && matcher.matches(term) !== matches.has(`${i}:${at}`),
    );
    return j < 0 ? [] : [`${pattern} on ${sources[j]}: Elixir says ${matches.has(`${i}:${j}`)}`];
  });
}

/** A recorded term has no process that asks, and whether `0.0` is `-0.0` differs between releases. */
const isOurs = (text: string): boolean => !/self\(\)|node\(\)|-0\.0/.test(text);

describe("patterns on terms", () => {
  it.each([1, 2, 3])("match what Elixir's own functions match (seed %i)", async (seed) => {
    const random = new RandomPatterns(seed);
    const made = Array.from({ length: PATTERNS }, () => random.call())
      .map(({ pattern, args }) => ({ args, pattern: pattern.replace(/^\((.*?)\)( when |$)/s, "[$1]$2") }))
      .filter(({ pattern, args }) => isOurs(pattern) && isOurs(args));
    const patterns = made.map(({ pattern }) => pattern);
    const sources = made.map(({ args }) => args);
    const truth = await askElixir(patterns, sources, SHARED_TERMS);
    expect(differences(patterns, sources, SHARED_TERMS, truth)).toEqual([]);
    expect(truth.matches.size, "the comparison is about something").toBeGreaterThan(PATTERNS / 2);
  });

  it("order terms of all types as the BEAM does", async () => {
    const sources =
      '-5 0 1 1.0 1.5 2 123456789012345678901 1.0e30 :a :b nil {} {1} {2} {1.0} {1,1} %{} %{a:1} %{a:1.0} %{b:0} %{1=>1} %{1.0=>1} [] [1] [1.0] [1|2] [1|"x"] [1,2] ["a"] "" "a" "ab" <<1::3>> <<32>> <<33>> <<255,1::1>> [1,2|3] [[]] [[1]] [nil]'
        .split(" ")
        .map((source) => source.replace(/\{([ab]):/, "{$1: "));
    const pairs = sources.flatMap((a) => sources.map((b) => `{${a}, ${b}}`));
    const patterns = [
      "{a, b} when a < b",
      "{a, b} when a == b",
      "{a, b} when a === b",
      "{a, a}",
      "{a, b} when a >= b",
    ];
    const truth = await askElixir(patterns, pairs, pairs.length);
    expect(differences(patterns, pairs, pairs.length, truth)).toEqual([]);
    expect(truth.matches.size).toBeGreaterThan(pairs.length);
  });
});
