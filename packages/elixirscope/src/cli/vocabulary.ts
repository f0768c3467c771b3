import type { EventRow, Input } from "../protocol/index.ts";

// The words of the protocol that a person types. Records, so that the compiler misses none when the protocol grows.
// (The protocol's own schemas carry them too, but loading those would double the time of `--help`.)

export type Level = NonNullable<Input<"attach">["level"]>;
export type Kind = EventRow["kind"];
export type SortKey = NonNullable<Input<"processes">["sort"]>;

export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  observe: "processes, supervision, exits; costs next to nothing",
  flows: "and what requests and events lead to, from process to process",
  messages: "and every message sent and received",
  state: "and the state of every OTP process after each callback",
  calls: "and calls of the functions given with --trace",
  lines: "and each line of the modules given with --lines, with the variables bound there",
};

export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  spawn: "a process started another one",
  spawned: "a process was started",
  exit: "a process ended",
  register: "a name was registered",
  unregister: "a name was given up",
  link: "a link was made",
  unlink: "a link was removed",
  getting_linked: "another process linked to this one",
  getting_unlinked: "another process removed its link",
  send: "a message was sent",
  send_to_dead: "a message was sent to a process that is gone, or to a name that nobody holds",
  receive: "a message arrived",
  call: "a function was called",
  return: "a function returned",
  exception: "a function raised",
  state: "a process's state after a callback",
  line: "a line of code ran",
  dispatch: "an OTP process took up a message: a callback begins",
  timer: "a timer was set or cancelled",
  monitor: "a process began to monitor another one, a port or a clock",
  demonitor: "a process took its monitor away",
  flow_start: "a flow reached an entry point",
  flow_send: "a message was sent in a flow",
  flow_receive: "a message of a flow was taken",
  flow_end: "a process did its part of a flow",
  process: "what is known of a process",
  supervisor: "a supervisor and its children",
  application: "an application",
  sample: "memory, mailbox and reductions of a process",
  gap: "something was not recorded",
  session: "ElixirScope itself: level changed, snapshot done",
  telemetry: "a telemetry event was executed",
  pubsub: "Phoenix.PubSub: subscribed, broadcast, dispatched",
  phoenix: "a LiveView, channel or presence did something that telemetry does not tell",
  plug: "a plug was given the connection of a request, halted it or sent the answer",
  system_monitor: "a process took too long or too much: gc, schedule, heap, mailbox, port",
  log: "something was logged",
  name: "a name in :global, a Registry or a :via module came or went",
};

export const SORT_WORDS: Readonly<Record<SortKey, string>> = {
  memory: "most memory first",
  mailbox: "longest mailbox first",
  reductions: "most work first",
  label: "by name",
  pid: "by pid",
  spawned: "youngest first",
};

type Executions = Required<Input<"executions">>;
const OUTCOMES: Readonly<Record<NonNullable<Executions["outcome"]>, true>> = {
  returned: true,
  raised: true,
  ended: true,
  open: true,
  unknown: true,
};
const SORTS: Readonly<Record<NonNullable<Executions["sort"]>, true>> = {
  newest: true,
  slowest: true,
  own: true,
};

export const OUTCOME_NAMES: readonly string[] = Object.keys(OUTCOMES);
export const EXECUTION_SORTS: readonly string[] = Object.keys(SORTS);
export const LEVEL_NAMES = Object.keys(LEVEL_WORDS) as readonly Level[];
export const KIND_NAMES = Object.keys(KIND_WORDS) as readonly Kind[];
export const SORT_NAMES = Object.keys(SORT_WORDS) as readonly SortKey[];

type Aggregate = Required<Input<"aggregate">>;
const MEASURES: Readonly<Record<NonNullable<Aggregate["of"]>, true>> = {
  events: true,
  bytes: true,
  duration: true,
  own: true,
  mailbox: true,
  work: true,
};
const AGGREGATE_KEYS: Readonly<Record<NonNullable<Aggregate["by"]>[number], true>> = {
  kind: true,
  node: true,
  process: true,
  peer: true,
  mfa: true,
  tag: true,
  application: true,
  caller: true,
};
const GROUPINGS: Readonly<Record<NonNullable<Input<"messageFlow">["by"]>, true>> = {
  process: true,
  name: true,
  application: true,
  supervisor: true,
  node: true,
};

/** Columns of an aggregate, in their order. */
export const STATISTICS = ["count", "sum", "avg", "least", "p50", "p95", "p99", "most"] as const;
export type Statistic = (typeof STATISTICS)[number];
export const MEASURE_NAMES = Object.keys(MEASURES) as readonly (keyof typeof MEASURES)[];
export const AGGREGATE_KEY_NAMES = Object.keys(AGGREGATE_KEYS) as readonly (keyof typeof AGGREGATE_KEYS)[];
export const GROUPING_NAMES: readonly string[] = Object.keys(GROUPINGS);
export const FLAME_FORMATS = ["tree", "folded", "speedscope"] as const;
export type FlameFormat = (typeof FLAME_FORMATS)[number];
