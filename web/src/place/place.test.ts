import { describe, expect, it } from "vitest";
import { formatPlace, HOME, type Place, parsePlace } from "./place.ts";

const read = (url: string): Place => {
  const [path = "", query = ""] = url.split("?");
  return parsePlace(path, query);
};

describe("a place in the URL", () => {
  it.each<[string, Place]>([
    ["home", HOME],
    [
      "events with every filter, at an instant, with an event selected",
      {
        ...HOME,
        view: "events",
        cursor: -1_500,
        selection: { type: "event", id: 42 },
        filters: {
          kinds: ["send", "gap"],
          process: "#PID<0.1.0>",
          mfa: "Hello.*",
          tag: "{:set, _}",
          from: -5,
          to: 7_000_000_000,
        },
      },
    ],
    ["a process by its pid", { ...HOME, view: "process", process: "#PID<0.123.0>" }],
    ["a process by a name with a slash", { ...HOME, view: "process", process: ':"a/b"' }],
    ["a flow", { ...HOME, view: "flow", item: "f-812" }],
    ["the life of a process", { ...HOME, view: "process", process: "p-7", tab: "life" }],
    ["a flow as a tree", { ...HOME, view: "flow", item: "f-812", flowMode: "tree" }],
    ["the list of flows", { ...HOME, view: "flows" }],
    ["a LiveView", { ...HOME, view: "web", section: "liveviews", item: "phx-GA/x1" }],
    ["the timeline with a range", { ...HOME, view: "timeline", filters: { from: 1, to: 2 } }],
    ["the node’s inventory", { ...HOME, view: "inventory" }],
    ["a context", { ...HOME, view: "web", section: "contexts", item: "Hello.Counters" }],
    ["a line of a module", { ...HOME, view: "code", item: "Hello.Counter", line: 12, cursor: 5 }],
    ["a function of a module", { ...HOME, view: "code", item: ":lists", line: "seq?/2" }],
    ["the list of modules", { ...HOME, view: "code" }],
    ["topics", { ...HOME, view: "web", section: "topics" }],
    [
      "a question in SQL, drawn",
      { ...HOME, view: "query", details: { sql: "SELECT 1\n-- a & b = ü", drawn: true } },
    ],
    [
      "a question of the catalogue with what it is given",
      { ...HOME, view: "query", item: "slowest", details: { given: { process: "Hello.*", limit: "5" } } },
    ],
    [
      "a frame of a flame graph",
      { ...HOME, view: "performance", item: "flame", details: { inFlow: "f-3", stack: ["a; b", "c&d"] } },
    ],
    ["a flow with its critical path", { ...HOME, view: "flow", item: "f-1", details: { critical: true } }],
    ["what is in sight", { ...HOME, view: "timeline", details: { sight: { from: -5, to: 7_000_000_000 } } }],
    [
      "a version of a state, compared with another one",
      { ...HOME, view: "process", process: "p-1", tab: "state", details: { version: 12, base: 3 } },
    ],
    [
      "the table of the dead",
      {
        ...HOME,
        view: "processes",
        selection: { type: "process", process: "p-7" },
        processes: { mode: "table", search: "sup & co", liveness: "dead", sort: "pid", order: "asc" },
      },
    ],
  ])("%s survives the way there and back", (_name, place) => {
    expect(read(formatPlace(place))).toEqual(place);
  });

  it("leaves defaults out", () => {
    expect(formatPlace(HOME)).toBe("/");
    expect(formatPlace({ ...HOME, view: "processes" })).toBe("/processes");
  });

  it("leaves out what belongs to another view", () => {
    const details = { sql: "SELECT 1", sight: { from: 1, to: 2 }, inFlow: "f-1", critical: true, base: 3 };
    expect(formatPlace({ ...HOME, view: "events", details })).toBe("/events");
    expect(read("/timeline?sight=9_2&version=x").details).toEqual({});
  });

  it("ignores what makes no sense", () => {
    expect(read("/nowhere?t=soon&kinds=send,nonsense&sort=colour&from=1e9")).toEqual({
      ...HOME,
      filters: { kinds: ["send"] },
    });
    expect(read("/web/nonsense")).toEqual({ ...HOME, view: "web" });
    expect(read("/processes/%E0%A4%A").process).toBe("%E0%A4%A");
  });
});
