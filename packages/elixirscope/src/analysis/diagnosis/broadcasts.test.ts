import { expect, it } from "vitest";
import { broadcastUnheard, duplicateSubscription, isSlip } from "./broadcasts.ts";
import type { BroadcastFact } from "./facts.ts";
import { facts, named } from "./testing-facts.ts";

const broadcast = (id: number, topic: string, more: Partial<BroadcastFact> = {}): BroadcastFact => ({
  id,
  t: id * 1e9,
  process: named("Worker"),
  topic,
  unheard: false,
  receivers: [],
  nearest: null,
  ...more,
});

it("knows a slip from another id, and from another word", () => {
  for (const [a, b] of [
    ["counter:udpates", "counter:updates"],
    ["order:new", "orders:new"],
    ["roomLobby", "room_lobby"],
  ] as const)
    expect(isSlip(a, b), `${a} ${b}`).toBe(true);
  for (const [a, b] of [
    ["room:1", "room:2"],
    ["user:ab12", "user:ab21"],
    ["orders:new", "orders:old"],
    ["room", "room:lobby"],
  ] as const)
    expect(isSlip(a, b), `${a} ${b}`).toBe(false);
});

it("warns of a broadcast on a topic that looks like one that is heard", () => {
  const nearest = { topic: "counter:updates", subscribers: 2 };
  const broadcasts = [
    broadcast(3, "counter:updates", { receivers: [named("View")] }),
    broadcast(4, "counter:udpates", { unheard: true, nearest }),
    broadcast(5, "counter:udpates", { unheard: true, nearest }),
  ];
  expect(broadcastUnheard.detect(facts({ broadcasts }))).toMatchObject([
    {
      verdict: "warn",
      summary:
        'Worker broadcast twice on "counter:udpates", which nobody is subscribed to, so nobody got it; counter:updates has 2 subscribers.',
      evidence: [4, 5],
      t: 4e9,
      until: 5e9,
    },
  ]);
});

it("leaves open whether somebody should have heard it", () => {
  const verdicts = (broadcasts: readonly BroadcastFact[]): readonly string[] =>
    broadcastUnheard
      .detect(facts({ broadcasts }))
      .map(({ verdict, confirm }) => `${verdict} ${confirm !== ""}`);
  const nearest = { topic: "room:2", subscribers: 1 };
  expect(verdicts([broadcast(1, "room:1", { unheard: true, nearest })])).toEqual(["recheck true"]);
  expect(verdicts([broadcast(1, "news", { unheard: true })])).toEqual(["recheck true"]);
  const slip = { topic: "counter:updates", subscribers: 1 };
  const heardOnce = broadcast(1, "counter:udpates", { receivers: [named("View")] });
  expect(verdicts([heardOnce, broadcast(2, "counter:udpates", { unheard: true, nearest: slip })])).toEqual([
    "recheck true",
  ]);
  expect(verdicts([broadcast(1, "news", { receivers: [named("View")] })])).toEqual([]);
});

it("warns of a process that is subscribed twice, once for each topic", () => {
  const receivers = [named("View"), named("Other"), named("View")];
  const broadcasts = [broadcast(1, "news", { receivers }), broadcast(2, "news", { receivers })];
  expect(duplicateSubscription.detect(facts({ broadcasts }))).toMatchObject([
    {
      verdict: "warn",
      summary: 'View is subscribed twice to "news": what was broadcast there came twice.',
      evidence: [1, 2],
    },
  ]);
  const once = [broadcast(1, "news", { receivers: [named("View"), named("Other")] })];
  expect(duplicateSubscription.detect(facts({ broadcasts: once }))).toEqual([]);
});
