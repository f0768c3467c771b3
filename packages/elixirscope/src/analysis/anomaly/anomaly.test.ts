import { describe, expect, it } from "vitest";
import { type Anomaly, detectAnomalies } from "./detect.ts";
import { growthOf } from "./growth.ts";
import { learnPattern, type Pattern } from "./pattern.ts";
import { FAMILIES, FAULTS, type Family, randomNumbers, series } from "./testing-series.ts";

const LEARNED = 1_200;
const WATCHED = 1_200;
/** One false alarm in ten days of seconds. */
const ONCE_IN = 864_000;
const SEEDS = 8;
/** A fault may be noticed so long after its end: means over 60 points. */
const LATE = 60;

function learned(family: Family, values: readonly number[]): Pattern {
  const pattern = learnPattern(family.kind, values);
  if (!pattern) throw new Error("too short");
  return pattern;
}

interface Tally {
  found: number;
  missed: number;
  falseAlarms: number;
}

function tally(): Map<string, Tally> {
  const all = new Map<string, Tally>();
  for (const fault of FAULTS) {
    for (const family of FAMILIES.filter(({ name }) => fault.families.includes(name))) {
      const sum: Tally = { found: 0, missed: 0, falseAlarms: 0 };
      for (let seed = 1; seed <= SEEDS; seed++) {
        const random = randomNumbers(1_000 + seed);
        const at = LEARNED + 100 + Math.floor(random() * (WATCHED - 500));
        const values = series(family, random, LEARNED + WATCHED, { ...fault, at });
        const pattern = learned(family, values.slice(0, LEARNED));
        const found = detectAnomalies(pattern, values.slice(LEARNED), { onceInPoints: ONCE_IN });
        const isTrue = ({ from, to }: Anomaly): boolean =>
          from + LEARNED <= at + fault.points + LATE && to + LEARNED >= at;
        if (found.some(isTrue)) sum.found++;
        else sum.missed++;
        sum.falseAlarms += found.filter((anomaly) => !isTrue(anomaly)).length;
      }
      all.set(`${fault.name} in ${family.name}`, sum);
    }
  }
  return all;
}

describe("anomalies in series with known faults", () => {
  it("are found, and little else: precision and recall of 0.9 and more", () => {
    const all = [...tally().entries()];
    const sum = (of: keyof Tally): number => all.reduce((total, [, one]) => total + one[of], 0);
    const recall = sum("found") / (sum("found") + sum("missed"));
    const precision = sum("found") / (sum("found") + sum("falseAlarms"));
    expect(recall).toBeGreaterThanOrEqual(0.9);
    expect(precision).toBeGreaterThanOrEqual(0.9);
  });
});

describe("series with nothing wrong", () => {
  it.each(FAMILIES.map((family) => [family.name, family] as const))("%s: no alert in a day", (_, family) => {
    const values = series(family, randomNumbers(4_711), 3_600 + 86_400);
    const pattern = learned(family, values.slice(0, 3_600));
    const found = detectAnomalies(pattern, values.slice(3_600), { onceInPoints: 100 * 86_400 });
    expect(found).toEqual([]);
  });
});

describe("a series that grows", () => {
  it.each(["memory with garbage", "a table that comes and goes"])(
    "%s: seen while it leaks, not otherwise",
    (name) => {
      const family = FAMILIES.find((one) => one.name === name)!;
      for (let seed = 1; seed <= 10; seed++) {
        const quiet = series(family, randomNumbers(seed), 1_200);
        expect(growthOf(family.kind, quiet)).toBeUndefined();
        const leaking = quiet.map((value, i) => value * (1 + i / 1_200));
        const growth = growthOf(family.kind, leaking);
        expect(growth?.last).toBeGreaterThan(1.4 * growth!.first);
      }
    },
  );
});
