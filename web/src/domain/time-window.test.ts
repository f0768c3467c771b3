import { describe, expect, it } from "vitest";
import { instantAt, layersOf, ticksOf, totalsOf, windowOf, xOf } from "./time-window.ts";

describe("the window of the time bar", () => {
  it("holds its end and keeps its edges while time goes on within a bucket", () => {
    const window = windowOf(60, 0, 90.2e9, 120);
    expect(window).toEqual({ from: 30.5e9, to: 90.5e9, buckets: 120 });
    expect(windowOf(60, 0, 90.4e9, 120)).toEqual(window);
    expect(windowOf(60, 0, 90.6e9, 120).from).toBe(31e9);
  });

  it("spans the whole recording, also one of a blink", () => {
    expect(windowOf("all", 0, 100e9, 100).from).toBeLessThanOrEqual(1e9);
    expect(windowOf("all", 5, 5, 10)).toMatchObject({ buckets: 10 });
  });

  it("goes from instants to pixels and back", () => {
    const window = { from: 10e9, to: 20e9, buckets: 10 };
    expect(xOf(15e9, window, 800)).toBe(400);
    expect(instantAt(400, window, 800)).toBe(15e9);
    expect(instantAt(-50, window, 800)).toBe(10e9);
    expect(instantAt(5_000, window, 800)).toBe(20e9);
  });
});

describe("the bars", () => {
  const rates = {
    from: 0,
    to: 2,
    bucketNs: 1,
    gaps: [],
    series: { send: [1, 2], spawn: [3, 0], spawned: [4, 1], gap: [9, 9], sample: [5, 5] },
  };

  it("stack colours, not kinds, and leave out gaps and samples", () => {
    expect(layersOf(rates)).toEqual([
      { color: "--k-send", counts: [1, 2] },
      { color: "--k-spawn", counts: [7, 1] },
    ]);
  });

  it("add up", () => {
    expect(totalsOf(layersOf(rates), 2)).toEqual([8, 3]);
  });
});

describe("ticks", () => {
  it.each([
    [60, 1_200, 5],
    [300, 1_200, 30],
    [3_600, 590, 900],
    [1, 1_000, 0.1],
  ])("a bar over %d s on %d px has one every %d s", (seconds, width, step) => {
    const ticks = ticksOf({ from: 0, to: seconds * 1e9, buckets: 10 }, width, 100);
    expect((ticks[1]! - ticks[0]!) / 1e9).toBeCloseTo(step, 6);
    expect((width * step) / seconds).toBeGreaterThanOrEqual(100);
  });
});
