import { stat } from "node:fs/promises";
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from "@duckdb/node-api";
import type { Removed } from "../removals.ts";
import type { Blocks } from "./blocks.ts";
import { tryCheckpoint } from "./checkpoint.ts";
import { IS_RARE } from "./rare.ts";
import type { Retention } from "./retention.ts";
import type { Stage } from "./stage.ts";

/** Size of the log beside the file above which it is merged into the file. */
const CHECKPOINT_LOG_BYTES = 32 * 1024 * 1024;

/**
 * All statements that change something, one after the other on one connection (a second statement would end the first),
 * and never on the thread of JavaScript.
 */
export class FileWriter {
  readonly #connection: DuckDBConnection;
  readonly #log: string;
  readonly #blocks: Blocks;
  #queue: Promise<void> = Promise.resolve();

  private constructor(connection: DuckDBConnection, log: string, blocks: Blocks) {
    this.#connection = connection;
    this.#log = log;
    this.#blocks = blocks;
  }

  static async open(instance: DuckDBInstance, path: string, blocks: Blocks): Promise<FileWriter> {
    return new FileWriter(await instance.connect(), `${path}.wal`, blocks);
  }

  /** One transaction: after a crash an event has its payload and its names, or is not there. */
  move(stage: Stage): Promise<void> {
    return this.#inTurn(async () => {
      const inserts = [...stage.used].map(
        (table) => `INSERT INTO recording.${table} FROM ${stage.table(table)};`,
      );
      const events = stage.table("events");
      if (stage.used.has("events"))
        inserts.push(`INSERT INTO recording.rare_events FROM ${events} WHERE ${IS_RARE};`);
      await this.#connection.run(`BEGIN; ${inserts.join(" ")} COMMIT;`);
      // Where it cannot be now, the next move tries again.
      if (await this.#logIsLong()) await tryCheckpoint(this.#connection);
    });
  }

  /** Where a block of events has become complete, what questions look at in place of all of them. */
  summarize(lastFiledId: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#blocks.next(this.#connection, lastFiledId);
    });
  }

  /** Brings the file back within its limits. */
  async retain(retention: Retention): Promise<Removed | undefined> {
    let removed: Removed | undefined;
    await this.#inTurn(async () => {
      removed = await retention.pass(this.#connection, this.#blocks);
    });
    return removed;
  }

  execute(sql: string, values: DuckDBValue[] = []): Promise<void> {
    return this.#inTurn(async () => {
      await this.#connection.run(sql, values);
    });
  }

  checkpoint(): Promise<void> {
    return this.#inTurn(async () => {
      if (await tryCheckpoint(this.#connection)) return;
      // Waits for whoever is in the way.
      await this.#connection.run("FORCE CHECKPOINT recording");
    });
  }

  /** Resolves when everything asked for so far is done, well or not. */
  idle(): Promise<void> {
    return this.#queue;
  }

  close(): void {
    this.#connection.disconnectSync();
  }

  async #logIsLong(): Promise<boolean> {
    try {
      return (await stat(this.#log)).size > CHECKPOINT_LOG_BYTES;
    } catch {
      // There is none after a checkpoint.
      return false;
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}
