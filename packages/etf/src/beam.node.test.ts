import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DecodeOptions, decode, encode, inspect, skipTerm, type Term } from "./index.ts";
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

describe("against a real BEAM", () => {
  test("what we write, it reads, and what it writes, we read", async () => {
    await fc.assert(
      fc.asyncProperty(anyTerm, async (term) => {
        const bytes = await written(term);
        const options: DecodeOptions = {};
        expect(canonical(decode(bytes, options))).toEqual(canonical(term));
        expect(skipTerm(bytes, 1)).toBe(bytes.length);
      }),
      RUNS,
    );
  });

  test("terms print as it prints them", async () => {
    await fc.assert(
      fc.asyncProperty(anyTerm, async (term) => {
        const bytes = await written(term);
        const expected = await beam.inspect(bytes, 50, 4096);
        const text = inspect(decode(bytes), { elixir, localNode: "nonode@nohost" });
        expect(withoutNodeNumbers(text)).toBe(withoutNodeNumbers(expected));
      }),
      RUNS,
    );
  });
});
