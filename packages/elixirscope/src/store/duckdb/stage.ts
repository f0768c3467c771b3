import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";

/** Tables that are filled while recording. The file and each stage have them all. */
export const STAGED_TABLES = ["processes", "functions", "atoms", "batches", "pieces", "events"] as const;
export type StagedTable = (typeof STAGED_TABLES)[number];

/**
 * Tables in memory, like those of the file, which take up what is appended. Appending to memory is quick and bound to
 * nothing; moving to the file (compression, the log, the disk) happens later and on other threads.
 */
export class Stage {
  readonly #schema: string;
  readonly #appenders: Record<StagedTable, DuckDBAppender>;
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

  static async create(connection: DuckDBConnection, number: number): Promise<Stage> {
    const schema = `memory.stage_${number}`;
    const tables = STAGED_TABLES.map(
      (table) => `CREATE TABLE ${schema}.${table} AS FROM recording.${table} LIMIT 0;`,
    );
    await connection.run(`CREATE SCHEMA ${schema}; ${tables.join(" ")}`);
    const appenders: Partial<Record<StagedTable, DuckDBAppender>> = {};
    for (const table of STAGED_TABLES) {
      appenders[table] = await connection.createAppender(table, `stage_${number}`, "memory");
    }
    return new Stage(schema, appenders as Record<StagedTable, DuckDBAppender>);
  }

  get isEmpty(): boolean {
    return this.events === 0 && this.dictionaryRows === 0;
  }

  appender(table: StagedTable): DuckDBAppender {
    return this.#appenders[table];
  }

  table(table: StagedTable): string {
    return `${this.#schema}.${table}`;
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

  async drop(connection: DuckDBConnection): Promise<void> {
    if (this.#readers > 0) {
      await new Promise<void>((resolve) => {
        this.#unread = resolve;
      });
    }
    await connection.run(`DROP SCHEMA ${this.#schema} CASCADE`);
  }
}
