import { inspect } from "@elixirscope/etf";
import { callbackTest } from "./callback-test.ts";
import type { RecordedStep, WrittenTest } from "./recorded-step.ts";
import { givenKey, shapeOf, sizeOf } from "./step-shape.ts";
import { Unwritable } from "./term-writer.ts";

/** What no test was made of, and why. */
export interface LeftOut {
  readonly events: readonly number[];
  readonly what: string;
  readonly why: string;
}

export interface ModuleTests {
  /** The module that is tested, an atom's name. */
  readonly module: string;
  readonly tests: readonly WrittenTest[];
}

export interface CallbackTests {
  readonly modules: readonly ModuleTests[];
  readonly left: readonly LeftOut[];
  /** Callbacks that behave as one that there is a test of. */
  readonly alike: number;
}

/** Readings of one behaviour that are tried, the smallest first. */
const TRIED = 20;

/** One test for each behaviour, of the smallest reading of it that a test can be written of. */
export function callbackTests(steps: readonly RecordedStep[], limit: number): CallbackTests {
  const byGiven = grouped(steps, givenKey);
  const left: LeftOut[] = [];
  const tests = new Map<string, WrittenTest[]>();
  let count = 0;
  let alike = 0;
  for (const group of grouped(steps, shapeOf).values()) {
    const [first] = group as [RecordedStep];
    if (count >= limit) {
      left.push({
        ...leftOut(first),
        why: `More than ${limit} tests: ask for fewer callbacks, or for more tests.`,
      });
      continue;
    }
    const written = attempt(group, byGiven);
    if ("why" in written) left.push(written);
    else {
      count++;
      alike += group.length - 1;
      tests.set(first.module, [...(tests.get(first.module) ?? []), written]);
    }
  }
  const modules = [...tests].map(([module, list]) => ({ module, tests: list }));
  return { modules, left, alike };
}

function attempt(
  group: readonly RecordedStep[],
  byGiven: ReadonlyMap<string, readonly RecordedStep[]>,
): WrittenTest | LeftOut {
  const smallest = [...group].sort((a, b) => sizeOf(a) - sizeOf(b)).slice(0, TRIED);
  // What a callback returned is known best where something came after it.
  const ordered = [...smallest.filter(isWhole), ...smallest.filter((step) => !isWhole(step))];
  let why = "";
  for (const step of ordered) {
    try {
      return callbackTest(
        step,
        byGiven.get(givenKey(step))!.filter((other) => other !== step),
      );
    } catch (error) {
      if (!(error instanceof Unwritable)) throw error;
      why ||= error.message;
    }
  }
  return { ...leftOut(ordered[0]!), why };
}

const isWhole = ({ outcome }: RecordedStep): boolean =>
  outcome.type === "raised" || outcome.stop !== undefined || outcome.continued !== undefined;

const leftOut = ({ event, function: name, message }: RecordedStep): Omit<LeftOut, "why"> => ({
  events: [event],
  what: `${name} of ${inspect(message, { maxLength: 60 })}`,
});

function grouped(
  steps: readonly RecordedStep[],
  keyOf: (step: RecordedStep) => string,
): ReadonlyMap<string, readonly RecordedStep[]> {
  const groups = new Map<string, RecordedStep[]>();
  for (const step of steps) {
    const key = keyOf(step);
    const group = groups.get(key);
    if (group) group.push(step);
    else groups.set(key, [step]);
  }
  return groups;
}
