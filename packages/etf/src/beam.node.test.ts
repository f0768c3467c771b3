import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Atom, decode, encode, type Fun, inspect, skipTerm, type Term } from "./index.ts";
import { anyTerm, canonical } from "./testing/random-terms.ts";

/** `elixir`, or one of another release. */
const command = process.env.ELIXIRSCOPE_ELIXIR ?? "elixir";
const script = fileURLToPath(new URL("../test-fixtures/beam.exs", import.meta.url));

/** A real BEAM beside the test, over standard input and output; no distribution. */
class Beam {
  readonly #child: ChildProcess;
  readonly #waiting: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }[] = [];
  readonly #closed: Promise<void>;

  constructor() {
    const child = spawn(command, [script], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#answer(line));
    this.#closed = new Promise((resolve) => {
      child.on("error", (error) => this.#fail(error));
      child.on("close", (code) => {
        this.#fail(new Error(`elixir ended with ${code}`));
        resolve();
      });
    });
  }

  /** The term (with version byte) as the BEAM writes it again. */
  roundTrip(term: Uint8Array): Promise<Uint8Array> {
    return this.#ask(`R ${base64(term)}`);
  }

  /** `inspect/2` of the term, on one line. */
  async inspect(term: Uint8Array, limit: number, printableLimit: number): Promise<string> {
    const words = [limit, printableLimit].map((value) => (Number.isFinite(value) ? value : "infinity"));
    return new TextDecoder().decode(await this.#ask(`I ${words.join(" ")} ${base64(term)}`));
  }

  /** `term_to_binary` of the value of Elixir source. */
  evaluate(source: string): Promise<Uint8Array> {
    return this.#ask(`E ${base64(new TextEncoder().encode(source))}`);
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#closed;
  }

  #ask(line: string): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${line}\n`);
    });
  }

  #answer(line: string): void {
    const [word, answer = ""] = line.split(" ");
    const bytes = Uint8Array.from(Buffer.from(answer, "base64"));
    const waiting = this.#waiting.shift();
    if (word === "ok") waiting?.resolve(bytes);
    else waiting?.reject(new Error(`${word}: ${new TextDecoder().decode(bytes)}`));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

let beam: Beam;
let elixir: string;

beforeAll(async () => {
  beam = new Beam();
  elixir = new TextDecoder().decode(decode(await beam.evaluate("System.version()")) as Uint8Array);
});
afterAll(() => beam.close());

/** The term as the BEAM writes it. */
const written = async (term: Term): Promise<Uint8Array> => beam.roundTrip(encode(term));

/** The number of another node is the BEAM's own affair (the index of an atom), and differs from run to run. */
const withoutNodeNumbers = (text: string): string =>
  text.replaceAll(/(#(?:PID|Port|Reference)<)[1-9]\d*\./g, "$1N.");

const RUNS: fc.Parameters<unknown> = { numRuns: 1500 };

describe("random terms", () => {
  test("what we write, it reads, and what it writes, we read", async () => {
    await fc.assert(
      fc.asyncProperty(anyTerm, async (term) => {
        const bytes = await written(term);
        expect(canonical(decode(bytes))).toEqual(canonical(term));
        expect(skipTerm(bytes, 1)).toBe(bytes.length);
      }),
      RUNS,
    );
  });

  // Fewer than five printable items would do: Elixir then takes improper lists for charlists, and fails.
  const limits = fc.oneof(
    fc.constant({ limit: 50, printableLimit: 4096 }),
    fc.record({ limit: fc.integer({ min: 0, max: 8 }), printableLimit: fc.integer({ min: 5, max: 12 }) }),
  );
  test("print as it prints them, under limits too", async () => {
    await fc.assert(
      fc.asyncProperty(anyTerm, limits, async (term, { limit, printableLimit }) => {
        const bytes = await written(term);
        const text = inspect(decode(bytes), { elixir, localNode: "nonode@nohost", limit, printableLimit });
        const expected = await beam.inspect(bytes, limit, printableLimit);
        expect(withoutNodeNumbers(text)).toBe(withoutNodeNumbers(expected));
      }),
      RUNS,
    );
  });
});

/** What a value prints as over there, and what we make of its bytes. */
async function printed(source: string): Promise<readonly [theirs: string, ours: string]> {
  const bytes = await beam.evaluate(source);
  const theirs = await beam.inspect(bytes, 50, 4096);
  return [theirs, inspect(decode(bytes), { elixir, limit: 50, localNode: "nonode@nohost" })];
}

describe("values that only a BEAM makes", () => {
  test.each([
    "self()",
    "make_ref()",
    "hd(Port.list())",
    "Process.list()",
    ":erlang.alias()",
    ":erlang.ports()",
    ":os.timestamp()",
    "DateTime.utc_now()",
    "Map.new(1..32, &{&1, [&1]})",
    "%{1 => :a, 1.0 => :b}",
    "Process.info(self())[:links]",
    "try do raise ArgumentError rescue e -> e end",
    '~r/\\/\\d+"/u',
    "for n <- 0..20, do: :math.pow(10, n) * 1.5",
    "for n <- 0..30, do: :math.pow(10, -n)",
    "for n <- 45..60, do: :math.pow(2, n)",
    "Enum.map(0..300, &<<&1::utf8>>)",
    "Enum.map(0..255, &<<&1>>)",
    "Enum.map(0..255, &[&1])",
  ])("%s", async (source) => {
    const [theirs, ours] = await printed(source);
    expect(ours).toBe(theirs);
  });

  test("a closure keeps what it holds, and goes back as the same fun", async () => {
    const bytes = await beam.evaluate("x = {:held, 1}; fn y -> {x, y} end");
    const fun = decode(bytes) as Fun;
    expect(fun.arity).toBe(1);
    expect(encode(fun)).toEqual(bytes);
    expect(await beam.roundTrip(encode(fun))).toEqual(bytes);
    const theirs = await beam.inspect(bytes, 50, 4096);
    // The node that has the module knows the function around the closure; the term does not say.
    expect(theirs.startsWith(inspect(fun, { elixir }).slice(0, -1))).toBe(true);
  });

  test.each([1, 6, 9])("a compressed term (level %i)", async (level) => {
    const source = `:erlang.term_to_binary(Enum.map(1..5000, &{&1, rem(&1 * &1, 97), "text of some length"}), compressed: ${level})`;
    const outer = await beam.evaluate(source);
    const bytes = decode(outer) as Uint8Array;
    expect(bytes[1]).toBe(80);
    const plain = await beam.roundTrip(bytes);
    expect(decode(bytes)).toEqual(decode(plain));
    expect(skipTerm(bytes, 1)).toBe(bytes.length);
  });

  test("every code point stands with or without quotes as it does there", async () => {
    // The tokenizer says it without making a million atoms.
    const source =
      "for cp <- 128..0x323AF, cp not in 0xD800..0xDFFF, match?({_, _, [], 2, _, _}, String.Tokenizer.tokenize([?_, cp])), into: <<>>, do: <<cp::32>>";
    const answer = decode(await beam.evaluate(source)) as Uint8Array;
    const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
    const theirs = new Set(Array.from({ length: answer.length / 4 }, (_, i) => view.getUint32(4 * i)));
    const differing: string[] = [];
    for (let code = 128; code <= 0x323af; code++) {
      const character = String.fromCodePoint(code);
      // Our tables leave out rare Han characters; what normalisation changes is quoted in any case.
      if (/[\p{Script=Han}\p{Surrogate}]/u.test(character) || character.normalize("NFKC") !== character)
        continue;
      const bare = !inspect(new Atom(`_${character}`), { elixir }).includes('"');
      if (bare !== theirs.has(code)) differing.push(code.toString(16));
    }
    // Each release of Elixir has a Unicode of its own, and so has each of Node; some letters come with each.
    expect(differing.slice(10)).toEqual([]);
  });
});
