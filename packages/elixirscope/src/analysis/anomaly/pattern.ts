import { periodOf, seasonOf } from "./season.ts";
import { LEAST_SCATTER, median, type SeriesKind, scatter, steady } from "./steady.ts";
import { type Tail, tailOf } from "./tail.ts";

/** Values at even distances in time; NaN: nothing is known there. */
export type Series = readonly number[];

/** How far a mean over `points` goes by itself, up and down. */
export interface Scale {
  readonly points: number;
  /** Of the mean, in units of the scatter of a single point. */
  readonly scatter: number;
  readonly up: Tail;
  readonly down: Tail;
}

/** How a series behaves while nothing is wrong. */
export interface Pattern {
  readonly kind: SeriesKind;
  /** Points that it was learned from. */
  readonly points: number;
  /** Points after which it repeats itself; 0: it does not. */
  readonly period: number;
  /** By phase; the first value that is watched after learning has the phase `phase`. */
  readonly season: readonly number[];
  readonly phase: number;
  /** Where it is without its season, on the steady scale, at the end of what was learned. */
  readonly level: number;
  readonly scatter: number;
  readonly scales: readonly Scale[];
}

/** Fewer are no pattern. */
const FEWEST_POINTS = 60;
/** Means over so many points are watched: short for bursts, long for what is only a little off, but for long. */
const SCALES = [1, 5, 20, 60] as const;
/** Share of a step that the level follows: what lasts for some minutes of points becomes what is usual. */
const FOLLOWS = 1 / 300;
/** A point pulls the level by no more than so many scatters. */
const PULLS = 2;

/** @returns undefined where too little is known */
export function learnPattern(kind: SeriesKind, values: Series): Pattern | undefined {
  const levels = values.filter((value) => !Number.isNaN(value)).map((value) => steady(kind, value));
  if (levels.length < FEWEST_POINTS) return undefined;
  const filled = fill(values, kind, median(levels));
  const period = periodOf(filled);
  const season = seasonOf(filled, period);
  const flat = filled.map((level, i) => level - season[i % season.length]!);
  const first = Math.max(
    LEAST_SCATTER[kind],
    scatter(flat.slice(1).map((level, i) => level - flat[i]!)) / Math.SQRT2,
  );
  const follower = new Follower(median(flat.slice(0, FEWEST_POINTS)), first);
  const rests = flat.map((level) => follower.step(level));
  const spread = Math.max(LEAST_SCATTER[kind], scatter(rests));
  const distances = rests.map((rest) => rest / spread);
  return {
    kind,
    points: levels.length,
    period,
    season,
    phase: values.length % season.length,
    level: follower.level,
    scatter: spread,
    scales: SCALES.map((points) => scaleOf(distances, points)),
  };
}

function fill(values: Series, kind: SeriesKind, empty: number): number[] {
  let last = empty;
  return values.map((value) => {
    if (!Number.isNaN(value)) last = steady(kind, value);
    return last;
  });
}

/** Goes after a level slowly, and not after outliers. */
export class Follower {
  level: number;
  private readonly spread: number;

  constructor(level: number, spread: number) {
    this.level = level;
    this.spread = spread;
  }

  /** @returns how far the value is from the level that was there before it */
  step(value: number): number {
    const rest = value - this.level;
    const most = PULLS * this.spread;
    this.level += FOLLOWS * Math.max(-most, Math.min(most, rest));
    return rest;
  }
}

/** Means of neighbours scatter less than single points, but not as much less where neighbours are alike. */
function scaleOf(distances: readonly number[], points: number): Scale {
  const means = movingMeans(distances, points);
  const independent = 1 / Math.sqrt(points);
  const spread = Math.max(independent, scatter(means), longRun(distances, points));
  const inUnits = means.map((mean) => mean / spread);
  return {
    points,
    scatter: spread,
    up: tailOf(inUnits, points),
    down: tailOf(
      inUnits.map((value) => -value),
      points,
    ),
  };
}

function movingMeans(values: readonly number[], points: number): number[] {
  const means: number[] = [];
  let total = 0;
  values.forEach((value, i) => {
    total += value;
    if (i >= points) total -= values[i - points]!;
    if (i >= points - 1) means.push(total / points);
  });
  return means;
}

/** Scatter of a mean from how alike neighbours are: of few means it cannot be seen itself. */
function longRun(values: readonly number[], points: number): number {
  if (points === 1) return 0;
  const clipped = values.map((value) => Math.max(-4, Math.min(4, value)));
  const power = clipped.reduce((total, value) => total + value * value, 0) / clipped.length;
  let sum = power;
  for (let lag = 1; lag < points; lag++) {
    let alike = 0;
    for (let i = lag; i < clipped.length; i++) alike += clipped[i]! * clipped[i - lag]!;
    sum += 2 * (1 - lag / points) * (alike / clipped.length);
  }
  return Math.sqrt(Math.max(0, sum) / points);
}
