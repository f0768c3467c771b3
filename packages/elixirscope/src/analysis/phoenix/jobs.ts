import type { Term } from "@elixirscope/etf";
import { type PhoenixEvent, type Telemetry, telemetryOf } from "./fields.ts";
import { type RequestError, raised } from "./requests.ts";
import { type WorkUnit, WorkUnits } from "./work-units.ts";

/** One run of a job of Oban. */
export interface JobRun {
  /** Of the event that ended it; of one that has not ended, that began it. */
  readonly id: number;
  readonly pid: number;
  readonly job: number;
  readonly worker: string;
  readonly queue: string;
  readonly attempt: number | undefined;
  readonly maxAttempts: number | undefined;
  readonly args: Term | undefined;
  readonly startedAt: bigint;
  /** `undefined`: it has not ended in the record. */
  readonly durationNs: number | undefined;
  /** How long it was due before it was taken. */
  readonly queueNs: number | undefined;
  /** `success`, `failure`, `snoozed` …; `executing` */
  readonly state: string;
  readonly error: RequestError | undefined;
  /** For what work it was inserted, and in which event; `undefined`: not in the record, or inserted with others at once. */
  readonly inserted:
    | { readonly id: number; readonly pid: number; readonly unit: WorkUnit | undefined }
    | undefined;
}

/** Runs in the order in which they ended; those that have not ended come last. Events oldest first. */
export function jobRuns(
  events: readonly PhoenixEvent[],
  parentOf: (pid: number) => number | undefined,
): readonly JobRun[] {
  const units = new WorkUnits(events, parentOf);
  const inserted = new Map<number, JobRun["inserted"]>();
  const done: JobRun[] = [];
  const open = new Map<number, JobRun>();
  for (const event of events) {
    const telemetry = event.kind === "telemetry" ? telemetryOf(event) : undefined;
    const number = telemetry?.metadata.fields("job").number("id");
    if (!telemetry || number === undefined) continue;
    if (telemetry.name === "oban.engine.insert_job.stop") {
      inserted.set(number, { id: event.id, pid: event.pid, unit: units.at(event.pid, event.ts) });
    } else if (telemetry.name === "oban.job.start") {
      open.set(event.pid, runOf(event, telemetry, number, inserted.get(number)));
    } else if (telemetry.name.startsWith("oban.job.")) {
      open.delete(event.pid);
      done.push(runOf(event, telemetry, number, inserted.get(number)));
    }
  }
  return [...done, ...open.values()];
}

function runOf(
  { id, pid, ts }: PhoenixEvent,
  telemetry: Telemetry,
  number: number,
  inserted: JobRun["inserted"],
): JobRun {
  const { name, metadata, measurements, durationNs } = telemetry;
  const job = metadata.fields("job");
  const failed = name.endsWith(".exception");
  const ended = !name.endsWith(".start");
  return {
    id,
    pid,
    job: number,
    worker: job.text("worker") ?? "?",
    queue: job.text("queue") ?? "?",
    attempt: job.number("attempt"),
    maxAttempts: job.number("max_attempts"),
    args: job.term("args"),
    startedAt: ts - BigInt(ended ? (durationNs ?? 0) : 0),
    durationNs: ended ? durationNs : undefined,
    queueNs: measurements.number("queue_time"),
    state: ended ? (metadata.name("state") ?? (failed ? "failure" : "success")) : "executing",
    error: failed ? raised(telemetry) : undefined,
    inserted,
  };
}
