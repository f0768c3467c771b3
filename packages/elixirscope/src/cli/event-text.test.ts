import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import type { EventRow, ProcessRef } from "../protocol/index.ts";
import { clockOf, eventText } from "./event-text.ts";

const plain = picocolors.createColors(false);
const who = (label: string): ProcessRef => ({ handle: "p-1", pid: "#PID<0.1.0>", label, name: null });

const row = (some: Partial<EventRow> = {}): EventRow => ({
  id: 1,
  t: 0,
  at: "2030-01-31T12:00:01.123456Z",
  node: 0,
  kind: "send",
  process: who("Hello.Worker"),
  peer: who("Hello.Counter"),
  mfa: null,
  tag: null,
  summary: "{:set, 3}",
  ...some,
});

describe("eventText", () => {
  it("shows who did what to whom", () => {
    expect(eventText(row(), 200, plain).slice(17)).toBe(
      "send              Hello.Worker → Hello.Counter          {:set, 3}",
    );
    expect(eventText(row({ kind: "receive" }), 200, plain)).toContain("Hello.Worker ← Hello.Counter");
    expect(eventText(row({ kind: "exit", peer: null, summary: ":normal" }), 200, plain)).toMatch(
      / exit {14}Hello.Worker {26}:normal$/,
    );
  });

  it.each([60, 80, 100, 200])("fits into %d columns, or shows at least the beginning", (width) => {
    const text = eventText(row({ summary: "x".repeat(500) }), width, plain);
    expect(text.length).toBeLessThanOrEqual(Math.max(width, 85));
    expect(text).toMatch(/x+…$/);
  });

  it("is one line whatever a message holds", () => {
    const nasty = row({ summary: "a\nb\u001b[2J", process: who("\u0007") });
    expect(eventText(nasty, Infinity, plain)).toMatch(/\\x07 .* {2}a\\x0ab\\x1b\[2J$/);
  });
});

it("clockOf keeps microseconds, also where there are none", () => {
  expect(clockOf("2030-01-31T12:00:01.123456Z")).toMatch(/^\d\d:\d\d:01\.123456$/);
  expect(clockOf("2030-01-31T12:00:01Z")).toMatch(/^\d\d:\d\d:01\.000000$/);
  expect(clockOf("?")).toBe("?");
});
