import { expect, it } from "vitest";
import type { NodeStatus } from "../protocol/index.ts";
import { clockText, controlLines, loweredText } from "./control-text.ts";

const node: NodeStatus = {
  index: 0,
  name: "shop@127.0.0.1",
  state: "connected",
  reason: "",
  otp: "27",
  elixir: "1.18.4",
  level: "messages",
  lines: [],
  refused: "",
  clock: null,
  peers: [],
  patterns: [],
  flows: { state: "off", patterns: [], reason: "" },
  tracing: "session",
  systemMonitor: "on",
  cost: { schedulerPercent: 0, agentMemoryBytes: 0, mailboxLength: 0, inFlightBytes: 0 },
  control: {
    inForce: "messages",
    loweredBy: null,
    scope: {},
    sample: {},
    budget: {},
    droppedByCause: {},
    sampledOut: 0,
  },
};

it("says what is traced", () => {
  expect(loweredText(node)).toBeUndefined();
  expect(controlLines(node)).toEqual([
    "node         shop@127.0.0.1",
    "level        messages",
    "in force     messages",
    "scope        all processes",
    "sample       everything",
    "budget       64 MB in the node",
    "left out     0 by sampling",
    "dropped      0",
  ]);
});

it("says what is not, and why", () => {
  const control: NodeStatus["control"] = {
    inForce: "observe",
    loweredBy: "events",
    scope: {
      apps: ["shop"],
      modules: ["Shop.*"],
      under: ["Shop.Sup"],
      processes: [":x"],
      except: ["Shop.Poller"],
    },
    sample: { processes: 0.125, callsPerSecond: 1_000, everyNthFlow: 10 },
    budget: {
      eventsPerSecond: 50_000,
      bytesPerSecond: 10_485_760,
      memoryBytes: 1_048_576,
      cpuPercent: 5,
      runQueue: 9,
    },
    droppedByCause: { no_credit: 1_200, budget: 7, breaker: 1, overload: 2 },
    sampledOut: 33_000,
  };
  expect(controlLines({ ...node, level: "calls", patterns: ["Shop.Cart.*"], control })).toEqual([
    "node         shop@127.0.0.1",
    "level        calls (Shop.Cart.*)",
    "in force     observe in force, not calls: more events a second than the budget has",
    "scope        :x, application shop, in Shop.*, under Shop.Sup; never Shop.Poller",
    "sample       12.5% of the processes, 1,000 calls/s of each function, one flow in 10",
    "budget       50,000 events/s, 10 MB/s, 1.0 MB in the node, 5% of a scheduler, 9 waiting for each scheduler",
    "left out     33,000 by sampling",
    "dropped      1,200: ElixirScope did not keep up",
    "dropped      7: the budget allowed a lower level only",
    "dropped      1: tracing was switched off to protect the node",
    "dropped      2: the tracer was overloaded",
  ]);
  expect(loweredText({ ...node, control: { ...control, inForce: "off", loweredBy: "breaker" } })).toBe(
    "nothing is traced now, not messages: the circuit breaker protects the node",
  );
});

it("says of one node among several where its clock stands, whom it sees, and what it refused", () => {
  const clock = { aheadNs: -3_200_000, errorNs: 400_000, correctedNs: -3_000_000, isTimeline: false };
  const lines = controlLines({
    ...node,
    clock,
    peers: ["b@h", "c@h"],
    refused: "There is no such function.",
  });
  expect(lines.slice(2, 5)).toEqual([
    "refused      what was asked for last: There is no such function.",
    "clock        3.2 ms behind (± 400 µs), put right by 3 ms",
    "connected    b@h, c@h",
  ]);
  expect(clockText({ ...clock, isTimeline: true })).toBe("that of the timeline");
  const equal = { aheadNs: 20_000, errorNs: 90_000, correctedNs: 0, isTimeline: false };
  expect(clockText(equal)).toBe("as that of the timeline: 20 µs ahead (± 90 µs)");
});
