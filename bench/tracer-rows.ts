import { availableParallelism } from "node:os";

export type Kind = "messages" | "calls" | "states";

/** One measurement; rates are per second. */
export interface Measured {
  readonly ops: number;
  /** Milliseconds of processor time, of the node and of whoever observes it. */
  readonly cpuMs: number;
  /** Of everything on the machine, and how long it was measured. */
  readonly busyMs: number;
  readonly ms: number;
  readonly events: number;
  /** Events that can be asked for, for a second of tracing and of what it takes afterwards until they can. */
  readonly queryable: number;
  readonly dropped: number;
  readonly mailbox: number;
  readonly bytes: number;
}

export interface Row {
  readonly workload: Kind;
  readonly processes: number;
  readonly tracer: string;
  /** What the application does: a message and its answer, a call, a request. */
  readonly "app ops/s": number;
  /** Of what it does untraced, and of what it does under the discarding tracer. */
  readonly "of untraced": number;
  readonly "of discarding": number;
  /**
   * The same for a second of processor time in place of a second: says what a machine without idle processors keeps, and is
   * not disturbed by other work on this one.
   */
  readonly "of discarding, CPU": number;
  readonly "events/s": number;
  readonly "queryable/s": number;
  readonly "dropped/s": number;
  /** Longest mailbox of the tracer, and by how much the node's memory rose at most. */
  readonly mailbox: number;
  readonly "node MB": number;
  /** How much of the machine other programs took meanwhile: more than a little, and the row says less. */
  readonly "others, % of the machine": number;
}

const othersPercent = ({ busyMs, cpuMs, ms }: Measured): number =>
  Math.max(0, Math.round((100 * (busyMs - cpuMs)) / (ms * availableParallelism())));

const round = (value: number): number => Math.round(value * 1000) / 1000;
const forCpu = ({ ops, cpuMs }: Measured): number => ops / Math.max(cpuMs, 1);

export function rowOf(
  workload: Kind,
  processes: number,
  tracer: string,
  measured: Measured,
  base: { readonly none: Measured; readonly discarding: Measured },
): Row {
  return {
    workload,
    processes,
    tracer,
    "app ops/s": Math.round(measured.ops),
    "of untraced": round(measured.ops / base.none.ops),
    "of discarding": round(measured.ops / base.discarding.ops),
    "of discarding, CPU": round(forCpu(measured) / forCpu(base.discarding)),
    "events/s": Math.round(measured.events),
    "queryable/s": Math.round(measured.queryable),
    "dropped/s": Math.round(measured.dropped),
    mailbox: measured.mailbox,
    "node MB": Math.round(measured.bytes / 1e5) / 10,
    "others, % of the machine": othersPercent(measured),
  };
}

const ours = (rows: readonly Row[]): readonly Row[] => rows.filter(({ tracer }) => tracer === "elixirscope");

/** The least that an application keeps under ElixirScope, and where. */
export function worst(rows: readonly Row[]): string {
  const [row] = ours(rows).toSorted((a, b) => a["of discarding"] - b["of discarding"]);
  return row ? `${row["of discarding"]} (${row.workload}, ${row.processes} processes)` : "";
}

/** How many times the events of the best other tool can be asked for under ElixirScope, where that is least. */
export function peerFactor(rows: readonly Row[]): string {
  const factors = ours(rows).map((row) => {
    const others = rows.filter(
      (other) =>
        other.workload === row.workload &&
        other.processes === row.processes &&
        !other.tracer.startsWith("elixirscope"),
    );
    const [best] = others.toSorted((a, b) => b["queryable/s"] - a["queryable/s"]);
    return {
      row,
      best,
      factor: best ? row["queryable/s"] / Math.max(best["queryable/s"], 1) : Number.POSITIVE_INFINITY,
    };
  });
  const [least] = factors.toSorted((a, b) => a.factor - b.factor);
  if (!least?.best) return "";
  const { row, best, factor } = least;
  return `${round(factor)} (${row.workload}, ${row.processes} processes, ${best.tracer})`;
}
