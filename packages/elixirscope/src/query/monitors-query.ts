import { Atom, decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import {
  type MonitorSpan,
  type ProcessState,
  type ProcessTable,
  untoldMonitors,
  walkMonitors,
} from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { MonitorRow, ProcessMonitors } from "../protocol/index.ts";
import type { EventFilter, StoredEvent, TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import type { Lookup } from "./lookup.ts";
import type { ProcessNames } from "./process-names.ts";

/** Newest monitors that are looked at. */
const EVENTS = 20_000;
const KINDS = ["monitor", "demonitor"] as const;

interface Parts {
  readonly store: TraceStore;
  readonly table: ProcessTable;
  readonly lookup: Lookup;
  readonly names: ProcessNames;
  readonly clock: Clock;
  /** Of an instant in the past: events until then; `table` is that of the instant, too. */
  readonly until?: EventFilter;
}

/** Who monitors whom now; of a process that ended, at its end. */
export class MonitorsQuery {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async of(state: ProcessState): Promise<ProcessMonitors> {
    const [own, others] = await Promise.all([this.#own(state), this.#others(state)]);
    return {
      monitors: own.rows,
      monitoredBy: others.rows,
      monitorsComplete: own.complete && others.complete,
    };
  }

  async #own(state: ProcessState): Promise<{ rows: readonly MonitorRow[]; complete: boolean }> {
    const { events, complete } = await this.#events({ kinds: KINDS, pids: [state.index] });
    const { spans, unknown } = walkMonitors(events, this.#result());
    const rows = this.#holding(spans, state).map((span) => this.#row(span, span.set.peer));
    const before = untoldMonitors(state.monitors, state.monitorsAt, spans).flatMap((index) =>
      this.#before(state, index, unknown.length === 0),
    );
    return { rows: [...before, ...rows], complete };
  }

  async #others(state: ProcessState): Promise<{ rows: readonly MonitorRow[]; complete: boolean }> {
    const setters = await this.#events({ kinds: ["monitor"], peers: [state.index, NONE] });
    const mine = setters.events.filter(({ peer }) => peer === state.index);
    const pids = [...new Set(mine.map(({ pid }) => pid))];
    const found =
      pids.length > 0 ? await this.#events({ kinds: KINDS, pids }) : { events: [], complete: true };
    const { spans } = walkMonitors(found.events, this.#result());
    const rows = this.#holding(spans, state)
      .filter(({ set }) => set.peer === state.index)
      .map((span) => this.#row(span, span.set.pid));
    const before = [...this.#parts.table.processes.values()]
      .filter((other) => other.monitors.includes(state.index) && this.#outlives(other, state))
      .flatMap((other) => {
        const own = spans.filter(({ set }) => set.pid === other.index);
        const untold = untoldMonitors(other.monitors, other.monitorsAt, own);
        return untold.filter((index) => index === state.index).map(() => this.#ofAttach(other.index, true));
      });
    return { rows: [...before, ...rows], complete: setters.complete && found.complete };
  }

  /** Those that hold while `state` lives, or held at its end. */
  #holding(spans: readonly MonitorSpan[], state: ProcessState): readonly MonitorSpan[] {
    const end = state.exitedAt;
    return spans.filter(({ set, taken }) => {
      if (taken !== undefined && (end === undefined || taken.ts <= end)) return false;
      const other = this.#parts.table.processes.get(set.pid === state.index ? set.peer : set.pid);
      return other === undefined || this.#outlives(other, state);
    });
  }

  /** Does `other` live, or did it live when `state` ended? */
  #outlives(other: ProcessState, state: ProcessState): boolean {
    if (other.alive || other === state) return true;
    return state.exitedAt !== undefined && (other.exitedAt ?? 0n) >= state.exitedAt;
  }

  #before(state: ProcessState, index: number, certain: boolean): readonly MonitorRow[] {
    const other = this.#parts.table.processes.get(index);
    return other === undefined || this.#outlives(other, state) ? [this.#ofAttach(index, certain)] : [];
  }

  #ofAttach(index: number, certain: boolean): MonitorRow {
    return { process: this.#parts.names.ref(index), item: null, since: null, event: null, certain };
  }

  #row({ set }: MonitorSpan, other: number): MonitorRow {
    const { names, clock, lookup } = this.#parts;
    const process = names.ref(other);
    const item = process === null ? lookup.inspect(itemOf(set.payload), 200).text : null;
    return { process, item, since: clock.t(set.ts), event: set.id, certain: true };
  }

  async #events(
    filter: EventFilter,
  ): Promise<{ readonly events: readonly StoredEvent[]; readonly complete: boolean }> {
    const newest = await this.#parts.store.events({
      ...filter,
      ...this.#parts.until,
      order: "newest_first",
      limit: EVENTS,
    });
    const events = newest
      .toReversed()
      .map((event) => (event.peer === NONE ? { ...event, peer: this.#named(event) } : event));
    return { events, complete: newest.length < EVENTS };
  }

  /** Who is monitored by a name of which, when it was set, nobody had told yet who holds it. */
  #named({ kind, ts, node, payload }: StoredEvent): number {
    const item = kind === "monitor" ? itemOf(payload) : undefined;
    const { lookup, table } = this.#parts;
    const [name, at] = item instanceof Tuple ? item.elements : [item];
    if (!(name instanceof Atom)) return NONE;
    const atom = lookup.atom(name.name);
    const holders = [...table.processes.values()].filter(
      (state) =>
        (at instanceof Atom ? lookup.process(state.index)?.node === at.name : state.node === node) &&
        (state.name === atom || state.formerName === atom) &&
        (state.spawnedAt ?? ts) <= ts &&
        (state.exitedAt ?? ts) >= ts,
    );
    return holders.length === 1 ? holders[0]!.index : NONE;
  }

  #result(): number {
    const result = this.#parts.lookup.atom("result");
    // Where nothing was ever answered no event has the tag.
    return result === NONE ? Number.NaN : result;
  }
}

/** `{Type, Item}` */
function itemOf(payload: Uint8Array): Term {
  const { term } = decodeTerm(payload, 0);
  return term instanceof Tuple && term.elements.length === 2 ? term.elements[1]! : term;
}
