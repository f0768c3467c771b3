import type { EventRow, FlowAnswer, FlowHop, FlowSpan, FlowStep, ProcessRef } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { mermaidOf, rowWords, sequenceOf } from "./sequence.ts";

const ref = (handle: string, label: string): ProcessRef => ({ handle, pid: handle, label, name: null });
const PAGE = ref("p-1", '{Phoenix.LiveView, MyAppWeb.PageLive, "lv:phx-1"}');
const WORKER = ref("p-2", "MyApp.Worker");
const event = (id: number, t: number): EventRow => ({
  id,
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
const step = (id: number, t: number, text: string, rest: Partial<FlowStep> = {}): FlowStep => ({
  id,
  t,
  type: "state",
  name: "",
  text,
  durationNs: null,
  failed: false,
  broadcast: null,
  changes: [],
  ...rest,
});
const span = (process: ProcessRef, opened: EventRow, rest: Partial<FlowSpan> = {}): FlowSpan => ({
  process,
  node: 0,
  opened,
  durationNs: 10,
  ended: true,
  failure: null,
  entries: [],
  steps: [],
  hops: [],
  ...rest,
});
const hop = (to: ProcessRef, summary: string, sent: EventRow, rest: Partial<FlowHop> = {}): FlowHop => ({
  type: "message",
  reply: false,
  to,
  sent,
  received: event(sent.id + 1, sent.t + 5),
  summary,
  frameBytes: null,
  mailboxNs: 5,
  why: "",
  span: null,
  ...rest,
});

const unheard = { topic: "t", reached: 0, receivers: [], nearest: null };
const worker = span(WORKER, event(3, 25), {
  steps: [
    step(5, 40, "broadcast on a;b reached nobody", { type: "broadcast", broadcast: unheard }),
    step(4, 30, ".n: 1 → 2"),
  ],
  hops: [hop(PAGE, "{#Reference<0.1>, :ok}", event(6, 50), { reply: true })],
  failure: { text: "badarg", bytes: 1, truncated: false },
  durationNs: 40,
});
const flow: FlowAnswer = {
  id: "f-1",
  entry: "socket message",
  t: 10,
  at: "",
  durationNs: 100,
  process: PAGE,
  title: "click",
  summary: "",
  processes: 2,
  messages: 3,
  nodes: [0],
  complete: true,
  why: "",
  failed: true,
  error: "badarg",
  root: span(PAGE, event(1, 10), {
    hops: [
      hop(WORKER, '{:"$gen_call", {#PID<0.1.0>, #Reference<0.1>}, {:add, 1}}', event(2, 20), {
        span: worker,
      }),
      hop(ref("p-3", "gone"), ":hello", event(8, 70), { received: null, why: "nobody took it" }),
    ],
  }),
  cut: false,
};

it("has a line for each process, and everything that happened by time", () => {
  const sequence = sequenceOf(flow);
  expect(sequence.lifelines.map(({ label }) => label)).toEqual(["MyAppWeb.PageLive", "MyApp.Worker", "gone"]);
  expect(sequence.rows.map((row) => rowWords(sequence, row))).toEqual([
    "MyAppWeb.PageLive to MyApp.Worker: call {:add, 1}",
    "MyApp.Worker: .n: 1 → 2",
    "MyApp.Worker: broadcast on a;b reached nobody",
    "MyApp.Worker to MyAppWeb.PageLive: reply :ok",
    "MyApp.Worker: crashed: badarg",
    "MyAppWeb.PageLive to gone: :hello, nobody took it",
  ]);
  expect(sequence.rows.filter(({ failed }) => failed).map(({ key }) => key)).toEqual([
    "s5 broadcast",
    "f3",
    "h8  0 2",
  ]);
  expect(sequence.activations).toEqual([
    { lifeline: 0, from: 0, to: 5 },
    { lifeline: 1, from: 0, to: 4 },
  ]);
});

it("is written in Mermaid's language, with what would end a line as an entity", () => {
  expect(mermaidOf(sequenceOf(flow)).split("\n")).toEqual([
    "sequenceDiagram",
    "    participant P1 as MyAppWeb.PageLive",
    "    participant P2 as MyApp.Worker",
    "    participant P3 as gone",
    "    P1->>P2: {:add, 1}",
    "    Note over P2: .n: 1 → 2",
    "    Note over P2: broadcast on a#59;b reached nobody",
    "    P2-->>P1: :ok",
    "    Note over P2: crashed: badarg",
    "    P1-xP3: :hello",
    "",
  ]);
});
