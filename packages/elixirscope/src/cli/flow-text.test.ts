import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import type { EventRow, FlowAnswer, FlowHop, FlowSpan, FlowStep, ProcessRef } from "../protocol/index.ts";
import { flowMermaid } from "./flow-mermaid.ts";
import { flowLines } from "./flow-text.ts";

const process = (label: string): ProcessRef => ({ handle: `p-${label}`, pid: "", name: null, label });
const event = (t: number): EventRow => ({
  id: t,
  t,
  at: "",
  node: 0,
  kind: "flow_send",
  process: null,
  peer: null,
  mfa: null,
  tag: null,
  summary: "",
});
const step = (t: number, text: string, more: Partial<FlowStep> = {}): FlowStep => ({
  id: t,
  t,
  type: "render",
  name: "",
  text,
  durationNs: null,
  failed: false,
  broadcast: null,
  changes: [],
  ...more,
});
const span = (label: string, steps: readonly FlowStep[], hops: readonly FlowHop[]): FlowSpan => ({
  process: process(label),
  node: 0,
  opened: event(1),
  durationNs: 5_000,
  ended: true,
  failure: null,
  entries: [],
  steps,
  hops,
});
const hop = (t: number, to: string, summary: string, next: FlowSpan | null): FlowHop => ({
  type: "message",
  reply: false,
  to: process(to),
  sent: event(t),
  received: event(t + 1),
  summary,
  frameBytes: null,
  mailboxNs: 1_000,
  why: "",
  span: next,
});

const view = span(
  "View",
  [
    step(3, 'handle_event "inc"', { durationNs: 2_000 }),
    step(9, "broadcast on a reached nobody"),
    step(8, "log error: no\nline"),
  ],
  [hop(5, "Worker", "{:inc, 1}", null)],
);
const flow: FlowAnswer = {
  id: "f-1",
  entry: "socket message",
  title: "click inc on View",
  t: 1,
  at: "",
  durationNs: 10_000,
  process: process("Socket"),
  summary: "Phoenix.Socket.__in__(…)",
  processes: 3,
  messages: 2,
  nodes: [0],
  complete: true,
  why: "",
  failed: false,
  error: null,
  root: span("Socket", [], [hop(2, "View", "event", view)]),
  cut: false,
};

describe("a flow as text", () => {
  it("has what a process did between its messages, where it began", () => {
    expect(flowLines(flow, picocolors.createColors(false))).toEqual([
      "f-1  click inc on View  10 µs, 3 processes, 2 messages",
      "Socket",
      "└─ → View  event  taken after 1 µs, worked 5 µs",
      '   ├─ · handle_event "inc"  2 µs',
      "   ├─ → Worker  {:inc, 1}  taken after 1 µs",
      "   ├─ · log error: no\\x0aline",
      "   └─ · broadcast on a reached nobody",
    ]);
  });

  it("has it as notes in a diagram", () => {
    expect(
      flowMermaid(flow)
        .slice(1)
        .map((line) => line.trim()),
    ).toEqual([
      "participant P1 as Socket",
      "participant P2 as View",
      "participant P3 as Worker",
      "Note over P1: click inc on View",
      "P1->>P2: event",
      'Note over P2: handle_event "inc"',
      "P2->>P3: {:inc, 1}",
      "Note over P2: log error: no\\x0aline",
      "Note over P2: broadcast on a reached nobody",
    ]);
  });

  it("leaves out of a diagram what is too much, and says so", () => {
    expect(flowMermaid({ ...flow, cut: true }, 2)).toEqual([
      "sequenceDiagram",
      "    participant P1 as Socket",
      "    participant P2 as View",
      "    Note over P1: click inc on View",
      "    P1->>P2: event",
      "    Note over P1: … 4 lines more",
      "    Note over P1: … more than fits into an answer",
    ]);
  });
});
