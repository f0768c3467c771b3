import type { Block, Blocks } from "./blocks.ts";
import type { Stage, StagedTable } from "./stage.ts";

/**
 * Where a question reads from: the file up to an event, and the stages that hold what came after it. A move from a
 * stage to the file may end in the middle of a question; the bound keeps its rows from counting twice.
 */
export class Source {
  readonly #lastFiledId: number;
  readonly #stages: readonly Stage[];
  readonly #blocks: ReturnType<Blocks["read"]>;

  constructor(lastFiledId: number, stages: readonly Stage[], blocks: Blocks) {
    this.#lastFiledId = lastFiledId;
    this.#stages = stages.filter(({ events }) => events > 0);
    for (const stage of this.#stages) stage.startReading();
    this.#blocks = blocks.read();
  }

  /** Stretches of the file that are summarized, oldest first. */
  get blocks(): readonly Block[] {
    return this.#blocks.list;
  }

  /** What to write after FROM for events that pass the given conditions. */
  events(conditions: readonly string[]): string {
    if (this.#stages.length === 0) return `recording.events ${where(conditions)}`;
    const filed = `FROM recording.events ${where([`id <= ${this.#lastFiledId}`, ...conditions])}`;
    return this.#union(filed, "events", conditions);
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

  #union(filed: string, table: StagedTable, conditions: readonly string[]): string {
    const staged = this.#stages.map((stage) => `FROM ${stage.table(table)} ${where(conditions)}`);
    return `(${[filed, ...staged].join(" UNION ALL ")})`;
  }
}

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
