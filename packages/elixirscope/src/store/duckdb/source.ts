import type { EventKind } from "../../model/index.ts";
import type { Block, Blocks } from "./blocks.ts";
import { areRare, RARE } from "./rare.ts";
import type { Stage, StagedTable } from "./stage.ts";

/** Where more than one event in so many is of a rare kind, these are no easier to find in a table of their own. */
const RARE_SHARE = 8;

/** The file up to an event, and what is known of it. */
export interface Filed {
  readonly lastId: number;
  readonly blocks: Blocks;
  /** Recordings of earlier versions lack the table `rare_events`. */
  readonly hasRareEvents: boolean;
}

/**
 * Where a question reads from: the file up to an event, and the stages that hold what came after it. A move from a
 * stage to the file may end in the middle of a question; the bound keeps its rows from counting twice.
 */
export class Source {
  readonly #lastFiledId: number;
  readonly #stages: readonly Stage[];
  readonly #blocks: ReturnType<Blocks["read"]>;
  readonly #hasRareEvents: boolean;

  constructor({ lastId, blocks, hasRareEvents }: Filed, stages: readonly Stage[]) {
    this.#lastFiledId = lastId;
    this.#stages = stages.filter(({ events }) => events > 0);
    for (const stage of this.#stages) stage.startReading();
    this.#blocks = blocks.read();
    this.#hasRareEvents = hasRareEvents;
  }

  /** Stretches of the file that are summarized, oldest first. */
  get blocks(): readonly Block[] {
    return this.#blocks.list;
  }

  /** What to write after FROM for events that pass the given conditions. @param kinds those that these leave */
  events(conditions: readonly string[], kinds?: readonly EventKind[]): string {
    const table = this.filed(kinds);
    if (this.#stages.length === 0) return `${table} ${where(conditions)}`;
    const filed = `FROM ${table} ${where([`id <= ${this.#lastFiledId}`, ...conditions])}`;
    return this.#union(filed, "events", conditions);
  }

  /** The table of the file that has all events of these kinds and the least of others. */
  filed(kinds: readonly EventKind[] | undefined): "recording.events" | "recording.rare_events" {
    const isApart = this.#hasRareEvents && areRare(kinds) && this.#areFew();
    return isApart ? "recording.rare_events" : "recording.events";
  }

  /** The same for a table whose rows may be given twice. */
  other(table: StagedTable, conditions: readonly string[]): string {
    if (this.#stages.length === 0) return `recording.${table} ${where(conditions)}`;
    return this.#union(`FROM recording.${table} ${where(conditions)}`, table, conditions);
  }

  release(): void {
    for (const stage of this.#stages) stage.endReading();
    this.#blocks.release();
  }

  /** As far as blocks tell: what is in none is soon looked through. */
  #areFew(): boolean {
    let [all, rare] = [0, 0];
    for (const { kinds } of this.blocks) {
      for (const [code, { count }] of kinds) {
        all += count;
        if (RARE[code] === 1) rare += count;
      }
    }
    return rare * RARE_SHARE <= all;
  }

  #union(filed: string, table: StagedTable, conditions: readonly string[]): string {
    const staged = this.#stages.map((stage) => `FROM ${stage.table(table)} ${where(conditions)}`);
    return `(${[filed, ...staged].join(" UNION ALL ")})`;
  }
}

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
