import { stat } from "node:fs/promises";
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from "@duckdb/node-api";
import type { Removed } from "../removals.ts";
import type { Blocks } from "./blocks.ts";
import { tryCheckpoint } from "./checkpoint.ts";
import { giveBackMemory } from "./give-back.ts";
import { IS_RARE } from "./rare.ts";
import type { Retention } from "./retention.ts";
import type { Stage } from "./stage.ts";

/** Size of the log beside the file above which it is merged into the file. */
const CHECKPOINT_LOG_BYTES = 32 * 1024 * 1024;

/** Work on one connection, one after the other: a second statement would end the first. */
class Lane {
  readonly connection: DuckDBConnection;
  #queue: Promise<void> = Promise.resolve();

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Resolves when everything asked for so far is done, well or not. */
  idle(): Promise<void> {
    return this.#queue;
  }
}

/**
 * All statements that change something, and never on the thread of JavaScript. Facts (nodes, gaps, checkpoints …) have a lane
 * of their own: a question that asks for one would otherwise wait until all events of half a second are in the file.
 */
export class FileWriter {
  readonly #events: Lane;
  readonly #facts: Lane;
  readonly #log: string;
  readonly #blocks: Blocks;

  private constructor(events: Lane, facts: Lane, log: string, blocks: Blocks) {
    this.#events = events;
    this.#facts = facts;
    this.#log = log;
    this.#blocks = blocks;
  }

  static async open(instance: DuckDBInstance, path: string, blocks: Blocks): Promise<FileWriter> {
    const [events, facts] = [new Lane(await instance.connect()), new Lane(await instance.connect())];
    return new FileWriter(events, facts, `${path}.wal`, blocks);
  }

  /** One transaction: after a crash an event has its payload and its names, or is not there. */
  move(stage: Stage): Promise<void> {
    return this.#behindFacts(async (connection) => {
      const inserts = [...stage.used].map(
        (table) => `INSERT INTO recording.${table} FROM ${stage.table(table)};`,
      );
      const events = stage.table("events");
      if (stage.used.has("events"))
        inserts.push(`INSERT INTO recording.rare_events FROM ${events} WHERE ${IS_RARE};`);
      await connection.run(`BEGIN; ${inserts.join(" ")} COMMIT;`);
      // Where it cannot be now, the next move tries again.
      if (await this.#logIsLong()) await tryCheckpoint(connection);
    });
  }

  /** Where a block of events has become complete, what questions look at in place of all of them. */
  summarize(lastFiledId: number): Promise<void> {
    return this.#behindFacts(async (connection) => {
      if (await this.#blocks.next(connection, lastFiledId)) await giveBackMemory();
    });
  }

  /** Brings the file back within its limits. */
  async retain(retention: Retention): Promise<Removed | undefined> {
    let removed: Removed | undefined;
    await this.#behindFacts(async (connection) => {
      removed = await retention.pass(connection, this.#blocks);
    });
    return removed;
  }

  execute(sql: string, values: DuckDBValue[] = []): Promise<void> {
    return this.#facts.inTurn(async () => {
      await this.#facts.connection.run(sql, values);
    });
  }

  checkpoint(): Promise<void> {
    return this.#behindFacts(async (connection) => {
      if (await tryCheckpoint(connection)) return;
      // Waits for whoever is in the way; nothing new may get there.
      await this.#facts.inTurn(async () => {
        await connection.run("FORCE CHECKPOINT recording");
      });
    });
  }

  /** Resolves when all facts given so far are written, or could not be. */
  idle(): Promise<void> {
    return this.#facts.idle();
  }

  close(): void {
    for (const { connection } of [this.#events, this.#facts]) connection.disconnectSync();
  }

  /** With the facts that were given before: a node is there before its events, a pin before what it spares would go. */
  #behindFacts(work: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    const given = this.#facts.idle();
    return this.#events.inTurn(async () => {
      await given;
      await work(this.#events.connection);
    });
  }

  async #logIsLong(): Promise<boolean> {
    try {
      return (await stat(this.#log)).size > CHECKPOINT_LOG_BYTES;
    } catch {
      // There is none after a checkpoint.
      return false;
    }
  }
}
