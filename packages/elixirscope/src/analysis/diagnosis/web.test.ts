import { expect, it } from "vitest";
import type { RepeatFact, RequestFact, UserEventFact } from "./facts.ts";
import { facts, named } from "./testing-facts.ts";
import { eventWithoutEffect, jobFailed, repeatedQueries, requestFailed, slowRequest } from "./web.ts";

const request = (id: number, more: Partial<RequestFact>): RequestFact => ({
  id,
  t: id * 1e9,
  process: named("Request"),
  what: "GET /orders",
  status: 200,
  durationNs: 5e6,
  error: null,
  slowest: null,
  ...more,
});

it("tells requests that raised, not those that were refused", () => {
  const requests = [
    request(1, {}),
    request(2, { status: 500, error: "RuntimeError: broken (lib/shop.ex:7)" }),
    request(3, { status: 404, error: "Phoenix.Router.NoRouteError: no route" }),
  ];
  expect(requestFailed.detect(facts({ requests }))).toMatchObject([
    {
      verdict: "warn",
      summary: "GET /orders was answered with 500 once: RuntimeError: broken (lib/shop.ex:7).",
      evidence: [2],
    },
  ]);
});

it("tells slow requests with their slowest part, and leaves open whether they may be", () => {
  const slowest = { id: 8, what: "query SELECT 1", durationNs: 1.5e9 };
  const requests = [request(1, {}), request(9, { durationNs: 2e9, slowest })];
  expect(slowRequest.detect(facts({ requests }))).toMatchObject([
    {
      verdict: "recheck",
      summary:
        "GET /orders took 2.0 s, and a second or more once of 2. Of that 1.5 s went into query SELECT 1.",
      evidence: [9, 8],
    },
  ]);
});

it("tells jobs that failed", () => {
  const job = {
    id: 7,
    t: 7e9,
    process: null,
    worker: "Shop.Mail",
    state: "discard",
    error: "no such address",
  };
  expect(jobFailed.detect(facts({ jobs: [{ ...job, insertedId: 3 }] }))).toMatchObject([
    { summary: "A job of Shop.Mail failed once (discard now): no such address.", evidence: [7, 3] },
  ]);
});

const repeat = (more: Partial<RepeatFact>): RepeatFact => ({
  ids: [3, 4],
  process: null,
  work: "GET /orders",
  workId: 9,
  query: "SELECT * FROM items WHERE order_id = $1",
  count: 12,
  parameters: 12,
  totalNs: 4e6,
  place: "lib/shop.ex:30",
  ...more,
});

it("tells n + 1 queries, once for the same work, and what is asked again and again for nothing", () => {
  const summaries = (repeats: readonly RepeatFact[]): readonly string[] =>
    repeatedQueries
      .detect(facts({ repeats }))
      .map(({ summary, evidence }) => `${summary} ${evidence.join(" ")}`);
  expect(summaries([repeat({}), repeat({ count: 10 })])).toEqual([
    "GET /orders ran the same query 12 times (4 ms), each time with another parameter, at lib/shop.ex:30: SELECT * FROM items WHERE order_id = $1 9 3 4",
  ]);
  expect(summaries([repeat({ parameters: 1 })])[0]).toContain("each time the same");
  expect(summaries([repeat({ count: 5 })])).toEqual([]);
});

it("tells events of users after which no assign changed, where states were recorded", () => {
  const event = (changed: UserEventFact["changed"]): UserEventFact => ({
    id: 5,
    t: 5e9,
    process: named("View"),
    view: "CounterLive",
    name: "increment",
    flow: null,
    failed: false,
    changed,
    pushes: [6],
    infos: [],
    until: null,
  });
  const found = (changed: UserEventFact["changed"]) =>
    eventWithoutEffect.detect(facts({ userEvents: [event(changed)] }));
  expect(found([])).toMatchObject([{ verdict: "recheck", evidence: [5, 6] }]);
  expect(found(["count"])).toEqual([]);
  expect(found(null)).toEqual([]);
  expect(eventWithoutEffect.sees(facts({ userEvents: [event(null)] }))).toBe(false);
});
