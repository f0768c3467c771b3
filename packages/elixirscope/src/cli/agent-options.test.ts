import { expect, it } from "vitest";
import { agentInput, inFlightOption, mailboxOption, monitorOption, payloadOption } from "./agent-options.ts";

it("says nothing of what was not given", () => {
  expect(agentInput({})).toEqual({});
  expect(agentInput({ monitor: false })).toEqual({ systemMonitor: false });
  expect(
    agentInput({ maxMailbox: 1_000, maxInFlight: 65_536, maxPayload: 256, monitor: { longGcMs: 0 } }),
  ).toEqual({
    limits: { mailbox: 1_000, windowBytes: 65_536, payloadBytes: 256 },
    systemMonitor: { longGcMs: 0 },
  });
});

it("adds up what the system monitor is to report", () => {
  const given = [
    "long-gc=200ms",
    "long-schedule=off",
    "large-heap=128MB",
    "long-message-queue=500",
    "busy-port=off",
    "busy-dist-port=on",
  ];
  expect(given.reduce((before, text) => monitorOption(text, before), {})).toEqual({
    longGcMs: 200,
    longScheduleMs: 0,
    largeHeapBytes: 134_217_728,
    longMessageQueue: 500,
    busyPort: false,
    busyDistPort: true,
  });
  expect(monitorOption("long-gc=1s", false)).toEqual({ longGcMs: 1_000 });
});

it.each([
  "",
  "long-gc",
  "long-gc=",
  "long-gc=5",
  "large-heap=5",
  "long-message-queue=0",
  "busy-port=yes",
  "gc=1s",
])("refuses --monitor %j and says how to write it", (text) => {
  expect(() => monitorOption(text, undefined)).toThrow(/^Write long-gc=200ms/);
});

it.each([
  [mailboxOption, "100", 100],
  [inFlightOption, "16MB", 16_777_216],
  [payloadOption, "64KB", 65_536],
] as const)("%o reads %s", (option, text, value) => {
  expect(option(text)).toBe(value);
});

it.each([
  [mailboxOption, ["99", "1000001", "many"]],
  [inFlightOption, ["1KB", "1GB", "16"]],
  [payloadOption, ["1B", "17MB"]],
] as const)("%o refuses what is out of bounds", (option, texts) => {
  for (const text of texts) expect(() => option(text)).toThrow(/^Write a /);
});
