import { z } from "zod";
import { inputSchemas, type MethodName } from "./methods.ts";

/** One line on each question that can be asked by its name: by `elixirscope query`, and by programs. */
const SUMMARIES: Readonly<Partial<Record<MethodName, string>>> = {
  status: "what is recorded, of which nodes, how much was lost",
  processes: "processes, as top would show them",
  process: "one process: parent, links, monitors, what was recorded of it",
  tree: "the supervision tree",
  events: "events, filtered by every column and into their terms",
  event: "one event with its whole term",
  message: "the other half of a send or receive, and the call that it belongs to",
  calls: "GenServer calls with their replies",
  executions: "calls of traced functions with how they ended",
  lines: "lines of a module that ran, with values",
  lineHistory: "values bound at a line, each time",
  source: "the source of a module, as it was",
  modules: "modules that the record speaks of",
  states: "states of a process: the versions, each with what led to it, and with what changed",
  flows: "what entry points led to; by duration, failure, entry point",
  flow: "one of them as a tree",
  crash: "how a process ended",
  crashes: "processes that crashed",
  lastEvents: "everything that a process did last before it ended",
  history: "memory, mailbox and work of a process over time",
  inventory: "ETS tables, ports, applications",
  rates: "events by kind over time",
  gaps: "what was not recorded, and why",
  requests: "HTTP requests",
  request: "one request with its plugs",
  queries: "queries of Ecto",
  jobs: "jobs of Oban",
  liveViews: "LiveViews",
  liveView: "one LiveView step by step",
  channels: "channels",
  presences: "who joined and left topics",
  topics: "topics of Phoenix.PubSub",
  broadcasts: "broadcasts and whom they reached",
  boundaries: "contexts of an application, and calls past their doors",
  snapshotAt: "every process at an instant",
  step: "the next event, or the previous one",
  until: "where a condition becomes true",
  diff: "what differs between two states",
  lastChange: "when a value changed last, and what led to it",
  aggregate: "counts, sums and percentiles by groups and over time",
  messageFlow: "who sent whom how many messages",
  path: "callbacks, calls and messages of a flow, a request or a process as one tree",
  callGraph: "who called whom; with mfa its callers and callees",
  slowest: "calls, callbacks and GenServer calls, the slowest first",
  flame: "flame graph as a tree",
  hot: "functions and callbacks by their own time",
  waits: "time in the mailbox against time at work, by process",
  criticalPath: "what made a flow last as long as it did",
  patterns: "how rates, durations, mailboxes, memory and state sizes usually are",
  alerts: "what newly goes wrong while it is recorded",
  anomalies: "where they were otherwise than before, and what is new",
  pins: "what retention spares",
  bookmarks: "what people marked, with their comments",
  exportEvents: "events as lines of NDJSON, page by page: next is afterId of the page that follows",
  exportFlows: "flows whole, page by page: next is after of the page that follows",
  diagnose: "what went wrong, with evidence",
  ask: "a question in words, answered with evidence",
  generateTests: "ExUnit tests of what was recorded: of callbacks, a flow, a request, a LiveView",
};

/** Of parameters whose name does not say it. */
const HELP: Readonly<Record<string, string>> = {
  process: "name, pid, handle (p-12); of events also with *: Hello.*",
  subject: "who did it, likewise named",
  peer: "the other one, likewise named",
  mfa: "Mod.fun/arity, Mod.*, Mod.*.fun/2",
  tag: "shape of a message, exit reason, name; * for any characters",
  match: "a pattern in Elixir's syntax, such as %{user_id: 42}",
  text: "what stands in the term as it prints",
  flow: "f-12",
  from: "instant, inclusive",
  to: "instant, inclusive",
  since: "instant, inclusive",
  until: "instant, inclusive",
  minNs: "that took so long, or longer",
  maxNs: "that took so long at most",
  t: "instant",
  afterId: "behind the event of this id",
  beforeId: "before the event of this id",
  everyNs: "resolution",
  learnFrom: "what is usual is learned from here on, up to `from`",
  onceInNs: "one false alarm in so long is tolerated",
  of: "what is summed up",
  by: "what it is grouped by",
  read: "so many of the newest events",
  limit: "at most so many rows",
  id: "id of an event",
  question: "in English, in quotes",
  request: "id of a request",
  liveView: "phx-…, or one of its processes",
  zoneMinutes: "minutes that the times in it are ahead of UTC",
};

/** - `instant`: nanoseconds since the origin · `duration`: nanoseconds */
export type ParameterType =
  | "text"
  | "number"
  | "boolean"
  | "instant"
  | "duration"
  | "list"
  | "number or text"
  | "object";

export interface CatalogueParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly required: boolean;
  /** The values that it may have; none: any. */
  readonly values: readonly string[];
  readonly help: string;
}

export interface CatalogueEntry {
  readonly method: MethodName;
  /** `message-flow` of `messageFlow`. */
  readonly name: string;
  readonly summary: string;
  readonly parameters: readonly CatalogueParameter[];
}

/** Questions that only look, by name. */
export function catalogue(): readonly CatalogueEntry[] {
  return (Object.entries(SUMMARIES) as [MethodName, string][])
    .map(([method, summary]) => ({
      method,
      name: method.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      summary,
      parameters: parametersOf(method),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function parametersOf(method: MethodName): readonly CatalogueParameter[] {
  const { properties = {}, required = [] } = z.toJSONSchema(inputSchemas[method]) as JsonSchema;
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeOf(name, schema),
    required: required.includes(name),
    values: schema.enum ?? schema.items?.enum ?? [],
    help: HELP[name] ?? "",
  }));
}

const INSTANTS: ReadonlySet<string> = new Set(["from", "to", "since", "until", "t", "learnFrom"]);

function typeOf(name: string, { type, anyOf }: JsonSchema): ParameterType {
  if (anyOf) return "number or text";
  if (type === "array") return "list";
  if (type === "object" || type === "boolean") return type;
  if (type !== "integer" && type !== "number") return "text";
  return INSTANTS.has(name) ? "instant" : name.endsWith("Ns") ? "duration" : "number";
}
