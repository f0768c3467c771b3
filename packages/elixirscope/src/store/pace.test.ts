import * as fc from "fast-check";
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
    // A slice has at most a few items more than its time.
    expect(turns).toBeGreaterThan(5);
  });

  it("shares one slice among all questions: in each turn of the event loop one of them goes on", async () => {
    const atWork = new Set<number>();
    let most = 0;
    const look = (): void => {
      most = Math.max(most, atWork.size);
      atWork.clear();
      next = setImmediate(look);
    };
    let next = setImmediate(look);
    const items = Array.from({ length: 100 }, (_, i) => i);
    const questions = Array.from({ length: 8 }, (_, question) =>
      new Pace(1).map(items, (item) => {
        atWork.add(question);
        return work(item);
      }),
    );
    const answers = await Promise.all(questions);
    clearImmediate(next);
    expect(answers.every((answer) => answer.length === items.length)).toBe(true);
    // One that begins a slice, and one that ends in it.
    expect(most).toBeLessThanOrEqual(2);
  });

  it("runs a generator to its end, and hands on what it throws", async () => {
    const pace = new Pace();
    function* steps(): Generator<undefined, string> {
      for (let i = 0; i < 100; i++) {
        work(i);
        yield;
      }
      return "done";
    }
    expect(await pace.run(steps())).toBe("done");
    function* broken(): Generator<undefined, string> {
      yield;
      throw new Error("broken");
    }
    await expect(pace.run(broken())).rejects.toThrow("broken");
  });

  it("filters and sorts as arrays do, equal ones in their order", async () => {
    const pace = new Pace();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50)), fc.integer({ min: 1, max: 400 }), async (some, times) => {
        const items = Array.from({ length: some.length * times }, (_, i) => ({
          i,
          key: some[i % some.length]!,
        }));
        const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
        expect(await pace.sorted(items, compare)).toEqual(items.toSorted(compare));
        expect(await pace.filter(items, ({ key }) => key > 25)).toEqual(items.filter(({ key }) => key > 25));
      }),
      { numRuns: 30 },
    );
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
