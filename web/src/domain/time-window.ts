import type { Rates } from "elixirscope/protocol";
import { KIND_LOOKS } from "./kinds.ts";

/** What the time bar spans: the last so many seconds, or the whole recording. */
export type Span = 60 | 300 | 3600 | "all";

export interface TimeWindow {
  /** Nanoseconds since the recording's origin; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  readonly buckets: number;
}

/**
 * The window that ends at `end`, its edges on whole buckets, so that bars keep their place while time goes on.
 * `begin` is the first instant of the recording.
 */
export function windowOf(span: Span, begin: number, end: number, buckets: number): TimeWindow {
  const length = span === "all" ? Math.max(1e9, end - begin) : span * 1e9;
  const bucket = Math.ceil(length / buckets);
  const to = (Math.floor(end / bucket) + 1) * bucket;
  return { from: to - bucket * buckets, to, buckets };
}

/** A colour of the stacked bars, and how many events of that colour each bucket has. */
export interface Layer {
  readonly color: string;
  readonly counts: readonly number[];
}

/** Kinds of one colour are one layer; in the order of the kinds, so that a colour keeps its place in the stack. */
export function layersOf(rates: Rates): readonly Layer[] {
  const layers = new Map<string, number[]>();
  for (const { kind, color } of KIND_LOOKS) {
    const series = rates.series[kind];
    // Gaps are hatched over the bars; samples are our own doing and say nothing of the application's.
    if (!series || kind === "gap" || kind === "sample") continue;
    const sum = layers.get(color);
    if (!sum) layers.set(color, [...series]);
    else for (const [index, value] of series.entries()) sum[index] = (sum[index] ?? 0) + value;
  }
  return [...layers].map(([color, counts]) => ({ color, counts }));
}

/** Events in each bucket, all kinds together. */
export function totalsOf(layers: readonly Layer[], buckets: number): readonly number[] {
  return Array.from({ length: buckets }, (_, index) =>
    layers.reduce((sum, layer) => sum + (layer.counts[index] ?? 0), 0),
  );
}

/** Where an instant stands on a bar `width` wide. */
export const xOf = (t: number, window: TimeWindow, width: number): number =>
  ((t - window.from) / (window.to - window.from)) * width;

/** The instant under `x`, within the window. */
export function instantAt(x: number, window: TimeWindow, width: number): number {
  const share = Math.min(1, Math.max(0, x / Math.max(1, width)));
  return Math.round(window.from + share * (window.to - window.from));
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Instants to label: whole steps that a person would choose, at least `spacing` pixels apart. */
export function ticksOf(window: TimeWindow, width: number, spacing: number): readonly number[] {
  const seconds = (window.to - window.from) / 1e9;
  const least = (seconds * spacing) / Math.max(1, width);
  const small = 10 ** Math.floor(Math.log10(least || 1));
  const step = least < 1 ? [1, 2, 5, 10].map((n) => n * small).find((n) => n >= least)! : nextStep(least);
  const ticks: number[] = [];
  for (let n = Math.ceil(window.from / 1e9 / step); n * step * 1e9 < window.to; n += 1) {
    ticks.push(Math.round(n * step * 1e9));
  }
  return ticks;
}

const nextStep = (least: number): number =>
  STEPS.find((step) => step >= least) ?? Math.ceil(least / 86_400) * 86_400;
