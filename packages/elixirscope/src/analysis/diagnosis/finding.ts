import type { Level } from "../../model/index.ts";
import type { Facts, Who } from "./facts.ts";

/**
 * - `warn`: what happened is in the record, and it is wrong
 * - `recheck`: it looks wrong, but what was recorded cannot tell; `confirm` says what could
 * - `ok`: it was looked at, and nothing of the kind was there
 */
export type Verdict = "ok" | "warn" | "recheck";

/** What a detector has to say of one thing. Everything that `summary` claims is in the events of `evidence`. */
export interface Finding {
  readonly verdict: Verdict;
  readonly detector: string;
  /** One or two sentences. */
  readonly summary: string;
  /** Whom it is about, who is to blame first. */
  readonly processes: readonly Who[];
  /** Instant at which it showed first; null: no single one. */
  readonly t: number | null;
  /** Instant until which it went on. */
  readonly until: number | null;
  /** Ids of events, in the order in which `summary` uses them; none only of `ok` and of what was not recorded. */
  readonly evidence: readonly number[];
  /** What would confirm it; "" where nothing is in doubt. */
  readonly confirm: string;
  readonly todo: string;
  /** 0 to 1: how sure it is that this is a fault, and how much of one. */
  readonly score: number;
}

export interface Detector {
  readonly name: string;
  /** What it looks for, for a person: `broadcasts that reached nobody`. */
  readonly looksFor: string;
  /** The level from which on there is what it looks at. */
  readonly level: Level;
  /** Was anything of what it looks at recorded? */
  readonly sees: (facts: Facts) => boolean;
  readonly detect: (facts: Facts) => readonly Finding[];
}

type Told = Pick<Finding, "summary" | "processes" | "t" | "evidence" | "todo" | "score"> &
  Partial<Pick<Finding, "until" | "confirm">>;

/** @returns a finding that is beyond doubt */
export const warn = (detector: string, told: Told): Finding => ({
  verdict: "warn",
  detector,
  until: null,
  confirm: "",
  ...told,
});

/** @returns a finding that needs another look */
export const recheck = (detector: string, told: Told & Pick<Finding, "confirm">): Finding => ({
  verdict: "recheck",
  detector,
  until: null,
  ...told,
});

/** Ids that a finding cites, at most. */
const CITED = 12;

/** The first ones, each once. */
export const cite = (...ids: readonly (number | null | undefined)[]): readonly number[] =>
  [...new Set(ids.filter((id): id is number => typeof id === "number"))].slice(0, CITED);

/** `12 ms`, `3.2 s` */
export function duration(ns: number): string {
  if (ns < 1e6) return `${Math.round(ns / 1e3)} µs`;
  if (ns < 1e9) return `${Math.round(ns / 1e6)} ms`;
  return `${(ns / 1e9).toFixed(1)} s`;
}

/** `once`, `twice`, `7 times` */
export const times = (n: number): string => (n === 1 ? "once" : n === 2 ? "twice" : `${n} times`);

/** Groups in the order of their first members; each in the order of the list. */
export function grouped<K, T>(list: readonly T[], keyOf: (one: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

/** The same with other values. */
export const shapeOf = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|#\w+(?:\.\w+)*<[^>]*>|-?\d+(?:\.\d+)?/g, "_");
