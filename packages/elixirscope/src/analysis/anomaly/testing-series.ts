import type { SeriesKind } from "./steady.ts";

// Series as applications make them, and what goes wrong with them, with the truth: for tests and benchmarks.

/** Numbers between 0 and 1. */
export type Random = () => number;

/** Pseudo-random numbers (mulberry32), the same for a seed everywhere. */
export function randomNumbers(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function poisson(random: Random, mean: number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const least = Math.exp(-mean);
  let product = random();
  let count = 0;
  while (product > least) {
    product *= random();
    count++;
  }
  return count;
}

/** A source of values: what is there at point `i` while a fault multiplies it by `factor`. */
export interface Family {
  readonly name: string;
  readonly kind: SeriesKind;
  readonly source: (random: Random) => (i: number, factor: number) => number;
}

const DAY = 86_400;
const daily = (i: number): number => 1 + 0.5 * Math.sin((2 * Math.PI * i) / DAY);

export const FAMILIES: readonly Family[] = [
  { name: "rare events", kind: "count", source: (random) => (_, factor) => poisson(random, 0.2 * factor) },
  { name: "events", kind: "count", source: (random) => (_, factor) => poisson(random, 8 * factor) },
  {
    name: "busy, by the hour of the day",
    kind: "count",
    source: (random) => (i, factor) => poisson(random, 200 * daily(i) * factor),
  },
  {
    name: "a job each minute",
    kind: "count",
    source: (random) => (i, factor) => poisson(random, (i % 60 < 5 ? 120 : 10) * factor),
  },
  {
    name: "bursts",
    kind: "count",
    source: (random) => (_, factor) => {
      // Gamma with shape 2: twice as uneven as Poisson at this rate.
      const rate = (-Math.log(1 - random()) - Math.log(1 - random())) / 2;
      return poisson(random, 20 * rate * factor);
    },
  },
  {
    name: "durations",
    kind: "duration",
    source: (random) => (_, factor) => 2_000_000 * Math.exp(0.3 * normal(random)) * factor,
  },
  {
    name: "uneven durations",
    kind: "duration",
    source: (random) => (_, factor) => 500_000 * Math.exp(0.8 * normal(random)) * factor,
  },
  {
    name: "memory with garbage",
    kind: "size",
    source: (random) => {
      let garbage = 0;
      return (_, factor) => {
        garbage = garbage > 1 ? 0 : garbage + 0.05 * random();
        return 3_000_000 * (1 + 0.3 * garbage + 0.02 * normal(random)) * factor;
      };
    },
  },
  {
    name: "a table that comes and goes",
    kind: "size",
    source: (random) => {
      let drift = 0;
      return (_, factor) => {
        drift = 0.9 * drift + 0.05 * normal(random);
        return Math.round(800 * Math.exp(drift) * factor);
      };
    },
  },
];

/** What goes wrong, for how long, and by which factor. */
export interface Fault {
  readonly name: string;
  readonly points: number;
  readonly factor: number;
  readonly families: readonly string[];
}

const COUNTS = ["events", "busy, by the hour of the day", "a job each minute", "bursts"];
const DURATIONS = ["durations", "uneven durations"];
const SIZES = ["memory with garbage", "a table that comes and goes"];

export const FAULTS: readonly Fault[] = [
  { name: "burst", points: 15, factor: 6, families: COUNTS },
  { name: "errors", points: 30, factor: 20, families: ["rare events"] },
  { name: "silence", points: 60, factor: 0, families: COUNTS },
  { name: "twice as many", points: 120, factor: 2, families: COUNTS },
  { name: "slow", points: 20, factor: 10, families: DURATIONS },
  { name: "somewhat slower", points: 200, factor: 2, families: DURATIONS },
  { name: "swollen", points: 30, factor: 3, families: SIZES },
  { name: "emptied", points: 60, factor: 0.2, families: SIZES },
];

/** `count` values; between `at` and `at + fault.points` with the fault. */
export function series(
  { source }: Family,
  random: Random,
  count: number,
  fault?: Fault & { readonly at: number },
): number[] {
  const next = source(random);
  return Array.from({ length: count }, (_, i) =>
    next(i, fault && i >= fault.at && i < fault.at + fault.points ? fault.factor : 1),
  );
}
