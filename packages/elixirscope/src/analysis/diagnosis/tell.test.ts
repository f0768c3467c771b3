import { expect, it } from "vitest";
import { questionOf } from "./question.ts";
import { tell, within } from "./tell.ts";
import { facts, named, send } from "./testing-facts.ts";

const answer = (text: string, some: Parameters<typeof facts>[0]) => tell(text, questionOf(text), facts(some));

it("says who sends something, most first, with the messages", () => {
  const sends = [1, 2, 3].map((id) => send(id, ["Sensor", "Display", `{:reading, ${id}}`], id));
  const told = answer("Who sends reading to the display?", {
    sends: [...sends, send(9, ["A", "B", ":tick"], 4)],
  });
  expect(told).toEqual([
    { text: "Sensor sent to Display {:reading, 1}, and the like, 3 times.", evidence: [1, 2, 3] },
  ]);
});

it("says which processes are largest and which do most", () => {
  const points = [1e6, 3e6].map((value, i) => ({ id: i + 1, t: i * 1e9, value }));
  const sizes = [{ process: named("Cache"), of: "memory" as const, points, part: null }];
  expect(answer("Which process is eating memory?", { sizes })).toEqual([
    { text: "Cache had 3.0 MB when it was looked at last, 1.0 MB at first.", evidence: [2, 1] },
  ]);
  const busy = [
    { process: named("Loop"), reductions: 9, share: 0.9, id: 4, at: null, working: 1, samples: 2 },
  ];
  expect(answer("What is so busy?", { busy })).toEqual([
    { text: "Loop did 90 % of all work (reductions).", evidence: [4] },
  ]);
});

it("says how long a request took, and in what", () => {
  const request = {
    id: 7,
    t: 1e9,
    process: null,
    what: "GET /orders",
    status: 200,
    durationNs: 3e8,
    error: null,
    slowest: { id: 8, what: "plug Shop.Auth", durationNs: 2e8 },
  };
  expect(answer("Why is /orders slow?", { requests: [request] })).toEqual([
    {
      text: "GET /orders came once and took 300 ms at most. Of that 200 ms went into plug Shop.Auth.",
      evidence: [7, 8],
    },
  ]);
});

it("says what happened, in a stretch of time too; nothing where nothing of the kind is asked", () => {
  const sends = [send(1, ["A", "B", ":tick"], 1), send(2, ["C", "D", ":tock"], 5)];
  expect(answer("What happened?", { sends })).toHaveLength(2);
  const question = questionOf("What happened?");
  expect(tell("What happened?", question, within(facts({ sends }), 4e9, 6e9))).toEqual([
    { text: "C sent :tock and the like to D once.", evidence: [2] },
  ]);
  expect(answer("Why does it hang?", { sends })).toEqual([]);
});
