import { expect, it } from "vitest";
import type { MissedNode } from "./facts.ts";
import { missedNode } from "./separated.ts";
import { facts, named } from "./testing-facts.ts";

const broadcast = (id: number, missed: readonly MissedNode[]) => ({
  id,
  t: id * 1e9,
  process: named("Counter"),
  topic: "counter:updates",
  unheard: false,
  receivers: [],
  nearest: null,
  missed,
});

it("says which nodes a broadcast did not get to, once for each topic and node", () => {
  const b = { between: ["a@h", "b@h"], name: "b", subscribers: 1 } as const;
  const c = { between: ["a@h", "c@h"], name: "c", subscribers: 2 } as const;
  const found = missedNode.detect(
    facts({ broadcasts: [broadcast(1, [b, c]), broadcast(2, []), broadcast(3, [b])] }),
  );
  expect(found).toMatchObject([
    {
      verdict: "warn",
      summary:
        'Counter broadcast twice on "counter:updates", and that did not get to b, where 1 process is subscribed.',
      evidence: [1, 3],
      t: 1e9,
      until: 3e9,
    },
    {
      summary:
        'Counter broadcast once on "counter:updates", and that did not get to c, where 2 processes are subscribed.',
      evidence: [1],
    },
  ]);
});

it("has nothing to say where all got everywhere", () => {
  expect(missedNode.detect(facts({ broadcasts: [broadcast(1, [])] }))).toEqual([]);
});

it("says that the two did not see each other then, where they said so, with the events that tell it", () => {
  const b = { between: ["a@h", "b@h"], name: "b", subscribers: 1 } as const;
  const split = (from: number, to: number | null) => ({
    nodes: ["b@h", "a@h"] as const,
    from,
    to,
    evidence: [70, 71],
  });
  const of = (from: number, to: number | null) =>
    missedNode.detect(facts({ broadcasts: [broadcast(5, [b])], splits: [split(from, to)] }))[0];
  expect(of(4e9, null)).toMatchObject({
    summary: expect.stringMatching(
      /where 1 process is subscribed: a@h and b@h did not see each other then\.$/,
    ),
    evidence: [5, 70, 71],
  });
  expect(of(6e9, null)?.evidence).toEqual([5]);
});
