import type { AlertRow, AlertsAnswer, AlertsInput, DiagnoseAnswer, FindingRow } from "../protocol/index.ts";

/** It rests at least so long, and {@link REST_FACTOR} times as long as looking took. */
const LEAST_REST_MS = 5_000;
const REST_FACTOR = 10;
/** Told of what one look found; more at once nobody reads. */
const TOLD_AT_ONCE = 10;
const KEPT = 100;
/**
 * Where three looks in a row held the thread so long, the last one is the last: the node gives up who sends no beat for 700 ms.
 * A single one may have met a machine that stood still.
 */
const LONGEST_HOLD_MS = 250;
const HEAVY_LOOKS = 3;
const TOO_HEAVY =
  "Looking for what goes wrong held up the recording, so that it is not done by itself any more. Ask for it: diagnose.";
/** What was told already, by what it is. */
const KNOWN = 5_000;
export interface AlertParts {
  diagnose(): Promise<DiagnoseAnswer>;
  /** Begins to watch for how long the thread is held at a time; the result tells the longest, ms. */
  holds(): () => number;
  /** Newest event, its instant, and whether a node is being recorded. */
  now(): { readonly lastEventId: number; readonly t: number; readonly watching: boolean };
  /** Milliseconds of a clock that never jumps. */
  clock(): number;
}

/** What newly goes wrong: found by the detectors, looked for while somebody asks. */
export class Alerts {
  readonly #parts: AlertParts;
  readonly #known = new Set<string>();
  #rows: readonly AlertRow[] = [];
  #nextId = 1;
  #untold = 0;
  #tookMs: number | null = null;
  #restUntil = Number.NEGATIVE_INFINITY;
  #lookedAt = -1;
  /** Looks in a row that held the thread too long. */
  #heavy = 0;
  #looking: Promise<void> | undefined;

  constructor(parts: AlertParts) {
    this.#parts = parts;
  }

  async answer({ afterId = 0 }: AlertsInput): Promise<AlertsAnswer> {
    const { watching, lastEventId } = this.#parts.now();
    const due =
      watching && !this.#tooHeavy && lastEventId !== this.#lookedAt && this.#parts.clock() >= this.#restUntil;
    if (due) this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    await this.#looking;
    return {
      rows: this.#rows.filter(({ id }) => id > afterId),
      untold: this.#untold,
      watching,
      why: this.#tooHeavy ? TOO_HEAVY : "",
      tookMs: this.#tookMs,
      restMs: this.#rest(),
    };
  }

  get #tooHeavy(): boolean {
    return this.#heavy >= HEAVY_LOOKS;
  }

  #rest(): number {
    return Math.round(Math.max(LEAST_REST_MS, (this.#tookMs ?? 0) * REST_FACTOR));
  }

  async #look(): Promise<void> {
    const began = this.#parts.clock();
    const { lastEventId } = this.#parts.now();
    const longest = this.#parts.holds();
    try {
      const { rows } = await this.#parts.diagnose();
      this.#tell(rows.filter(({ verdict }) => verdict === "warn").map(ofFinding));
    } finally {
      // Where it cannot be looked it is rested as well: whoever asks gets the error, and nobody asks the store in a circle.
      this.#lookedAt = lastEventId;
      this.#heavy = longest() > LONGEST_HOLD_MS ? this.#heavy + 1 : 0;
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
}

interface Found extends Omit<AlertRow, "id" | "t" | "at"> {
  /** The same of two is told once. */
  readonly key: string;
}

/** The same fault again has other numbers, and mostly another process. */
const ofFinding = ({ detector, summary, processes, evidence }: FindingRow): Found => ({
  key: `${detector} ${summary.replace(/#PID<[\d.]+>/g, "#PID").replace(/\d+/g, "#")}`,
  detector,
  summary,
  processes,
  evidence,
});
