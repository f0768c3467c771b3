import { expect, it } from "vitest";
import { boundaryLeak } from "./boundary.ts";
import { busyProcess } from "./busy.ts";
import type { MoreFacts, TurnFact } from "./more-facts.ts";
import { call, facts, named } from "./testing-facts.ts";
import { bottleneck, errorLogged, errorReplies, repeatedCalls, slowCallback } from "./work.ts";

it("sees calls that are made one by one, and none in a few or where time lies between", () => {
  const calls = (count: number, every: number) =>
    Array.from({ length: count }, (_, i) =>
      call(10 * i, ["Writer", "Prices", `{:price, ${i}}`], 1 + i * every, { took: 0.02 }),
    );
  expect(repeatedCalls.detect(facts({ calls: calls(60, 0.021) }))).toMatchObject([
    {
      verdict: "recheck",
      summary: expect.stringMatching(/^Writer called Prices 60 times in a row .* which took 1\.3 s/),
    },
  ]);
  expect(repeatedCalls.detect(facts({ calls: calls(5, 0.021) }))).toEqual([]);
  expect(repeatedCalls.detect(facts({ calls: calls(60, 0.3) }))).toEqual([]);
});

it("sees callers that wait for each other, and warns where that takes a second", () => {
  const queue = (took: number) =>
    [0, 1, 2, 3, 4, 5, 6].map((i) =>
      call(10 * i, [`Clerk${i}`, "Desk", ":stamp"], 1 + i * 0.01, { took: took * (i + 1) - i * 0.01 }),
    );
  expect(bottleneck.detect(facts({ calls: queue(0.2) }))).toMatchObject([
    { verdict: "warn", summary: expect.stringMatching(/^6 processes waited for each other at Desk/) },
  ]);
  expect(bottleneck.detect(facts({ calls: queue(0.1) }))).toMatchObject([{ verdict: "recheck" }]);
  expect(bottleneck.detect(facts({ calls: queue(0.011) }))).toEqual([]);
});

it("tells of answers that are errors, more surely where all are", () => {
  const answers = (...replies: readonly string[]) =>
    replies.map((reply, i) => call(10 * i, ["Web", "Shop", `{:buy, ${i}}`], i + 1, { took: 0.01, reply }));
  const [all] = errorReplies.detect(facts({ calls: answers(...Array(4).fill("{:error, :sold_out}")) }));
  const [one] = errorReplies.detect(facts({ calls: answers(":ok", "{:error, :sold_out}", ":ok") }));
  expect(one).toMatchObject({
    verdict: "recheck",
    summary: "Shop answered {:buy, 1} of Web with {:error, :sold_out}; so it did once of 3 such calls.",
  });
  expect(all!.score).toBeGreaterThan(one!.score);
  expect(errorReplies.detect(facts({ calls: answers(":ok", "{:errors, 0}") }))).toEqual([]);
});

it("tells of what the application logged, alike ones once", () => {
  const logs = [1, 2].map((id) => ({
    id,
    t: id * 1e9,
    process: named("Mail"),
    level: "error",
    text: `could not reach 10.0.0.${id}`,
  }));
  expect(errorLogged.detect(facts({ logs }))).toMatchObject([
    { summary: 'Mail logged "could not reach 10.0.0.2" as error, twice.', evidence: [1, 2] },
  ]);
});

it("tells of callbacks that took a second", () => {
  const turn = (durationNs: number): TurnFact => ({
    id: durationNs,
    t: 1e9,
    process: named("Report"),
    callback: "handle_info/2",
    name: "build",
    durationNs,
    changed: true,
    effects: 0,
  });
  expect(slowCallback.detect(facts({ turns: [turn(1e6), turn(2.5e9)] }))).toMatchObject([
    { summary: expect.stringMatching(/^Report was 2\.5 s in handle_info\/2 for build, .* once of 2/) },
  ]);
  expect(slowCallback.detect(facts({ turns: [turn(1e6)] }))).toEqual([]);
});

it("names who uses the processors, where one does most of much", () => {
  const busy = (more: Partial<MoreFacts["busy"][number]>): MoreFacts["busy"] => [
    {
      process: named("Loop"),
      reductions: 9e7,
      share: 0.9,
      id: 4,
      at: "Loop.spin/1",
      working: 5,
      samples: 6,
      ...more,
    },
  ];
  const found = (more: Partial<MoreFacts["busy"][number]>) => busyProcess.detect(facts({ busy: busy(more) }));
  expect(found({})).toMatchObject([
    {
      summary:
        "Loop did 90 % of all work (reductions), and was at it in 5 of 6 samples, of late in Loop.spin/1.",
    },
  ]);
  const turns = Array.from({ length: 200 }, (_, i) => ({
    id: 1_000 + i,
    t: i * 1e6,
    process: named("Loop"),
    callback: "handle_info/2",
    name: "timeout",
    durationNs: 1_000,
    changed: true,
    effects: 0,
  }));
  expect(busyProcess.detect(facts({ busy: busy({}), turns }))[0]!.summary).toMatch(
    / It was in handle_info\/2 for :timeout 200 times, each 1 ms after the one before\.$/,
  );
  // A timeout of 0 ms, whatever else is busy; one of 50 ms is nothing.
  expect(busyProcess.detect(facts({ turns: turns.map((one) => ({ ...one, t: one.t / 10 })) }))).toMatchObject(
    [
      {
        verdict: "recheck",
        summary:
          "Loop never waits: it was in handle_info/2 for :timeout 200 times, each 100 µs after the one before.",
        evidence: [1_000, 1_199],
      },
    ],
  );
  expect(busyProcess.detect(facts({ turns: turns.map((one) => ({ ...one, t: one.t * 50 })) }))).toEqual([]);
  expect(found({ share: 0.3 })).toEqual([]);
  expect(found({ reductions: 1e6 })).toEqual([]);
});

it("tells of calls past a context's door that are in the record", () => {
  const leak = {
    caller: "Web.Page",
    callee: "Shop.Cart.Row.all/0",
    context: "Shop.Cart",
    place: "lib/page.ex:7",
  };
  const calls = [{ id: 5, t: 1e9, process: named("p") }];
  expect(boundaryLeak.detect(facts({ leaks: [{ ...leak, calls }] }))).toMatchObject([
    {
      verdict: "recheck",
      summary: "Web.Page (lib/page.ex:7) called Shop.Cart.Row.all/0 past the door of Shop.Cart, once.",
      evidence: [5],
    },
  ]);
  expect(boundaryLeak.detect(facts({ leaks: [{ ...leak, calls: [] }] }))).toEqual([]);
});
