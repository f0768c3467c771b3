import type { Term } from "@elixirscope/etf";
import {
  type AssignChange,
  type ComponentHistory,
  changedAssigns,
  componentHistories,
  type LiveViewSession,
  type LiveViewState,
  type LiveViewStep,
  liveViewState,
  payloadTerm,
  type StateOf,
} from "../analysis/index.ts";
import type {
  AssignRow,
  ComponentRow,
  LiveViewAnswer,
  LiveViewRow,
  LiveViewStepRow,
} from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { moduleName, type PhoenixParts, termText } from "./phoenix-rows.ts";

export function liveViewRow(session: LiveViewSession, parts: PhoenixParts): LiveViewRow {
  const { clock } = parts;
  const { steps, endedAt } = session;
  const count = (...types: readonly LiveViewStep["type"][]): number =>
    steps.filter(({ type }) => types.includes(type)).length;
  return {
    id: session.id,
    view: moduleName(session.view),
    views: session.views.flatMap((view) => moduleName(view) ?? []),
    processes: session.processes.flatMap((pid) => parts.ref(pid) ?? []),
    t: clock.t(session.startedAt),
    at: clock.iso(session.startedAt),
    alive: session.processes.length > 0 && endedAt === undefined,
    endedAt: endedAt === undefined ? null : clock.t(endedAt),
    exitReason: session.exitReason ? termText(payloadTerm(session.exitReason), parts) : null,
    mounts: count("mount"),
    events: count("event", "component_event"),
    messages: count("info", "async", "call", "cast"),
    renders: count("render"),
    crashes: session.crashes,
    renderNs: steps.reduce(
      (sum, { type, durationNs }) => sum + (type === "render" ? (durationNs ?? 0) : 0),
      0,
    ),
  };
}

/** With its history. `states` are those of its processes, oldest first. */
export function liveViewDetail(
  session: LiveViewSession,
  states: readonly StoredEvent[],
  parts: PhoenixParts,
): LiveViewAnswer {
  const changes = new Map<number, readonly AssignRow[]>();
  let last: LiveViewState | undefined;
  let lastPid = -1;
  const known: StateOf[] = [];
  for (const event of states) {
    const state = liveViewState(event.payload);
    if (!state) continue;
    known.push({ id: event.id, ts: event.ts, pid: event.pid, state });
    const before = event.pid === lastPid ? last : undefined;
    const step = session.steps.findLast(({ id, pid }) => pid === event.pid && id < event.id);
    const changed = changedAssigns(before?.assigns ?? new Map(), state.assigns);
    if (step && changed.length > 0)
      changes.set(step.id, [...(changes.get(step.id) ?? []), ...assignRows(changed, parts)]);
    [last, lastPid] = [state, event.pid];
  }
  return {
    ...liveViewRow(session, parts),
    steps: session.steps.map((step) => stepRow(step, changes.get(step.id) ?? [], parts)),
    assigns: pairs(last?.assigns ?? new Map(), parts),
    components: componentHistories(known, session.steps).map((component) => componentRow(component, parts)),
  };
}

function stepRow(step: LiveViewStep, assigns: readonly AssignRow[], parts: PhoenixParts): LiveViewStepRow {
  const { clock } = parts;
  return {
    id: step.id,
    flow: null,
    t: clock.t(step.ts),
    at: clock.iso(step.ts),
    process: parts.ref(step.pid),
    type: step.type,
    connected: step.connected,
    name: step.name,
    detail: termText(step.detail, parts),
    durationNs: step.durationNs ?? null,
    failed: step.failed,
    cid: step.cid ?? null,
    bytes: step.bytes ?? null,
    assigns,
  };
}

const pairs = (assigns: ReadonlyMap<string, Term>, parts: PhoenixParts): LiveViewAnswer["assigns"] =>
  [...assigns].map(([key, value]) => ({ key, value: termText(value, parts)! }));

const assignRows = (changes: readonly AssignChange[], parts: PhoenixParts): readonly AssignRow[] =>
  changes.map(({ key, before, after }) => ({
    key,
    before: termText(before, parts),
    after: termText(after, parts),
  }));

const componentRow = (component: ComponentHistory, parts: PhoenixParts): ComponentRow => ({
  cid: component.cid,
  process: parts.ref(component.pid),
  module: moduleName(component.module)!,
  componentId: termText(component.id, parts),
  parent: component.parent ?? null,
  since: parts.clock.t(component.since),
  goneAt: component.goneAt === undefined ? null : parts.clock.t(component.goneAt),
  assigns: pairs(component.assigns, parts),
  versions: component.versions.map(({ id, ts, changes }) => ({
    id,
    t: parts.clock.t(ts),
    assigns: assignRows(changes, parts),
  })),
  updates: component.updates,
  events: component.events,
  renders: component.renders ?? null,
  sent: component.sent,
});
