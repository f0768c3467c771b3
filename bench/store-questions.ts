import type { Engine } from "elixirscope/engine";

/** Somewhere in a recording: what a person looks at. */
export interface Place {
  readonly t: number;
  readonly id: number;
  /** Of an event near `id`: a send, and a process that goes through callbacks. */
  readonly send: number;
  readonly process: string;
  readonly flow: string;
  readonly request: number;
  readonly crashed: string;
}

/** What questions are put to. */
export type Asked = Pick<Engine, "call">;

export type Question = (engine: Asked, place: Place) => Promise<unknown>;

const SECOND = 1e9;
const WORK = 1_000;

/** Each question that a person clicks. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  "events, newest 100": (engine) => engine.call("events", {}),
  "events around an instant": (engine, { t }) =>
    engine.call("events", { from: t, limit: 100, order: "oldest_first" }),
  "events of a process": (engine, { process, id }) => engine.call("events", { process, beforeId: id }),
  "events of a process that has ended": (engine, { crashed }) => engine.call("events", { process: crashed }),
  "events of a function": (engine, { id }) =>
    engine.call("events", { mfa: `Load.M${id % 6}.*`, beforeId: id }),
  "events of a kind that never came": (engine) => engine.call("events", { kinds: ["log"] }),
  "events that match a term": (engine, { id }) =>
    engine.call("events", { kinds: ["state"], match: "%{count: 42}", beforeId: id }),
  event: (engine, { id }) => engine.call("event", { id }),
  message: (engine, { send }) => engine.call("message", { id: send }),
  "rates, whole": (engine) => engine.call("rates", {}),
  "rates, a second": (engine, { t }) => engine.call("rates", { from: t, to: t + SECOND }),
  "timeline, whole": (engine) => engine.call("timeline", {}),
  "timeline, a second": (engine, { t }) => engine.call("timeline", { from: t, to: t + SECOND }),
  "timeline, ten seconds of 40 processes": (engine, { t, id }) =>
    engine.call("timeline", {
      from: t - 5 * SECOND,
      to: t + 5 * SECOND,
      processes: Array.from({ length: 40 }, (_, i) => `p-${(id + i * 7) % 2_000}`),
    }),
  processes: (engine) => engine.call("processes", { limit: 1_000 }),
  process: (engine, { process }) => engine.call("process", { process }),
  tree: (engine) => engine.call("tree", {}),
  history: (engine, { process }) => engine.call("history", { process }),
  states: (engine, { process, id }) => engine.call("states", { process, beforeId: id, limit: 100 }),
  "states, newest": (engine, { process }) =>
    engine.call("states", { process, limit: 100, order: "newest_first", diff: true }),
  calls: (engine) => engine.call("calls", {}),
  "calls of a process": (engine, { process }) => engine.call("calls", { process }),
  executions: (engine) => engine.call("executions", {}),
  "executions of a process": (engine, { process }) => engine.call("executions", { process }),
  lines: (engine) => engine.call("lines", { module: "Load.M1" }),
  flows: (engine) => engine.call("flows", {}),
  flow: (engine, { flow }) => engine.call("flow", { flow }),
  crashes: (engine) => engine.call("crashes", {}),
  crash: (engine, { crashed }) => engine.call("crash", { process: crashed }),
  requests: (engine) => engine.call("requests", {}),
  request: (engine, { request }) => engine.call("request", { id: request }),
  liveViews: (engine) => engine.call("liveViews", {}),
  topics: (engine) => engine.call("topics", {}),
  broadcasts: (engine) => engine.call("broadcasts", {}),
  channels: (engine) => engine.call("channels", {}),
  presences: (engine) => engine.call("presences", {}),
  gaps: (engine) => engine.call("gaps", {}),
  status: (engine) => engine.call("status", {}),
  "snapshotAt, 200 processes": (engine, { t }) => engine.call("snapshotAt", { t }),
  "snapshotAt, a process": (engine, { t, process }) => engine.call("snapshotAt", { t, process }),
  "step by event": (engine, { id }) => engine.call("step", { by: "event", direction: "forward", cursor: id }),
  "step back by process": (engine, { id, process }) =>
    engine.call("step", { by: "process", direction: "backward", cursor: id, process }),
  "step by callback": (engine, { id, process }) =>
    engine.call("step", { by: "callback", direction: "forward", cursor: id, process }),
  "step from an instant": (engine, { t }) => engine.call("step", { by: "event", direction: "backward", t }),
  "step by flow": (engine, { flow, t }) =>
    engine.call("step", { by: "flow", direction: "backward", flow, t: t + 1e12 }),
  "until, backward": (engine, { id, process }) =>
    engine.call("until", { direction: "backward", cursor: id, process, state: `state.count > ${WORK}` }),
  lastChange: (engine, { id, process }) =>
    engine.call("lastChange", { process, path: "state.count", cursor: id }),
  diff: (engine, { t, process }) =>
    engine.call("diff", { a: { process, t }, b: { process, t: t + SECOND / 10 } }),
  "aggregate, events by kind": (engine) => engine.call("aggregate", {}),
  "aggregate, durations by function, a second": (engine, { t }) =>
    engine.call("aggregate", { of: "duration", by: ["mfa"], from: t, to: t + SECOND }),
  hot: (engine) => engine.call("hot", {}),
  "hot of a process": (engine, { process }) => engine.call("hot", { process }),
  flame: (engine) => engine.call("flame", {}),
  "flame of a flow": (engine, { flow }) => engine.call("flame", { flow }),
  waits: (engine) => engine.call("waits", {}),
  messageFlow: (engine) => engine.call("messageFlow", {}),
  "messageFlow, a second": (engine, { t }) => engine.call("messageFlow", { from: t, to: t + SECOND }),
  "path of a flow": (engine, { flow }) => engine.call("path", { flow }),
  "path of a process": (engine, { process, t }) => engine.call("path", { process, from: t, to: t + SECOND }),
  callGraph: (engine) => engine.call("callGraph", {}),
  lastEvents: (engine, { crashed }) => engine.call("lastEvents", { process: crashed }),
};

/** Places all over a recording of so many events; the same for each of that size. */
export async function places(engine: Asked, events: number, count: number): Promise<readonly Place[]> {
  const flows = (await engine.call("flows", { limit: 100 })).rows;
  const requests = (await engine.call("requests", { limit: 100 })).rows;
  const crashes = (await engine.call("crashes", { limit: 20 })).rows;
  const found: Place[] = [];
  for (let i = 0; i < count; i++) {
    // Golden section: anywhere, and nowhere twice.
    const id = Math.floor(events * (0.02 + 0.97 * ((i * 0.618_034) % 1)));
    const one = { beforeId: id, limit: 1 };
    const send = (await engine.call("events", { ...one, kinds: ["send"] })).rows[0]!;
    const state = (await engine.call("events", { ...one, kinds: ["state"] })).rows[0]!;
    found.push({
      t: state.t,
      id,
      send: send.id,
      process: state.process!.handle,
      flow: flows[i % flows.length]!.id,
      request: requests[i % requests.length]!.id,
      crashed: crashes[i % crashes.length]!.process.handle,
    });
  }
  return found;
}
