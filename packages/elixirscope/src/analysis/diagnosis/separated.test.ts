import { expect, it } from "vitest";
import { missedNode } from "./separated.ts";
import { facts, named } from "./testing-facts.ts";

const broadcast = (id: number, missed: readonly { name: string; subscribers: number }[]) => ({
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
  const b = { name: "b", subscribers: 1 };
  const c = { name: "c", subscribers: 2 };
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
