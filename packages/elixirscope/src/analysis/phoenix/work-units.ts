import { elementsOf, type Fields, nameOf, type PhoenixEvent, type Telemetry, telemetryOf } from "./fields.ts";

/** What a process was asked to do, from its beginning to its end: a request, a callback of a LiveView, a job. */
export interface WorkUnit {
  /** Of the event that ended it; of a message to a LiveView, that began it. */
  readonly id: number;
  readonly pid: number;
  /** `request`, `mount`, `event`, `info`, `job` … */
  readonly kind: string;
  /** `GET /orders`, `load on MyAppWeb.OrdersLive`, `MyApp.Mail #7`. */
  readonly what: string;
  /** Unix nanoseconds; of a job 0, since its process does nothing else. */
  readonly from: bigint;
  readonly to: bigint;
}

/** A span's start is its end less its duration, both measured at slightly different instants. */
const SLACK_NS = 200_000n;
/** A task of a task, and what starts tasks for a stream, stand between a query and whom it is for. */
const GENERATIONS = 4;

/** Work in progress, found by process and time. */
export class WorkUnits {
  readonly #units = new Map<number, WorkUnit[]>();
  readonly #parentOf: (pid: number) => number | undefined;

  /** Events oldest first: telemetry, and of LiveView what came as messages. */
  constructor(events: readonly PhoenixEvent[], parentOf: (pid: number) => number | undefined) {
    this.#parentOf = parentOf;
    const messages = new Map<number, WorkUnit>();
    for (const event of events) {
      const telemetry = event.kind === "telemetry" ? telemetryOf(event) : undefined;
      if (telemetry?.name.endsWith(".query")) continue;
      const message = messages.get(event.pid);
      if (message) {
        messages.delete(event.pid);
        this.#add({ ...message, to: event.ts });
      }
      const begun = event.kind === "phoenix" ? infoOf(event) : undefined;
      if (begun) messages.set(event.pid, begun);
      const unit = telemetry ? unitOf(event, telemetry) : undefined;
      if (unit) this.#add(unit);
    }
    for (const last of messages.values()) this.#add({ ...last, to: events.at(-1)!.ts });
  }

  /** The outermost one that was under way in the process, or for which the process was started. */
  at(pid: number, ts: bigint): WorkUnit | undefined {
    let process: number | undefined = pid;
    for (let generation = 0; generation <= GENERATIONS && process !== undefined; generation += 1) {
      const found = this.#units.get(process)?.find(({ from, to }) => from - SLACK_NS <= ts && ts <= to);
      if (found) return found;
      process = this.#parentOf(process);
    }
    return undefined;
  }

  /** What ends later began earlier or is another one: those within a new one are a part of it. */
  #add(unit: WorkUnit): void {
    const list = this.#units.get(unit.pid) ?? [];
    this.#units.set(unit.pid, list);
    while (list.length > 0 && list.at(-1)!.from + SLACK_NS >= unit.from && list.at(-1)!.to <= unit.to)
      list.pop();
    list.push(unit);
  }
}

function infoOf({ id, pid, ts, payload }: PhoenixEvent): WorkUnit | undefined {
  const [point, , view] = elementsOf(payload);
  const name = nameOf(point);
  if (name !== "handle_info" && name !== "handle_call" && name !== "handle_cast") return undefined;
  return { id, pid, kind: name.replace("handle_", ""), what: moduleText(nameOf(view)), from: ts, to: ts };
}

const moduleText = (name: string | undefined): string => name?.replace(/^Elixir\./, "") ?? "";

/** Of each span that is a unit of work: what it is called and how it tells what it was. */
const UNITS: Readonly<Record<string, readonly [kind: string, what: (metadata: Fields) => string]>> = {
  "phoenix.endpoint": ["request", requestText],
  "phoenix.live_view.mount": ["mount", viewText],
  "phoenix.live_view.handle_params": ["handle_params", viewText],
  "phoenix.live_view.handle_event": ["event", eventText],
  "phoenix.live_component.handle_event": ["event", eventText],
  "phoenix.channel_handled_in": ["channel message", channelText],
  "phoenix.channel_joined": ["join", channelText],
  "oban.job": ["job", jobText],
};

function unitOf(
  { id, pid, ts }: PhoenixEvent,
  { name, durationNs, metadata }: Telemetry,
): WorkUnit | undefined {
  if (durationNs === undefined) return undefined;
  const [kind, what] = UNITS[name.replace(/\.(stop|exception)$/, "")] ?? [];
  if (kind === undefined || what === undefined) return undefined;
  // Oban starts a process for each run, and tells of its end only after it has written down what came of it.
  const from = kind === "job" ? 0n : ts - BigInt(durationNs);
  return { id, pid, kind, what: what(metadata), from, to: ts };
}

function requestText(metadata: Fields): string {
  const conn = metadata.fields("conn");
  return `${conn.text("method") ?? "?"} ${conn.text("request_path") ?? "?"}`;
}

function viewText(metadata: Fields): string {
  return moduleText(metadata.fields("socket").name("view"));
}

function eventText(metadata: Fields): string {
  const where = moduleText(metadata.name("component")) || viewText(metadata);
  return `${metadata.text("event") ?? "?"} on ${where}`;
}

function channelText(metadata: Fields): string {
  const topic = metadata.fields("socket").text("topic") ?? "?";
  const event = metadata.text("event");
  return event === undefined ? topic : `${event} on ${topic}`;
}

/** `MyApp.Mail #7`: Oban's worker and the number of its job. */
export function jobText(metadata: Fields): string {
  const job = metadata.fields("job");
  return `${job.text("worker") ?? "?"} #${job.number("id") ?? "?"}`;
}
