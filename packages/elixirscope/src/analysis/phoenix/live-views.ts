import type { Term } from "@elixirscope/etf";
import {
  elementsOf,
  Fields,
  nameOf,
  numberOf,
  type PhoenixEvent,
  payloadTerm,
  type Telemetry,
  telemetryOf,
  textOf,
} from "./fields.ts";
import { jsonBytes } from "./json-size.ts";

/** A LiveView as its user knows it: one page, through the dead render, its processes, navigation, crashes and remounts. */
export interface LiveViewSession {
  /** `phx-…`, the id of its element in the page. */
  readonly id: string;
  /** The one that it shows now. */
  readonly view: string | undefined;
  /** One after another, as its user went from one to the next. */
  readonly views: readonly string[];
  /** Processes of the connected view, oldest first; more than one: it was mounted again. */
  readonly processes: readonly number[];
  readonly transports: readonly Term[];
  readonly startedAt: bigint;
  /** When its last process ended; `undefined`: it lives. */
  readonly endedAt: bigint | undefined;
  /** Of the last process. */
  readonly exitReason: Uint8Array | undefined;
  readonly crashes: number;
  /** Oldest first. */
  readonly steps: readonly LiveViewStep[];
}

export type LiveViewStepType =
  | "mount"
  | "handle_params"
  | "event"
  | "component_event"
  | "component_update"
  | "component_destroyed"
  | "info"
  | "async"
  | "call"
  | "cast"
  | "render"
  | "push"
  | "crash"
  | "end";

export interface LiveViewStep {
  readonly id: number;
  readonly ts: bigint;
  readonly pid: number;
  readonly type: LiveViewStepType;
  /** False: in the request that rendered the page the first time. */
  readonly connected: boolean;
  /** The component that it is about. */
  readonly cid: number | undefined;
  /** Of a push: bytes of the diff as JSON; `undefined` where it was not recorded whole. */
  readonly bytes: number | undefined;
  /** The view that is mounted, name of an event, module of a component, key of an async, address of handle_params, why it ended. */
  readonly name: string;
  /** Parameters, message, diff, exit reason. */
  readonly detail: Term | undefined;
  readonly durationNs: number | undefined;
  readonly failed: boolean;
}

/** Reads events of the kinds `telemetry`, `phoenix` and `exit`, oldest first. Sessions come in the order of their first event. */
export function liveViewSessions(events: readonly PhoenixEvent[]): readonly LiveViewSession[] {
  const walk = new Walk();
  for (const event of events) walk.step(event);
  return walk.sessions();
}

interface Draft {
  readonly id: string;
  view: string | undefined;
  readonly views: string[];
  readonly processes: number[];
  readonly transports: Term[];
  readonly startedAt: bigint;
  endedAt: bigint | undefined;
  exitReason: Uint8Array | undefined;
  crashes: number;
  readonly steps: LiveViewStep[];
}

class Walk {
  readonly #drafts = new Map<string, Draft>();
  readonly #byProcess = new Map<number, Draft>();

  step(event: PhoenixEvent): void {
    if (event.kind === "telemetry") this.#telemetry(event);
    else if (event.kind === "phoenix") this.#point(event);
    else if (event.kind === "exit") this.#exit(event);
  }

  sessions(): readonly LiveViewSession[] {
    return [...this.#drafts.values()];
  }

  #draft(id: string, event: PhoenixEvent): Draft {
    const known = this.#drafts.get(id);
    if (known) return known;
    const draft: Draft = {
      id,
      view: undefined,
      views: [],
      processes: [],
      transports: [],
      startedAt: event.ts,
      endedAt: undefined,
      exitReason: undefined,
      crashes: 0,
      steps: [],
    };
    this.#drafts.set(id, draft);
    return draft;
  }

  #telemetry(event: PhoenixEvent): void {
    const telemetry = telemetryOf(event);
    const parts = telemetry?.name.split(".") ?? [];
    if (!telemetry || parts[0] !== "phoenix" || !parts[1]?.startsWith("live_") || parts[3] === "start")
      return;
    const socket = telemetry.metadata.fields("socket");
    const id = socket.text("id");
    const step = telemetryStep(event, telemetry, parts);
    if (id === undefined || !step) return;
    const transport = socket.name("transport_pid") ?? socket.term("transport_pid");
    const connected =
      transport !== undefined && nameOf(socket.term("transport_pid")) === undefined && isPid(transport);
    const draft = this.#draft(id, event);
    const view = socket.name("view");
    if (view !== undefined && view !== draft.view) draft.views.push(view);
    draft.view = view ?? draft.view;
    if (connected) this.#connected(draft, event.pid, transport as Term);
    draft.steps.push({ ...step, connected });
  }

  #connected(draft: Draft, pid: number, transport: Term | undefined): void {
    if (this.#byProcess.get(pid) === draft) return;
    this.#byProcess.set(pid, draft);
    draft.processes.push(pid);
    draft.endedAt = undefined;
    draft.exitReason = undefined;
    if (transport !== undefined) draft.transports.push(transport);
  }

  #point(event: PhoenixEvent): void {
    const [point, id, ...rest] = elementsOf(event.payload);
    const name = textOf(id);
    const step = pointStep(event, nameOf(point), rest);
    // Topics of channels stand in the same place.
    if (name === undefined || !step || (step.type === "end" && !this.#drafts.has(name))) return;
    const draft = this.#draft(name, event);
    this.#connected(draft, event.pid, undefined);
    if (step.type !== "end") draft.steps.push(step);
  }

  #exit(event: PhoenixEvent): void {
    const draft = this.#byProcess.get(event.pid);
    if (!draft) return;
    this.#byProcess.delete(event.pid);
    draft.endedAt = event.ts;
    draft.exitReason = event.payload;
    const reason = payloadTerm(event.payload);
    const failed = !isOrderly(reason);
    if (failed) draft.crashes++;
    draft.steps.push({
      ...base(event),
      type: failed ? "crash" : "end",
      connected: true,
      name: failed ? "" : endText(reason),
      detail: reason,
      durationNs: undefined,
      failed,
    });
  }
}

const base = (event: PhoenixEvent): Pick<LiveViewStep, "id" | "ts" | "pid" | "cid" | "bytes"> => ({
  id: event.id,
  ts: event.ts,
  pid: event.pid,
  cid: undefined,
  bytes: undefined,
});

/** Why a page's process went, where its reason says it: `{shutdown, {live_redirect, %{to: …}}}`. */
function endText(reason: Term | undefined): string {
  const [, why] = isTuple(reason) ? reason.elements : [];
  if (!isTuple(why)) return nameOf(why) ?? "";
  const [what, options] = why.elements;
  const to = new Fields(options).text("to");
  return `${(nameOf(what) ?? "").replace("live_redirect", "navigates")}${to === undefined ? "" : ` to ${to}`}`;
}

const isPid = (term: Term | string): boolean => typeof term === "object" && "serial" in term;

/** `normal`, `shutdown`, `{shutdown, _}`: as OTP sees it. */
function isOrderly(reason: Term | undefined): boolean {
  const name = nameOf(reason) ?? (isTuple(reason) ? nameOf(reason.elements[0]) : undefined);
  return name === "normal" || name === "shutdown";
}

const isTuple = (term: Term | undefined): term is Extract<Term, { readonly elements: readonly Term[] }> =>
  typeof term === "object" && "elements" in term;

const TYPES: Readonly<Record<string, LiveViewStepType>> = {
  "live_view.mount": "mount",
  "live_view.handle_params": "handle_params",
  "live_view.handle_event": "event",
  "live_view.render": "render",
  "live_component.handle_event": "component_event",
  "live_component.update": "component_update",
  "live_component.destroyed": "component_destroyed",
};

function telemetryStep(
  event: PhoenixEvent,
  { metadata, durationNs }: Telemetry,
  parts: readonly string[],
): Omit<LiveViewStep, "connected"> | undefined {
  const type = TYPES[`${parts[1]}.${parts[2]}`];
  if (!type) return undefined;
  const failed = parts[3] === "exception";
  return {
    ...base(event),
    type,
    cid:
      metadata.number("cid") ??
      metadata.fields("first").number("cid") ??
      metadata.fields("socket").number("cid"),
    name: nameIn(type, metadata),
    detail: failed ? metadata.term("reason") : metadata.term("params"),
    durationNs,
    failed,
  };
}

function nameIn(type: LiveViewStepType, metadata: Fields): string {
  const component = (metadata.name("component") ?? "").replace(/^Elixir\./, "");
  if (type === "handle_params") return metadata.text("uri") ?? "";
  if (type === "mount") return (metadata.fields("socket").name("view") ?? "").replace(/^Elixir\./, "");
  return [component, metadata.text("event") ?? ""].filter(Boolean).join(" ");
}

const POINTS: Readonly<Record<string, LiveViewStepType>> = {
  handle_info: "info",
  handle_call: "call",
  handle_cast: "cast",
  handle_async: "async",
  push_diff: "push",
  terminate: "end",
};

function pointStep(
  event: PhoenixEvent,
  point: string | undefined,
  rest: readonly Term[],
): LiveViewStep | undefined {
  const type = POINTS[point ?? ""];
  if (!type) return undefined;
  const told = { ...base(event), type, connected: true, durationNs: undefined, failed: false };
  if (type === "async") {
    const [component, , key, outcome] = rest;
    const name = [nameOf(component)?.replace(/^Elixir\./, ""), nameOf(key)].filter(Boolean).join(" ");
    return { ...told, name, detail: key, failed: nameOf(outcome) !== "ok" };
  }
  if (type === "push") {
    const [, count, diff] = rest;
    const keys = numberOf(count) ?? 0;
    // Nothing changed: the browser only hears that its event was taken.
    return keys === 0
      ? undefined
      : { ...told, name: keys === 1 ? "1 part" : `${keys} parts`, detail: diff, bytes: jsonBytes(diff) };
  }
  return { ...told, name: "", detail: rest.at(-1) };
}
