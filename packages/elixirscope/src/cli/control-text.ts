import {
  type GapRow,
  type NodeClock,
  type NodeControl,
  type NodeStatus,
  TOLD_ALL,
} from "../protocol/index.ts";
import { formatBytes, formatCount, formatNs } from "./format.ts";

// What is traced and what became of it, in words.

const LOWERED_BY: Readonly<Record<NonNullable<NodeControl["loweredBy"]>, string>> = {
  events: "more events a second than the budget has",
  bytes: "more bytes a second than the budget has",
  cpu: "more of a scheduler than the budget has",
  run_queue: "too many processes of the node wait for a scheduler",
  breaker: "the circuit breaker protects the node",
};

const CAUSES: Readonly<Record<GapRow["cause"], string>> = {
  no_credit: "ElixirScope did not keep up",
  overload: "the tracer was overloaded",
  breaker: "tracing was switched off to protect the node",
  budget: "the budget allowed a lower level only",
  detached: "not attached",
  taken_over: "another tool took the tracer",
  code_reload: "traced code was loaded anew",
  left_out: "this is a copy of a part",
  retention: "removed to stay within the limits",
};

/** `observe in force, not messages: …`, or nothing while the level that is wanted is in force. */
export function loweredText({ level, control }: NodeStatus): string | undefined {
  if (control.loweredBy === null) return undefined;
  const now = control.inForce === "off" ? "nothing is traced now" : `${control.inForce} in force`;
  return `${now}, not ${level}: ${LOWERED_BY[control.loweredBy]}`;
}

/** One fact a line. */
export function controlLines(node: NodeStatus): readonly string[] {
  const { control, level, patterns } = node;
  const dropped = Object.entries(control.droppedByCause) as [GapRow["cause"], number][];
  return [
    `node         ${node.name}`,
    `level        ${level}${patterns.length > 0 ? ` (${patterns.join(", ")})` : ""}`,
    ...(node.refused === "" ? [] : [`refused      what was asked for last: ${node.refused}`]),
    ...placeLines(node),
    `in force     ${loweredText(node) ?? control.inForce}`,
    `scope        ${scopeText(control.scope)}`,
    `sample       ${sampleText(control.sample)}`,
    `budget       ${budgetText(control.budget)}`,
    `left out     ${formatCount(control.sampledOut)} by sampling`,
    ...(dropped.length === 0 ? ["dropped      0"] : []),
    ...dropped.map(([cause, count]) => `dropped      ${formatCount(count)}: ${CAUSES[cause] ?? cause}`),
  ];
}

/** Beside other nodes: its clock, and whom it sees. */
function placeLines({ clock, peers }: NodeStatus): readonly string[] {
  const seen = peers.length > 0 ? [`connected    ${peers.join(", ")}`] : [];
  return clock === null ? seen : [`clock        ${clockText(clock)}`, ...seen];
}

/** `3.2 ms ahead (± 0.4 ms), put right` */
export function clockText({ aheadNs, errorNs, correctedNs, isTimeline }: NodeClock): string {
  if (isTimeline) return "that of the timeline";
  const off = `${formatNs(Math.abs(aheadNs))} ${aheadNs < 0 ? "behind" : "ahead"} (± ${formatNs(errorNs)})`;
  if (correctedNs !== 0) return `${off}, put right by ${formatNs(Math.abs(correctedNs))}`;
  return Math.abs(aheadNs) <= errorNs ? `as that of the timeline: ${off}` : off;
}

function scopeText({
  processes = [],
  apps = [],
  modules = [],
  under = [],
  except = [],
}: NodeControl["scope"]): string {
  const only = [
    ...processes,
    ...apps.map((app) => `application ${app}`),
    ...modules.map((module) => `in ${module}`),
    ...under.map((top) => `under ${top}`),
  ];
  const all = only.length === 0 ? "all processes" : only.join(", ");
  return except.length === 0 ? all : `${all}; never ${except.join(", ")}`;
}

function sampleText({
  processes,
  callsPerSecond,
  toldPerSecond,
  everyNthFlow,
}: NodeControl["sample"]): string {
  const parts = [
    ...(processes === undefined ? [] : [`${Number((processes * 100).toFixed(2))}% of the processes`]),
    ...(callsPerSecond === undefined ? [] : [`${formatCount(callsPerSecond)} calls/s of each function`]),
    ...(toldPerSecond === undefined ? [] : [toldText(toldPerSecond)]),
    ...(everyNthFlow === undefined ? [] : [`one flow in ${formatCount(everyNthFlow)}`]),
  ];
  return parts.length === 0 ? "everything" : parts.join(", ");
}

const toldText = (rate: number): string =>
  rate === TOLD_ALL
    ? "all that libraries tell"
    : `${formatCount(rate)} calls/s of each function that tells something`;

function budgetText(budget: NodeControl["budget"]): string {
  const parts = [
    ...(budget.eventsPerSecond === undefined ? [] : [`${formatCount(budget.eventsPerSecond)} events/s`]),
    ...(budget.bytesPerSecond === undefined ? [] : [`${formatBytes(budget.bytesPerSecond)}/s`]),
    `${formatBytes(budget.memoryBytes ?? 67_108_864)} in the node`,
    ...(budget.cpuPercent === undefined ? [] : [`${budget.cpuPercent}% of a scheduler`]),
    ...(budget.runQueue === undefined ? [] : [`${budget.runQueue} waiting for each scheduler`]),
  ];
  return parts.join(", ");
}
