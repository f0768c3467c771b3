import { Follower, type Pattern, type Scale, type Series } from "./pattern.ts";
import { steady, unsteady } from "./steady.ts";
import { chanceOf } from "./tail.ts";

/** A stretch of a series that does not fit its pattern. Positions in the series that was watched. */
export interface Anomaly {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  readonly direction: "above" | "below";
  /** Points over which it shows most clearly: 1, or a mean over more. */
  readonly over: number;
  /** Where it shows most clearly: what was there (the mean over `over` points), and what was expected. */
  readonly at: number;
  readonly value: number;
  readonly expected: number;
  /** So many points would have to be watched until something like it comes about by chance; at most 1e12. */
  readonly onceInPoints: number;
}

export interface Watching {
  /** False alarms that are tolerated, in so many points one. */
  readonly onceInPoints: number;
}

const MOST = 1e12;
/** Stretches that are nearer to one another than this belong together. */
const TOGETHER = 30;

/** What does not fit the pattern that was learned from the values right before these. */
export function detectAnomalies(pattern: Pattern, values: Series, { onceInPoints }: Watching): Anomaly[] {
  const rare = 1 / (onceInPoints * pattern.scales.length * 2);
  const follower = new Follower(pattern.level, pattern.scatter);
  const windows = pattern.scales.map((scale) => new Window(scale));
  const found: Anomaly[] = [];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const season = pattern.season[(pattern.phase + i) % pattern.season.length]!;
    const expected = follower.level + season;
    const distance = follower.step(steady(pattern.kind, value) - season) / pattern.scatter;
    let strongest: { chance: number; window: Window } | undefined;
    for (const window of windows) {
      window.add(distance, value);
      const chance = window.chance();
      if (chance < rare && chance < (strongest?.chance ?? 1)) strongest = { chance, window };
    }
    if (!strongest) return;
    const { window, chance } = strongest;
    add(found, {
      from: Math.max(0, i - window.began() + 1),
      to: i,
      direction: window.mean > 0 ? "above" : "below",
      over: window.scale.points,
      at: i,
      value: window.value(),
      expected: unsteady(pattern.kind, expected),
      onceInPoints: Math.min(MOST, 1 / (chance * pattern.scales.length * 2)),
    });
  });
  return found;
}

/** The last points, as one mean. */
class Window {
  private readonly distances: number[] = [];
  private readonly values: number[] = [];
  private next = 0;
  private total = 0;
  readonly scale: Scale;

  constructor(scale: Scale) {
    this.scale = scale;
  }

  get mean(): number {
    return this.total / this.scale.points;
  }

  add(distance: number, value: number): void {
    // One point alone is watched as such; it shall not make a mean of many special.
    const most = this.scale.points === 1 ? distance : Math.max(-4, Math.min(4, distance));
    this.total += most - (this.distances[this.next] ?? 0);
    this.distances[this.next] = most;
    this.values[this.next] = value;
    this.next = (this.next + 1) % this.scale.points;
  }

  chance(): number {
    const { points, scatter, up, down } = this.scale;
    if (this.distances.length < points) return 1;
    const inUnits = this.mean / scatter;
    return inUnits > 0 ? chanceOf(up, inUnits) : chanceOf(down, -inUnits);
  }

  /** Points back from the newest one over which it is clearest: the rest of the window was as usual. */
  began(): number {
    const { points } = this.scale;
    let total = 0;
    let best = { clear: 0, length: 1 };
    for (let length = 1; length <= points; length++) {
      total += this.distances[(this.next - length + points) % points]!;
      const clear = Math.abs(total) / Math.sqrt(length);
      if (clear > best.clear) best = { clear, length };
    }
    return best.length;
  }

  value(): number {
    return this.values.reduce((sum, one) => sum + one, 0) / this.values.length;
  }
}

/** To the stretch that it belongs to, which is told by its clearest point. */
function add(found: Anomaly[], anomaly: Anomaly): void {
  const last = found.at(-1);
  if (!last || anomaly.from > last.to + TOGETHER) {
    found.push(anomaly);
    return;
  }
  const clearer = anomaly.onceInPoints > last.onceInPoints ? anomaly : last;
  found[found.length - 1] = { ...clearer, from: Math.min(last.from, anomaly.from), to: anomaly.to };
}
