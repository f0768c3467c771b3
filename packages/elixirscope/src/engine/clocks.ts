import { setTimeout as delay } from "node:timers/promises";
import { between, ClockEstimate, type ClockOffset, correction } from "../analysis/index.ts";
import type { NodeClock } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";
import type { NodeLook, Session } from "../tracer/index.ts";

/** Looks at an attach: the shortest of so many ways is a short one. */
const FIRST_LOOKS = 6;
/** One that does not answer is not waited for any longer: its clock is put right later. */
const FIRST_MS = 2_000;
/** An estimate is written down again after so long; a correction at once. */
const NOTE_MS = 60_000;
/** Corrections that a recording tells of, at most: the newest. */
const CORRECTIONS = 1_000;

interface KnownClock {
  readonly estimate: ClockEstimate;
  /** Nanoseconds from its monotonic clock to its time, as it said itself at the first attach. */
  readonly own: bigint;
  /** Nanoseconds by which its time is put right at the moment. */
  corrected: bigint;
  session: Session | undefined;
}

interface Correction {
  readonly node: number;
  /** Unix nanoseconds on the timeline. */
  readonly ts: string;
  readonly byNs: number;
}

/** What a recording keeps of it, as JSON in the fact `clocks`. */
interface Kept {
  readonly reference: number;
  readonly nodes: Readonly<Record<string, NodeClock>>;
  readonly corrections: readonly Correction[];
}

const KEY = "clocks";

/**
 * Where the clocks of the nodes stand. The timeline's is that of the node that was attached to first; how far another one's is
 * ahead of it is estimated from looks at both, and its events are put onto the timeline's where they cannot be equal.
 */
export class Clocks {
  readonly #store: TraceStore;
  readonly #now: () => bigint;
  readonly #known = new Map<number, KnownClock>();
  #corrections: Correction[] = [];
  #reference: number | undefined;
  #notedAt = 0;

  /** @param now the newest instant of the timeline */
  constructor(store: TraceStore, now: () => bigint) {
    this.#store = store;
    this.#now = now;
  }

  /** Before anything of this attach is traced. */
  async start(session: Session): Promise<void> {
    const { index, timeOffset } = session.node;
    this.#reference ??= index;
    const known: KnownClock = this.#known.get(index) ?? {
      estimate: new ClockEstimate(),
      own: timeOffset,
      corrected: 0n,
      session: undefined,
    };
    this.#known.set(index, known);
    known.session = session;
    session.clock.start(known.own - known.corrected);
    void session.closed.then(() => {
      if (known.session === session) known.session = undefined;
    });
    const reference = this.#known.get(this.#reference);
    for (const one of new Set([reference, known])) if (one) await this.#firstLooks(one);
    const offset = this.#offset(known);
    if (offset) {
      known.corrected += correction(offset, known.corrected);
      session.clock.start(known.own - known.corrected);
    }
    this.#note();
  }

  /** As many as one that answers at once is asked for. */
  async #firstLooks(known: KnownClock): Promise<void> {
    const tooLate = new AbortController();
    const late = delay(FIRST_MS, undefined, { signal: tooLate.signal, ref: false }).catch(() => undefined);
    for (let i = 0; i < FIRST_LOOKS; i++) {
      const look = await Promise.race([known.session?.look().catch(() => undefined), late]);
      if (!look) break;
      this.#add(known, look);
    }
    tooLate.abort();
  }

  /** A look at a node that is attached. */
  seen({ node, clock }: Session, look: NodeLook): void {
    const known = this.#known.get(node.index);
    if (!known) return;
    this.#add(known, look);
    const corrected = known.own - clock.timeOffset;
    const isCorrected = corrected !== known.corrected;
    if (isCorrected) {
      const byNs = Number(known.corrected - corrected);
      this.#corrections = [...this.#corrections, { node: node.index, ts: String(this.#now()), byNs }].slice(
        -CORRECTIONS,
      );
      known.corrected = corrected;
    }
    const offset = this.#offset(known);
    if (offset) clock.setAhead(correction(offset, corrected));
    if (isCorrected || performance.now() - this.#notedAt > NOTE_MS) this.#note();
  }

  /** Of a node by its number; null where there is none to compare it with. */
  of(node: number): NodeClock | null {
    const known = this.#known.get(node);
    const offset = known && this.#known.size > 1 ? this.#offset(known) : undefined;
    if (!known || !offset) return null;
    return {
      aheadNs: Number(offset.ahead),
      errorNs: Number(offset.error),
      correctedNs: Number(known.own - (known.session?.clock.timeOffset ?? known.own - known.corrected)),
      isTimeline: node === this.#reference,
    };
  }

  /** Writes down how it is now. */
  stop(): void {
    this.#note();
  }

  #add({ estimate, own }: KnownClock, { asked, answered, at }: NodeLook): void {
    estimate.add({ asked, answered, read: at + own });
  }

  #offset(known: KnownClock): ClockOffset | undefined {
    const reference = this.#known.get(this.#reference ?? -1);
    if (known === reference) return { ahead: 0n, error: 0n };
    const now = process.hrtime.bigint();
    const [one, other] = [known.estimate.at(now), reference?.estimate.at(now)];
    return one && other && between(one, other);
  }

  #note(): void {
    if (this.#known.size < 2 || this.#reference === undefined) return;
    this.#notedAt = performance.now();
    const nodes = [...this.#known.keys()].flatMap((node) => {
      const clock = this.of(node);
      return clock ? [[String(node), clock] as const] : [];
    });
    const kept: Kept = {
      reference: this.#reference,
      nodes: Object.fromEntries(nodes),
      corrections: this.#corrections,
    };
    this.#store.putMeta(KEY, JSON.stringify(kept));
  }
}

/** As a recording has it, by number of the node. */
export function keptClock(meta: ReadonlyMap<string, string>, node: number): NodeClock | null {
  const text = meta.get(KEY);
  return text === undefined ? null : ((JSON.parse(text) as Kept).nodes[node] ?? null);
}
