import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { columnsOf, STAGED_TABLES } from "./schema.ts";

/** Runs statements one after the other. */
interface Statements {
  execute(sql: string): Promise<void>;
}

export type StagedTable = (typeof STAGED_TABLES)[number];

/**
 * Tables in memory, like those of the file, which take up what is appended. Appending to memory is quick and bound to
 * nothing; moving to the file (compression, the log, the disk) happens later and on other threads.
 */
export class Stage {
  readonly #schema: string;
  readonly #appenders: Record<StagedTable, DuckDBAppender>;
  readonly #used = new Set<StagedTable>();
  /** Events, and bytes of batches, that were written to it. */
  events = 0;
  bytes = 0;
  dictionaryRows = 0;
  #readers = 0;
  #unread: (() => void) | undefined;

  private constructor(schema: string, appenders: Record<StagedTable, DuckDBAppender>) {
    this.#schema = schema;
    this.#appenders = appenders;
  }

  /** @param appending connection that runs nothing else: appenders write while statements run on other ones */
  static async create(statements: Statements, appending: DuckDBConnection, number: number): Promise<Stage> {
    const schema = `memory.stage_${number}`;
    const tables = STAGED_TABLES.map((table) => `CREATE TABLE ${schema}.${table} (${definitionOf(table)});`);
    await statements.execute(`CREATE SCHEMA ${schema}; ${tables.join(" ")}`);
    const appenders: Partial<Record<StagedTable, DuckDBAppender>> = {};
    for (const table of STAGED_TABLES) {
      appenders[table] = await appending.createAppender(table, `stage_${number}`, "memory");
    }
    return new Stage(schema, appenders as Record<StagedTable, DuckDBAppender>);
  }

  get isEmpty(): boolean {
    return this.events === 0 && this.dictionaryRows === 0;
  }

  /** Whoever asks for it writes to it. */
  appender(table: StagedTable): DuckDBAppender {
    this.#used.add(table);
    return this.#appenders[table];
  }

  /** Those that may have rows. */
  get used(): ReadonlySet<StagedTable> {
    return this.#used;
  }

  flush(): void {
    for (const table of this.#used) this.#appenders[table].flushSync();
  }

  /** What to write after FROM for the rows of a table. */
  table(table: StagedTable): string {
    return table === "events"
      ? `(SELECT ${UNPACKED} FROM ${this.#schema}.events)`
      : `${this.#schema}.${table}`;
  }

  closeAppenders(): void {
    for (const table of STAGED_TABLES) this.#appenders[table].closeSync();
  }

  /** While somebody reads, the stage stays, even when its rows are in the file already. */
  startReading(): void {
    this.#readers++;
  }

  endReading(): void {
    this.#readers--;
    if (this.#readers === 0) this.#unread?.();
  }

  async drop(statements: Statements): Promise<void> {
    if (this.#readers > 0) {
      await new Promise<void>((resolve) => {
        this.#unread = resolve;
      });
    }
    await statements.execute(`DROP SCHEMA ${this.#schema} CASCADE`);
  }
}

/**
 * Events are one column here, a struct of those of the file: DuckDB estimates the distinct values of every column that
 * is no struct, which costs more than all the rest of appending.
 */
const UNPACKED = columnsOf("events")
  .map(([column]) => `e.${column} AS ${column}`)
  .join(", ");

function definitionOf(table: StagedTable): string {
  const columns = columnsOf(table)
    .map(([name, type]) => `${name} ${type}`)
    .join(", ");
  return table === "events" ? `e STRUCT(${columns})` : columns;
}
