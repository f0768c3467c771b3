import { Atom, atom, decodeTerm, ErlangMap, encode, type Term, tuple } from "@elixirscope/etf";
import { type EventKind, LEVELS, type Level } from "../model/index.ts";
import { NewestEvents } from "./newest-events.ts";
import { Subscriptions } from "./phoenix/subscriptions.ts";
import type { TableEvent } from "./process-state.ts";
import { type PidResolver, ProcessTable, TABLE_KINDS } from "./process-table.ts";
import {
  bigintOf,
  dumpEnded,
  dumpTable,
  elements,
  fromUtf8,
  loadEnded,
  loadTable,
  mapOf,
  Reader,
  utf8,
  word,
} from "./table-dump.ts";

/** How much of a node was recorded at an instant. */
export interface LevelState {
  /** In force: a budget steps the level down from what was wanted. `off` while a breaker is open. */
  readonly level: string;
  /** Was a part of the processes left out, by a scope or a sample? */
  readonly partial: boolean;
  /** Since when messages, and states, have been recorded without a break, Unix nanoseconds; undefined: they are not. */
  readonly messagesSince: bigint | undefined;
  readonly statesSince: bigint | undefined;
}

/** Kinds that the tables are made of. */
export const PAST_KINDS: readonly EventKind[] = [...TABLE_KINDS, "session", "pubsub"];

/**
 * All that is folded from events and needed for a look at an instant: processes, levels, subscriptions, and the newest
 * events of each process. Written down from time to time, so that it can be had at any instant without starting anew.
 */
export class PastTables {
  readonly table: ProcessTable;
  readonly newest: NewestEvents;
  readonly subscriptions: Subscriptions;
  /** By number of the node. */
  readonly levels: Map<number, LevelState> = new Map();
  /** Of tables that were loaded: how many processes had ended by then; -1: it does not say. */
  #ended = -1;

  constructor(
    resolver: PidResolver,
    table: ProcessTable = new ProcessTable(resolver),
    newest: NewestEvents = new NewestEvents(),
  ) {
    this.table = table;
    this.newest = newest;
    this.subscriptions = new Subscriptions((pid) => resolver.pid(pid));
  }

  /** An event of {@link PAST_KINDS}. */
  apply(event: TableEvent): void {
    this.table.apply(event);
    this.applyRest(event);
  }

  /** What is beside the process table, where somebody else takes care of that. */
  applyRest(event: TableEvent): void {
    if (event.kind === "session") this.#session(event);
    else if (event.kind === "pubsub" || event.kind === "exit") this.subscriptions.step(event);
  }

  #session(event: TableEvent): void {
    if (event.payload.length === 0) return;
    const [what, value] = elements(decodeTerm(event.payload, 0).term);
    const known = this.levels.get(event.node);
    if (word(what) === "tracing" && value instanceof ErlangMap)
      this.#inForce(event, word(value.get("level")), isPartial(value));
    else if (word(what) === "in_force") this.#inForce(event, word(value), known?.partial ?? false);
  }

  #inForce({ node, ts }: TableEvent, level: string, partial: boolean): void {
    const known = this.levels.get(node);
    const rank = (LEVELS as readonly string[]).indexOf(level);
    const since = (least: Level, before: bigint | undefined): bigint | undefined =>
      rank < LEVELS.indexOf(least) ? undefined : (before ?? ts);
    const messagesSince = since("messages", known?.messagesSince);
    this.levels.set(node, { level, partial, messagesSince, statesSince: since("state", known?.statesSince) });
  }

  /** External term format. */
  dump(): Uint8Array {
    const alive = [...this.table.processes.values()].filter((process) => process.alive);
    return encode(
      mapOf({
        version: 1,
        ended: this.table.ended,
        table: dumpTable(this.table),
        newest: this.newest.dump(alive.map(({ index }) => index)),
        levels: [...this.levels].map(([node, { level, partial, messagesSince, statesSince }]) =>
          tuple(
            node,
            atom(level),
            partial ? 1 : 0,
            messagesSince ?? atom("none"),
            statesSince ?? atom("none"),
          ),
        ),
        subscriptions: [...this.subscriptions.topics].flatMap(([pubsub, byTopic]) =>
          [...byTopic].map(([topic, pids]) => tuple(atom(pubsub), utf8(topic), pids)),
        ),
      }),
    );
  }

  /** Those that ended after so many others, in external term format; see {@link restoreEnded}. */
  dumpEnded(since: number): Uint8Array {
    return encode(dumpEnded(this.table, this.table.endedSince(since)));
  }

  /**
   * Of tables that were loaded: adds all that had ended by then, from what was dumped of them one after the other.
   * @returns whether that is all of them
   */
  restoreEnded(dumps: readonly Uint8Array[]): boolean {
    const found = dumps.reduce((sum, bytes) => sum + loadEnded(this.table, decodeTerm(bytes, 1).term), 0);
    return found === this.#ended;
  }

  static load(bytes: Uint8Array, resolver: PidResolver): PastTables {
    const fields = new Reader(decodeTerm(bytes, 1).term);
    const newest = fields.term("newest");
    const tables = new PastTables(
      resolver,
      loadTable(fields.term("table") ?? [], resolver),
      newest instanceof Uint8Array ? NewestEvents.load(newest) : undefined,
    );
    const ended = fields.term("ended");
    if (typeof ended === "number") tables.#ended = ended;
    for (const one of fields.list("levels")) {
      const [node, level, partial, messages, states] = elements(one);
      const since = (term: Term | undefined): bigint | undefined =>
        term instanceof Atom ? undefined : bigintOf(term);
      const [messagesSince, statesSince] = [since(messages), since(states)];
      const state = { level: word(level), partial: partial === 1, messagesSince, statesSince };
      tables.levels.set(Number(node), state);
    }
    for (const one of fields.list("subscriptions")) {
      const [pubsub, topic, pids] = elements(one);
      for (const pid of (Array.isArray(pids) ? pids : []) as readonly Term[])
        tables.subscriptions.add(word(pubsub), fromUtf8(topic), Number(pid));
    }
    return tables;
  }
}

/** A scope that is not everything, exceptions, or a sample of the processes. */
function isPartial(tracing: ErlangMap): boolean {
  const scope = tracing.get("scope");
  const except = tracing.get("except");
  const sample = tracing.get("sample");
  const all = scope instanceof Atom || scope === undefined;
  const none = except === undefined || (Array.isArray(except) && except.length === 0);
  const pids = sample instanceof ErlangMap ? sample.get("pids") : undefined;
  return !all || !none || (typeof pids === "number" && pids < 10_000);
}
