import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Atom, ErlangMap, encode, Float, type Term, Tuple } from "@elixirscope/etf";
import fc from "fast-check";
import { expect, it } from "vitest";
import { layBehind } from "./source-expression.ts";
import { TermWriter } from "./term-writer.ts";
import { Names, Variables } from "./variables.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Terms without identifiers, some of them long. */
const { term } = fc.letrec<{ term: Term; leaf: Term }>((tie) => ({
  leaf: fc.oneof(
    fc.integer(),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).filter((n) => !Number.isSafeInteger(Number(n))),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => new Float(n)),
    fc
      .constantFrom("ok", "nil", "end", "Elixir.Hello", "Elixir.Hello.User", "a b", "+", "@x", "naïve", "q?")
      .map((name) => new Atom(name)),
    fc.oneof(fc.string({ unit: "binary", maxLength: 150 }), fc.lorem()).map(text),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(fc.integer({ min: 32, max: 126 }), { maxLength: 20 }),
  ),
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("term"), { maxLength: 6 }),
    fc.array(tie("term"), { maxLength: 5 }).map((items) => new Tuple(items)),
    fc
      .uniqueArray(fc.tuple(tie("leaf"), tie("term")), {
        maxLength: 5,
        selector: ([key]) => encode(key).join(),
      })
      .map((entries) => new ErlangMap(entries)),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom("name", "count", "do", "Elixir.X", "a b"), tie("term")), {
        maxLength: 4,
        selector: ([key]) => key,
      })
      .map((pairs) => pairs.map(([key, value]) => new Tuple([new Atom(key), value]))),
  ),
}));

it("writes terms that are read back as the same, laid out as the formatter leaves them", async () => {
  const terms = fc.sample(term, { numRuns: 400, seed: 7 });
  const sources = terms.map((one) => {
    const writer = new TermWriter(new Variables(new Names(), () => undefined), 0n);
    return `value =${layBehind(writer.given(one), 0, 7)}\n`;
  });
  const list = terms
    .map((one, i) =>
      [encode(one), sources[i]!].map((part) => JSON.stringify(Buffer.from(part).toString("base64"))),
    )
    .map(([bytes, source]) => `{${bytes}, ${source}}`)
    .join(",\n");
  const folder = await mkdtemp(join(tmpdir(), "written-terms-"));
  try {
    const script = join(folder, "read.exs");
    await writeFile(script, reading(list));
    const { stdout } = await promisify(execFile)(process.env.ELIXIRSCOPE_ELIXIR ?? "elixir", [script]);
    expect(stdout.trim()).toBe("[]");
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Prints those that are read as another term, or that the formatter writes otherwise. */
const reading = (list: string): string => `
wrong =
  for {term, source} <- [${list}],
      term = :erlang.binary_to_term(Base.decode64!(term)),
      source = Base.decode64!(source),
      formatted = IO.iodata_to_binary([Code.format_string!(source), "\\n"]),
      {value, _} = Code.eval_string(source),
      value !== term or formatted != source,
      do: {source, formatted, value !== term}
IO.inspect(Enum.take(wrong, 3), limit: :infinity, printable_limit: :infinity)
`;
