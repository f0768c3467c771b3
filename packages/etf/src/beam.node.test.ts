import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DecodeOptions, decode, encode, inspect, skipTerm, type Term } from "./index.ts";
import { Beam } from "./testing/beam.ts";
import { anyTerm, canonical } from "./testing/random-terms.ts";

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
