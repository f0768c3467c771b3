import { expect, it } from "vitest";
import { handledTwice, noEffect, outOfOrder } from "./effects.ts";
import type { TurnFact } from "./more-facts.ts";
import { call, facts, named, send } from "./testing-facts.ts";

const turns = (count: number, more: Partial<TurnFact> = {}): readonly TurnFact[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    t: i * 1e8,
    process: named("Gate"),
    callback: "handle_cast/2",
    name: "pass",
    durationNs: 1e5,
    changed: false,
    effects: 0,
    ...more,
  }));

it("sees casts that leave nothing behind, and not those that change, send or only read", () => {
  const found = (all: readonly TurnFact[]) => noEffect.detect(facts({ turns: all }));
  expect(found(turns(5))).toMatchObject([
    {
      verdict: "recheck",
      summary:
        "Gate handled pass 5 times in handle_cast/2, and each time its state was the same afterwards, and it sent nothing and started nothing.",
    },
  ]);
  expect(found([...turns(5), ...turns(1, { changed: true })])).toEqual([]);
  expect(found(turns(5, { effects: 1 }))).toEqual([]);
  expect(found(turns(5, { callback: "handle_call/3", name: "count" }))).toEqual([]);
  expect(found(turns(5, { callback: "handle_call/3", name: "add_item" }))).toHaveLength(1);
});

it("tells of the same answer again and again where no states were recorded", () => {
  const calls = [1, 2, 3, 4].map((at) =>
    call(at * 10, ["People", "Gate", ":count"], at, { took: 0.01, reply: "0" }),
  );
  const sends = [1.2, 2.2, 3.2].map((at) => send(at * 100, ["People", "Gate", ":pass"], at, "cast"));
  expect(noEffect.detect(facts({ calls, sends }))).toMatchObject([
    { verdict: "recheck", summary: expect.stringMatching(/^Gate answered :count 4 times and always with 0/) },
  ]);
  const other = call(90, ["People", "Gate", ":count"], 5, { took: 0.01, reply: "1" });
  expect(noEffect.detect(facts({ calls: [...calls, other], sends }))).toEqual([]);
});

it("warns where each message comes twice, and not where the same is meant each time", () => {
  const twice = (text: (n: number) => string) =>
    [1, 2, 3, 4, 5].flatMap((n) =>
      [0, 0.001].map((later, i) => send(n * 10 + i, ["Center", "Bell", text(n)], n + later)),
    );
  expect(handledTwice.detect(facts({ sends: twice((n) => `{:ring, ${n}}`) }))).toMatchObject([
    { verdict: "warn", summary: expect.stringContaining("Center sent each message ring to Bell twice") },
  ]);
  expect(handledTwice.detect(facts({ sends: twice(() => ":tick") }))).toEqual([]);
  const once = [1, 2, 3, 4, 5].map((n) => send(n, ["Center", "Bell", `{:ring, ${n}}`], n));
  expect(handledTwice.detect(facts({ sends: once }))).toEqual([]);
});

it("sees numbered messages of several senders overtake each other, and no order in what has none", () => {
  const came = (numbers: readonly number[], from: (n: number) => string) =>
    numbers.map((n, i) => send(i + 1, [from(n), "Board", `{:quote, ${n}}`], i / 10));
  const raced = [1, 2, 3, 4, 6, 5, 7, 8, 9, 10, 12, 11];
  expect(outOfOrder.detect(facts({ sends: came(raced, (n) => `Task ${n}`) }))).toMatchObject([
    {
      verdict: "recheck",
      summary: expect.stringMatching(/^\{:quote, 6\} came to Board before \{:quote, 5\}.*2 times|twice/),
      evidence: [5, 6, 11, 12],
    },
  ]);
  const ordered = raced.toSorted((a, b) => a - b);
  expect(outOfOrder.detect(facts({ sends: came(ordered, (n) => `Task ${n}`) }))).toEqual([]);
  const random = [500, 3, 812, 44, 90, 7, 301, 66, 19, 400, 5, 2];
  expect(outOfOrder.detect(facts({ sends: came(random, (n) => `Task ${n}`) }))).toEqual([]);
  // One sender keeps its order: it sent them so.
  expect(outOfOrder.detect(facts({ sends: came(raced, () => "Source") }))).toEqual([]);
});
