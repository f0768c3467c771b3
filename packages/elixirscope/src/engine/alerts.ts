import type {
  AlertRow,
  AlertsAnswer,
  AlertsInput,
  AnomaliesAnswer,
  AnomalyRow,
  DiagnoseAnswer,
  FindingRow,
  ProcessRef,
} from "../protocol/index.ts";

/** It rests at least so long, and {@link REST_FACTOR} times as long as looking took. */
const LEAST_REST_MS = 5_000;
const REST_FACTOR = 10;
/** Told of what one look found; more at once nobody reads. */
const TOLD_AT_ONCE = 10;
const KEPT = 100;
/** What was told already, by what it is. */
const KNOWN = 5_000;
/** Before that a series has nothing to be held against, ns. */
const SERIES_FROM_NS = 120e9;

export interface AlertParts {
  diagnose(): Promise<DiagnoseAnswer>;
  anomalies(): Promise<AnomaliesAnswer>;
  process(handle: string): Promise<ProcessRef>;
  /** Newest event, its instant, and whether a node is being recorded. */
  now(): { readonly lastEventId: number; readonly t: number; readonly watching: boolean };
  /** Milliseconds of a clock that never jumps. */
  clock(): number;
}

/** What newly goes wrong: found by the detectors and by series, looked for while somebody asks. */
export class Alerts {
  readonly #parts: AlertParts;
  readonly #known = new Set<string>();
  #rows: readonly AlertRow[] = [];
  #nextId = 1;
  #untold = 0;
  #tookMs: number | null = null;
  #restUntil = Number.NEGATIVE_INFINITY;
  #lookedAt = -1;
  #looking: Promise<void> | undefined;

  constructor(parts: AlertParts) {
    this.#parts = parts;
  }

  async answer({ afterId = 0 }: AlertsInput): Promise<AlertsAnswer> {
    const { watching, lastEventId } = this.#parts.now();
    const due = watching && lastEventId !== this.#lookedAt && this.#parts.clock() >= this.#restUntil;
    if (due) this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    await this.#looking;
    return {
      rows: this.#rows.filter(({ id }) => id > afterId),
      untold: this.#untold,
      watching,
      tookMs: this.#tookMs,
      restMs: this.#rest(),
    };
  }

  #rest(): number {
    return Math.round(Math.max(LEAST_REST_MS, (this.#tookMs ?? 0) * REST_FACTOR));
  }

  async #look(): Promise<void> {
    const began = this.#parts.clock();
    const { lastEventId, t } = this.#parts.now();
    try {
      const { rows } = await this.#parts.diagnose();
      const anomalies = t >= SERIES_FROM_NS ? (await this.#parts.anomalies()).rows : [];
      this.#tell([
        ...rows.filter(({ verdict }) => verdict === "warn").map(ofFinding),
        ...(await Promise.all(anomalies.map((row) => this.#ofAnomaly(row)))),
      ]);
    } finally {
      // Where it cannot be looked it is rested as well: whoever asks gets the error, and nobody asks the store in a circle.
      this.#lookedAt = lastEventId;
      this.#tookMs = Math.round(this.#parts.clock() - began);
      this.#restUntil = this.#parts.clock() + this.#rest();
    }
  }

  #tell(found: readonly Found[]): void {
    const { t } = this.#parts.now();
    const fresh = found.filter(({ key }) => !this.#known.has(key));
    for (const { key } of fresh) this.#known.add(key);
    for (const key of this.#known) {
      if (this.#known.size <= KNOWN) break;
      this.#known.delete(key);
    }
    const at = new Date().toISOString();
    const told = fresh.slice(0, TOLD_AT_ONCE);
    this.#untold += fresh.length - told.length;
    const rows = told.map((one): AlertRow => {
      const { key: _, ...row } = one;
      return { ...row, id: this.#nextId++, t, at };
    });
    this.#rows = [...this.#rows, ...rows].slice(-KEPT);
  }

  async #ofAnomaly({ of, key, what, process, summary }: AnomalyRow): Promise<Found> {
    const { handle, pid, label, name } = process === null ? NOBODY : await this.#parts.process(process);
    return {
      key: `anomaly ${of} ${key} ${what} ${process}`,
      sort: "anomaly",
      detector: of,
      summary,
      processes: process === null ? [] : [{ handle, pid, label, name }],
      evidence: [],
    };
  }
}

interface Found extends Omit<AlertRow, "id" | "t" | "at"> {
  /** The same of two is told once. */
  readonly key: string;
}

const NOBODY: ProcessRef = { handle: "", pid: "", label: "", name: null };

/** The same fault again has other numbers, and mostly another process. */
const ofFinding = ({ detector, summary, processes, evidence }: FindingRow): Found => ({
  key: `${detector} ${summary.replace(/#PID<[\d.]+>/g, "#PID").replace(/\d+/g, "#")}`,
  sort: "finding",
  detector,
  summary,
  processes,
  evidence,
});
