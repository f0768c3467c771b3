/**
 * What happened on a node, as columns: one {@link EventBatch} is what the agent sent in one piece.
 *
 * Events stay columns from the wire to the disk; a row object is built only for what somebody looks at
 * (a million rows a second would otherwise be a million objects). Terms stay the bytes they came as.
 */

/**
 * Kinds of event and their numbers in a recording. Numbers are never reused.
 *
 * | kind | pid | peer | mfa | tag | payload |
 * |---|---|---|---|---|---|
 * | spawn | parent | child | initial call | – | its argument list |
 * | spawned | child | parent | initial call | – | its argument list |
 * | exit | the process | – | – | first atom of the reason | reason |
 * | register, unregister | the process | – | – | the name | the name |
 * | link, unlink, getting_linked, getting_unlinked | the process | other pid (none: a port) | – | – | other pid or port |
 * | send | sender | receiver where it is known; node of `{Name, Node}`, see {@link isNodeEntry} | – | shape of the message; the name where the receiver is a node | message |
 * | send_to_dead | sender | receiver where it is a pid | – | shape; the name that nobody held where there is no receiver | message |
 * | receive | receiver | – | – | shape | message |
 * | call | the process | – | function | who called, from which line: `Elixir.Shop.Cart.add/2:17` | argument list |
 * | return | the process | – | function | – | value |
 * | exception | the process | – | function | class | `{Class, Value}` |
 * | state | the process | – | function of `gen_server`, `gen_statem` or `gen_event` that was entered | callback module | state |
 * | dispatch | the process | who called, of a call | callback that begins, see `agent/README.md` | what tells the message apart | what it is found by: `From` of a call, reference or pid in it, type of an event; `{continue, Term}`, `{terminate, Reason}` |
 * | timer | who sets or cancels it | receiver where it is a known process | function of `erlang` | shape of the message | `{Time, Message}` or `{Time, Message, Options}`; the reference that is cancelled |
 * | timer, its answer | likewise | – | likewise | `result` | value of the function |
 * | monitor | who monitors | what is monitored, where it is a known process | function of `erlang` | `process`, `port`, `time_offset` | `{Type, Item}` |
 * | monitor, its answer | likewise | – | likewise | `result` | the reference |
 * | demonitor | who monitored | – | function of `erlang` | – | the reference |
 * | line | the process | – | function that the line is in | the line's number | `{Line, [{Name, Value}], [BoundAt]}`: variables bound since the line before, and where |
 * | flow_send | sender | receiver where it is a pid | – | shape of the message | `{send, {Previous, Serial}, From, To, Message}` |
 * | flow_receive | receiver | sender | – | shape | as it was sent, with `receive`; of questions to services (code, files, terminals) and their answers the message is `es_asked`, `es_answered` |
 * | flow_start | the process | – | entry point | `start`, `nested`, `foreign` | `{es_flow, Kind, Name, Arguments}` |
 * | flow_end | the process | – | loop of OTP that it goes on with | – | – |
 * | process | the process | – | – | `label`: only that changed | property list, see `agent/README.md` |
 * | supervisor | the supervisor | – | callback module in `mfa` | – | children |
 * | application | top supervisor | – | – | application name | `{Vsn, Description}` |
 * | system_monitor | the process (none: a port) | – | – | `long_gc`, `large_heap` … | `{What, Info}` |
 * | log | the process | who logged it for that one | – | level | `{Message, Metadata}` as Logger has them |
 * | name | who has the name | who registered it for that one | – | `global`, registry or `:via` module | `{register \| unregister, Name}` |
 * | sample | the process | – | current function | status | `{Memory, MailboxLength, Reductions}` |
 * | gap | – | – | – | cause | `{Cause, From, To, [{Kind, Count}]}` |
 * | session | – | – | – | what changed | term |
 * | telemetry | who executed it | – | `telemetry.execute/3` | name, joined by dots: `phoenix.endpoint.stop` | `{Name, Measurements, Metadata}`, of the metadata what is known to be small |
 * | pubsub | the process | – | function of `Phoenix.PubSub` | `broadcast`, `dispatch`, `subscribe` … | that atom and what belongs to it |
 * | plug | the process | – | the plug, as it is called; `halt/1` and what sends in `Plug.Conn` | `call`, `halt`, `send` | `{What, Caller, Conn}`, of the connection a few fields |
 * | phoenix | the process | – | function of Phoenix or LiveView | `handle_info`, `push`, `track` … | that atom and what belongs to it |
 */
export const EVENT_KINDS = {
  spawn: 1,
  spawned: 2,
  exit: 3,
  register: 4,
  unregister: 5,
  link: 6,
  unlink: 7,
  getting_linked: 8,
  getting_unlinked: 9,
  send: 10,
  send_to_dead: 11,
  receive: 12,
  call: 13,
  return: 14,
  exception: 15,
  state: 16,
  line: 17,
  dispatch: 18,
  timer: 19,
  process: 20,
  supervisor: 21,
  application: 22,
  sample: 23,
  gap: 24,
  session: 25,
  flow_send: 29,
  flow_receive: 30,
  flow_start: 31,
  telemetry: 32,
  pubsub: 33,
  phoenix: 34,
  plug: 37,
  flow_end: 40,
  system_monitor: 26,
  log: 27,
  name: 28,
  monitor: 35,
  demonitor: 36,
} as const;

export type EventKind = keyof typeof EVENT_KINDS;

const NAMES = new Map<number, EventKind>(
  Object.entries(EVENT_KINDS).map(([name, code]) => [code, name as EventKind]),
);

/** The kind of a stored number, or `undefined` for a number of a newer version. */
export const kindOf = (code: number): EventKind | undefined => NAMES.get(code);

/** "No such thing" in the columns `pid`, `peer`, `mfa`, `tag`. */
export const NONE = -1;

/**
 * Events as columns (struct of arrays). All columns have at least `count` entries; those beyond are rubbish.
 * A batch holds as long as the call that hands it on: its columns and bytes are written over by the next one. Who keeps
 * something of it makes a copy.
 */
export interface EventBatch {
  /** Number of the node in this recording, from 0. */
  readonly node: number;
  /** Number of the batch in this recording, from 0, no holes. */
  readonly batch: number;
  /** Rows in use. */
  readonly count: number;
  /** Id of row 0; row i has `firstId + i`. Ids grow over the whole recording, from 1, no holes. */
  readonly firstId: number;
  /**
   * Unix time in nanoseconds: the node's monotonic clock plus its offset at attach ({@link NodeEntry}). So it never
   * jumps while a node is observed, and events of several nodes, or of a node and its restart, share one axis.
   */
  readonly ts: BigInt64Array;
  /** {@link EVENT_KINDS} number. */
  readonly kind: Uint8Array;
  /** Index into the process dictionary, or {@link NONE}. */
  readonly pid: Int32Array;
  readonly peer: Int32Array;
  /** Index into the dictionary of functions, or {@link NONE}. */
  readonly mfa: Int32Array;
  /** Index into the dictionary of atoms, or {@link NONE}. */
  readonly tag: Int32Array;
  /** Where the payload term starts in `bytes` (no version byte 131 before it), and its length; 0, 0 = none. */
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  /** The batch as the agent sent it, redacted: one ETF list after the version byte. */
  readonly bytes: Uint8Array;
}

/** A process in the dictionary. Its `index` is its stable handle `p-<index>` everywhere. */
export interface ProcessEntry {
  readonly index: number;
  /** Node as it stands in the pid (a remote pid keeps its own). */
  readonly node: string;
  readonly id: number;
  readonly serial: number;
  readonly creation: number;
}

/**
 * Stands for a whole node: what was sent to `{Name, Node}` has no pid as its receiver. (No process has creation 0: that is
 * the creation of a node before it is distributed, and pids of it leave no node.)
 */
export const isNodeEntry = (entry: ProcessEntry): boolean =>
  entry.id === 0 && entry.serial === 0 && entry.creation === 0;

export interface FunctionEntry {
  readonly index: number;
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

export interface AtomEntry {
  readonly index: number;
  readonly name: string;
}

/** Dictionary rows first used by a batch; they are stored with it or before it. */
export interface DictionaryDelta {
  readonly processes: readonly ProcessEntry[];
  readonly functions: readonly FunctionEntry[];
  readonly atoms: readonly AtomEntry[];
}

/** Something that was not recorded: from when to when, why, and how many of each kind where that is known. */
export interface Gap {
  readonly node: number;
  /** As `ts` of {@link EventBatch}, both ends inclusive. */
  readonly from: bigint;
  readonly to: bigint;
  readonly cause: GapCause;
  /** Dropped events by kind; empty when the extent in time is all that is known (tracing was off). */
  readonly dropped: Readonly<Partial<Record<EventKind, number>>>;
}

/**
 * - `no_credit`: ElixirScope did not keep up, the agent dropped and counted
 * - `overload`: the tracer's mailbox passed its limit, the agent dropped and counted
 * - `breaker`: the agent switched tracing off to protect the node
 * - `budget`: a lower level was in force than the one that was wanted, since tracing cost more than it may; kinds of the
 *   levels between them are missing
 * - `detached`: the connection was gone; nothing was traced
 * - `taken_over`: another tool took the node's tracer
 * - `code_reload`: traced modules were loaded anew, or new ones came: calls of their functions may be missing, nothing else
 * - `left_out`: it was recorded; this is a copy of a part
 * - `retention`: it was recorded, and removed since so that the recording stays within its limits
 */
export type GapCause =
  | "no_credit"
  | "overload"
  | "breaker"
  | "budget"
  | "detached"
  | "taken_over"
  | "code_reload"
  | "left_out"
  | "retention";

/** A node under observation, and what its clock means. */
export interface NodeEntry {
  readonly index: number;
  readonly name: string;
  readonly creation: number;
  /** OTP release, such as "25". */
  readonly otp: string;
  /** Elixir version, or "" where there is none. */
  readonly elixir: string;
  /** Nanoseconds that were added to the node's monotonic clock to get `ts` (its time offset at attach). */
  readonly timeOffset: bigint;
}
