import { Pid, type Term } from "@elixirscope/etf";
import { EVENT_KINDS, type EventBatch, NONE } from "../model/index.ts";
import type { Dictionary } from "./dictionary.ts";

/** A process has set its label and names when it has lived so long; most that are spawned in a flood are gone by then. */
const SETTLED_MS = 400;
const TICK_MS = 250;
/** Asked for at once, so that the agent spends little on it; the rest waits. */
const AT_ONCE = 100;
/** More are not remembered: in a flood of processes that live on, not everyone is asked for. */
const MAX_WAITING = 5_000;

/**
 * Which processes the agent should describe (again): those that were started and still live a moment later, and
 * supervisors that were asked for something which changes their children but no link.
 */
export class Refresher {
  readonly #dictionary: Dictionary;
  readonly #node: string;
  readonly #ask: (pids: readonly Term[]) => void;
  /** When each was started or asked, in milliseconds of our clock; oldest first. */
  readonly #waiting = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(dictionary: Dictionary, node: string, ask: (pids: readonly Term[]) => void) {
    this.#dictionary = dictionary;
    this.#node = node;
    this.#ask = ask;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  note(batch: EventBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const kind = batch.kind[i];
      const pid = batch.pid[i]!;
      if (kind === EVENT_KINDS.exit) this.#waiting.delete(pid);
      else if (kind === EVENT_KINDS.spawned) this.#wait(pid);
      // A supervisor's children have no tag; what it was asked for has.
      else if (kind === EVENT_KINDS.supervisor && batch.tag[i] !== NONE) this.#wait(pid);
    }
  }

  #wait(pid: number): void {
    if (this.#waiting.size < MAX_WAITING && !this.#waiting.has(pid))
      this.#waiting.set(pid, performance.now());
  }

  #tick(): void {
    const until = performance.now() - SETTLED_MS;
    const settled: Term[] = [];
    for (const [pid, since] of this.#waiting) {
      if (since > until || settled.length >= AT_ONCE) break;
      this.#waiting.delete(pid);
      const entry = this.#dictionary.processes.entries[pid];
      if (entry?.node === this.#node)
        settled.push(new Pid(entry.node, entry.id, entry.serial, entry.creation));
    }
    if (settled.length > 0) this.#ask(settled);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
