import type { Term } from "@elixirscope/etf";
import { streamOf, streamOfServer } from "./cowboy.ts";
import { type Fields, type PhoenixEvent, type Telemetry, telemetryOf } from "./fields.ts";
import { type StackFrame, stackFrames } from "./stack-frames.ts";
import { jobText } from "./work-units.ts";

/** One HTTP request, from the endpoint's telemetry and whatever its process told while it was under way. */
export interface Request {
  /** Of the event that ended it; of one that has not ended, that began it. */
  readonly id: number;
  readonly pid: number;
  /** Unix nanoseconds. */
  readonly startedAt: bigint;
  /** `undefined`: it has not ended in the record. */
  readonly durationNs: number | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number | undefined;
  readonly host: string;
  /** Recorded from level `flows` on. */
  readonly route: string | undefined;
  readonly controller: string | undefined;
  readonly action: string | undefined;
  readonly liveView: string | undefined;
  readonly format: string | undefined;
  readonly params: Term | undefined;
  /** In the order in which they ended. */
  readonly stages: readonly Stage[];
  readonly error: RequestError | undefined;
}

/** Something with a duration inside a request. */
export interface Stage {
  readonly id: number;
  /** `router`, `render`, `mount`, `query` … */
  readonly name: string;
  /** What of it: a template, a view, a query's source. */
  readonly what: string;
  /** From the request's start. */
  readonly startNs: number;
  readonly durationNs: number;
  readonly failed: boolean;
}

export interface RequestError {
  readonly kind: string;
  /** Module of the exception; `undefined`: thrown or exited with something else. */
  readonly exception: string | undefined;
  readonly message: string | undefined;
  /** Where it was raised: module, function, file and line. */
  readonly frames: readonly StackFrame[];
}

/** Clocks of an event and of the durations in it differ by this at most. */
const SLACK_NS = 200_000n;

/** Requests in the order of their ends; those that have not ended come last. Events oldest first. */
export function requestsOf(events: readonly PhoenixEvent[]): readonly Request[] {
  const done: Draft[] = [];
  const lines = new Map<number, Line>();
  const streams = new Map<string, Draft>();
  for (const event of events) {
    if (event.kind !== "telemetry") continue;
    const telemetry = telemetryOf(event);
    if (!telemetry) continue;
    const served = streamOfServer(telemetry);
    if (served !== undefined) {
      streams.get(served)?.inner.push({ event, telemetry });
      streams.delete(served);
      continue;
    }
    const line = lines.get(event.pid) ?? { waiting: [] };
    lines.set(event.pid, line);
    const ended = step(line, event, telemetry);
    if (!ended) continue;
    done.push(ended);
    const stream = streamOf(telemetry);
    if (stream !== undefined) streams.set(stream, ended);
  }
  const open = [...lines.values()].flatMap(({ open: draft }) => (draft ? [draft] : []));
  return [...done, ...open].map(finished);
}

/** What one process has told: of a request under way, and of the one before. */
interface Line {
  open?: Draft | undefined;
  last?: Draft;
  waiting: Told[];
}

interface Told {
  readonly event: PhoenixEvent;
  readonly telemetry: Telemetry;
}

interface Draft extends Told {
  readonly startedAt: bigint;
  readonly endedAt: bigint | undefined;
  readonly inner: Told[];
}

function step(line: Line, event: PhoenixEvent, telemetry: Telemetry): Draft | undefined {
  const told = { event, telemetry };
  if (telemetry.name === "phoenix.endpoint.start") {
    line.open = { ...told, startedAt: event.ts, endedAt: undefined, inner: [] };
    line.waiting = [];
    return undefined;
  }
  if (telemetry.name === "phoenix.endpoint.stop") {
    const startedAt = event.ts - BigInt(telemetry.durationNs ?? 0);
    const inner = line.waiting.filter((one) => beganAt(one) + SLACK_NS >= startedAt);
    const draft = { ...told, startedAt, endedAt: event.ts, inner };
    line.last = draft;
    line.open = undefined;
    line.waiting = [];
    return draft;
  }
  if (telemetry.name.endsWith(".start")) return undefined;
  // A request that failed where so many are served that their ends are not told.
  if (telemetry.metadata.name("endpoint") === "not_told" && !line.open)
    return { ...told, startedAt: event.ts, endedAt: event.ts, inner: [told] };
  // What ends after the response was sent, but began before that, belongs to it.
  const { last } = line;
  if (last?.endedAt !== undefined && !line.open && beganAt(told) <= last.endedAt) last.inner.push(told);
  else line.waiting.push(told);
  return undefined;
}

const beganAt = ({ event, telemetry }: Told): bigint => event.ts - BigInt(telemetry.durationNs ?? 0);

function finished({ event, telemetry, startedAt, endedAt, inner }: Draft): Request {
  const conn = telemetry.metadata.fields("conn");
  const router = inner.find(({ telemetry: { name } }) => name.startsWith("phoenix.router_dispatch."));
  const failed = inner.find(({ telemetry: { name } }) => /(\.exception|\.error_rendered)$/.test(name));
  return {
    id: event.id,
    pid: event.pid,
    startedAt,
    durationNs: endedAt === undefined ? undefined : telemetry.durationNs,
    method: conn.text("method") ?? "?",
    path: conn.text("request_path") ?? "?",
    query: conn.text("query_string") ?? "",
    host: conn.text("host") ?? "",
    status: conn.number("status") ?? statusOf(telemetry),
    route: router?.telemetry.metadata.text("route"),
    controller: conn.name("controller"),
    action: conn.name("action"),
    liveView: conn.name("live_view"),
    format: conn.text("format"),
    params: conn.term("params"),
    stages: inner.flatMap((told) => stageOf(told, startedAt)),
    error: failed ? raised(failed.telemetry) : undefined,
  };
}

/** Of an exception that says nothing else, Plug makes 500. */
const statusOf = ({ metadata }: Telemetry): number | undefined =>
  metadata.name("endpoint") === "not_told" ? (metadata.number("status") ?? 500) : undefined;

/** By the span's name, or by its last part. */
const STAGE_NAMES: Readonly<Record<string, string>> = {
  router_dispatch: "router",
  request: "server",
  "finch.request": "http",
  "finch.queue": "http queue",
  "finch.connect": "http connect",
};

function stageOf({ event, telemetry }: Told, startedAt: bigint): readonly Stage[] {
  if (telemetry.durationNs === undefined || telemetry.name === "phoenix.error_rendered") return [];
  const { name, metadata } = telemetry;
  const parts = name.split(".");
  const span = ["stop", "exception"].includes(parts.at(-1)!) ? parts.slice(0, -1) : parts;
  return [
    {
      id: event.id,
      name: STAGE_NAMES[span.join(".")] ?? STAGE_NAMES[span.at(-1)!] ?? span.at(-1)!,
      what: whatOf(span, metadata),
      startNs: Math.max(0, Number(event.ts - BigInt(telemetry.durationNs) - startedAt)),
      durationNs: telemetry.durationNs,
      failed: name.endsWith(".exception") || metadata.name("result") === "error",
    },
  ];
}

/** Modules without Elixir's prefix. */
const moduleText = (name: string | undefined): string => name?.replace(/^Elixir\./, "") ?? "";

function whatOf(span: readonly string[], metadata: Fields): string {
  if (span[0] === "finch") return httpText(metadata);
  switch (span.at(-1)) {
    case "insert_job":
      return jobText(metadata);
    case "router_dispatch":
      return metadata.text("route") ?? "";
    case "query":
      return metadata.text("source") ?? metadata.text("query") ?? "";
    case "render":
      return [moduleText(metadata.name("view")), metadata.text("template") ?? ""].filter(Boolean).join(" ");
    default:
      return moduleText(metadata.name("component") ?? metadata.fields("socket").name("view"));
  }
}

/** `GET http://127.0.0.1:4000/prices 200`, with what it came to; of a connection `http://127.0.0.1:4000`. */
function httpText(metadata: Fields): string {
  const request = metadata.term("request") === undefined ? metadata : metadata.fields("request");
  const port = request.number("port");
  const at = `${request.name("scheme") ?? "http"}://${request.text("host") ?? "?"}${port === undefined ? "" : `:${port}`}`;
  const end = metadata.number("status") ?? metadata.fields("error").name("reason") ?? "";
  return [request.text("method"), `${at}${request.text("path") ?? ""}`, end].filter(Boolean).join(" ");
}

/** What was raised, of a telemetry event of an exception. */
export function raised({ metadata }: Telemetry): RequestError {
  const reason = metadata.fields("reason");
  // Plug wraps what was raised, to know the connection by then.
  const inner =
    reason.name("__struct__") === "Elixir.Plug.Conn.WrapperError" ? reason.fields("reason") : reason;
  return {
    kind: metadata.name("kind") ?? "error",
    exception: inner.name("__struct__"),
    message: inner.text("message"),
    frames: stackFrames(metadata.term("stacktrace")),
  };
}
