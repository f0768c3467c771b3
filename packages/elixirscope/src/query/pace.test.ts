import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

/** Keeps the thread for about a millisecond. */
function work(item: number): number {
  const end = performance.now() + 1;
  while (performance.now() < end);
  return item * 2;
}

describe("Pace", () => {
  it("maps in order, and lets others in meanwhile", async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const out = await new Pace().map(
      Array.from({ length: 1_000 }, (_, i) => i),
      work,
    );
    clearImmediate(next);
    expect(out).toEqual(Array.from({ length: 1_000 }, (_, i) => i * 2));
    // A slice has at most 64 items more than its time.
    expect(turns).toBeGreaterThan(5);
  });

  it("does short work in one go", async () => {
    let turned = false;
    const next = setImmediate(() => {
      turned = true;
    });
    await new Pace().map([1, 2, 3], (item) => item);
    expect(turned).toBe(false);
    clearImmediate(next);
  });
});
