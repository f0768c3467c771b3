import { Atom, type ErlangMap, isTagged, type Pid, type Term, Tuple } from "@elixirscope/etf";
import { EVENT_KINDS, type EventKind, type Gap, type GapCause, LEVELS, type Level } from "../model/index.ts";

// What the agent says of itself, read into plain values. The shapes are those of agent/README.md.

/** What the budget ran out of, or that the circuit breaker is open. */
export type AgentLoweredBy = "none" | "events" | "bytes" | "cpu" | "run_queue" | "breaker";

/** The agent's accounts. Totals since attach; `produced = sent + dropped + sampledOut` in a report taken by `sync` or `detach`. */
export interface AgentStats {
  readonly produced: number;
  readonly sent: number;
  readonly dropped: number;
  readonly droppedByKind: Readonly<Partial<Record<EventKind, number>>>;
  readonly droppedByCause: Readonly<Partial<Record<GapCause, number>>>;
  /** Left out by sampling, as was asked for: not among the dropped. */
  readonly sampledOut: number;
  readonly sampledOutByKind: Readonly<Partial<Record<EventKind, number>>>;
  /** What is traced now; `off` while the breaker is open. */
  readonly inForce: Level | "off";
  /** Why that is less than what is wanted. */
  readonly loweredBy: AgentLoweredBy;
  /** Messages waiting for the tracer. */
  readonly mailbox: number;
  /** Bytes held by the agent's processes. */
  readonly memory: number;
  readonly reductions: number;
  /** Bytes of batches sent, and of those acknowledged. */
  readonly bytes: number;
  readonly acked: number;
  readonly breaker: "closed" | "open";
  /** Nanoseconds that the tracer worked, 0 where the agent cannot tell. */
  readonly runtimeNs: number;
  /** "on", "off", or who else holds the node's system monitor. */
  readonly systemMonitor: string;
}

const RENAMED: Readonly<Record<string, EventKind>> = {
  send_to_non_existing_process: "send_to_dead",
  return_from: "return",
  exception_from: "exception",
};

/** Our name of an event type as the BEAM or the agent calls it. */
function eventKindOf(type: string): EventKind | undefined {
  const kind = RENAMED[type] ?? type;
  return kind in EVENT_KINDS ? (kind as EventKind) : undefined;
}

function numberOf(term: Term | undefined): number {
  return typeof term === "number" ? term : typeof term === "bigint" ? Number(term) : 0;
}

/** 0 where it is no integer. */
export const bigintOf = (term: Term | undefined): bigint =>
  typeof term === "bigint" ? term : typeof term === "number" ? BigInt(term) : 0n;

/** Counts per kind, from a list of pairs or a map. */
function countsOf(pairs: Iterable<readonly [Term, Term]>): Partial<Record<EventKind, number>> {
  const counts: Partial<Record<EventKind, number>> = {};
  for (const [type, count] of pairs) {
    const kind = type instanceof Atom ? eventKindOf(type.name) : undefined;
    if (kind) counts[kind] = (counts[kind] ?? 0) + numberOf(count);
  }
  return counts;
}

const atomName = (term: Term | undefined): string => (term instanceof Atom ? term.name : "");

function causesOf(term: Term | undefined): Partial<Record<GapCause, number>> {
  const entries = [...((term as ErlangMap | undefined)?.entries ?? [])];
  return Object.fromEntries(entries.map(([cause, count]) => [atomName(cause), numberOf(count)]));
}

export function statsOf(map: ErlangMap): AgentStats {
  const dropped = map.get("dropped_by_kind") as ErlangMap | undefined;
  return {
    produced: numberOf(map.get("produced")),
    sent: numberOf(map.get("sent")),
    dropped: numberOf(map.get("dropped")),
    droppedByKind: countsOf(dropped?.entries ?? []),
    droppedByCause: causesOf(map.get("dropped_by_cause")),
    sampledOut: numberOf(map.get("sampled_out")),
    sampledOutByKind: countsOf((map.get("sampled_out_by_kind") as ErlangMap | undefined)?.entries ?? []),
    inForce: LEVELS.find((level) => level === atomName(map.get("in_force"))) ?? "off",
    loweredBy: (atomName(map.get("lowered_by")) || "none") as AgentLoweredBy,
    mailbox: numberOf(map.get("mailbox")),
    memory: numberOf(map.get("memory")),
    reductions: numberOf(map.get("reductions")),
    bytes: numberOf(map.get("bytes")),
    acked: numberOf(map.get("acked")),
    breaker: atomName(map.get("breaker")) === "open" ? "open" : "closed",
    runtimeNs: numberOf(map.get("runtime_ns")),
    systemMonitor: holderOf(map.get("system_monitor")),
  };
}

/** `on`, `off` or `{taken, Description}`. */
function holderOf(term: Term | undefined): string {
  if (term instanceof Tuple) {
    const who = term.elements[1];
    return who instanceof Uint8Array ? new TextDecoder().decode(who) : "taken";
  }
  return atomName(term) === "on" ? "on" : "off";
}

/** `{Cause, From, To, [{Type, Count}]}` of a gap event. */
export function gapOf(term: Term, node: number, timeOffset: bigint): Gap | undefined {
  if (!(term instanceof Tuple) || term.elements.length !== 4) return undefined;
  const [cause, from, to, counts] = term.elements;
  const pairs = (Array.isArray(counts) ? counts : []).filter((pair) => pair instanceof Tuple);
  return {
    node,
    cause: atomName(cause) as GapCause,
    from: bigintOf(from) + timeOffset,
    to: bigintOf(to) + timeOffset,
    dropped: countsOf(pairs.map((pair) => [pair.elements[0]!, pair.elements[1]!] as const)),
  };
}

/** What `elixirscope_agent:start/1` answers. */
export interface AgentInfo {
  readonly owner: Pid;
  readonly tracer: Pid;
  /** Takes everything out where the owner does not come to it; gets beats, too. Another one that replaced it gets none. */
  readonly reaper: Pid;
  readonly tracing: "session" | "legacy";
  readonly otp: string;
  readonly elixir: string;
  readonly timeOffset: bigint;
  /** When it was started, on the node's monotonic clock. */
  readonly startedAt: bigint;
}

export function agentInfoOf(map: ErlangMap): AgentInfo {
  const text = (key: string): string => {
    const value = map.get(key);
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : "";
  };
  return {
    owner: map.get("owner") as Pid,
    tracer: map.get("tracer") as Pid,
    reaper: map.get("reaper") as Pid,
    tracing: atomName(map.get("tracing")) === "session" ? "session" : "legacy",
    otp: text("otp"),
    elixir: text("elixir"),
    timeOffset: bigintOf(map.get("time_offset")),
    startedAt: bigintOf(map.get("monotonic_time")),
  };
}

/** The registered name in the property list of a `process` event. */
export function registeredNameOf(term: Term): string | undefined {
  if (!Array.isArray(term)) return undefined;
  const entry = (term as readonly Term[]).find((pair) => isTagged(pair, "registered_name", 2));
  const name = entry instanceof Tuple ? entry.elements[1] : undefined;
  return name instanceof Atom ? name.name : undefined;
}

/** Whether flows are recorded: another tool may hold the node's one system tracer. */
export type FlowsAnswer = { readonly state: "on" | "off" } | { readonly state: "taken"; readonly by: string };

/** `on`, `{taken, Description}`, or nothing where there are no entry points. */
export function flowsStateOf(term: Term | undefined): FlowsAnswer {
  if (!isTagged(term, "taken", 2)) return { state: atomName(term) === "on" ? "on" : "off" };
  return { state: "taken", by: new TextDecoder().decode(term.elements[1] as Uint8Array) };
}
