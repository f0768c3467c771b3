import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { DictionaryDelta, ElixirScopeError, EventBatch } from "../../model/index.ts";
import type { Removed } from "../removals.ts";
import type { TimeSpan } from "../tally.ts";
import { isPassing } from "./errors.ts";
import type { Value } from "./native.ts";
import type { Retention } from "./retention.ts";
import type { Table } from "./schema.ts";
import type { Server } from "./server.ts";
import { Stage } from "./stage.ts";

/** How often what is staged goes to the server, ms: what a crash can cost. Each insert is a part that has to be merged. */
const MOVE_MS = 500;
/** At the end a server that is away is waited for this long. */
const LAST_TRIES_MS = 5_000;
const PAUSE_MS = 200;

/** Written behind all others: a row of `batches` says that its events are there, and events that their names are. */
const LAST: readonly Table[] = ["events", "batches", "ended", "checkpoints"];

export interface RecorderStart {
  /** None: everything is kept. */
  readonly retention: Retention | undefined;
  removed(what: Removed): void;
}

/**
 * The writing side of a recording. `append` copies into columns in memory; every half second these are inserted, while the
 * next ones fill. What the server did not take, since it was away or full, is tried until it does: meanwhile the backlog
 * grows, the agent gets no more credit, and drops and counts in the node.
 */
export class Recorder {
  readonly #server: Server;
  readonly #start: RecorderStart;
  readonly #timer: NodeJS.Timeout;
  /** Inserts are numbered, so that one that is repeated is known to be. */
  readonly #run = randomUUID();
  #inserts = 0;
  #stage = new Stage();
  #spare = new Stage();
  /** On its way, until all of it is there; tables that are there already. */
  #moving: { readonly stage: Stage; readonly number: number; readonly done: Set<Table> } | undefined;
  #move: Promise<void> | undefined;
  #retaining: Promise<void> | undefined;
  #failure: ElixirScopeError | undefined;
  #trouble: ElixirScopeError | undefined;

  constructor(server: Server, start: RecorderStart) {
    this.#server = server;
    this.#start = start;
    this.#timer = setInterval(() => this.#tick(), MOVE_MS);
    this.#timer.unref();
  }

  get backlog(): number {
    return this.#stage.bytes + (this.#moving?.stage.bytes ?? 0);
  }

  /** Why nothing can be stored just now. */
  get trouble(): ElixirScopeError | undefined {
    return this.#failure ?? this.#trouble;
  }

  /** @throws ElixirScopeError of an earlier write that failed for good: what came since then is not stored */
  append(batch: EventBatch, delta: DictionaryDelta, span: TimeSpan | undefined): void {
    if (this.#failure) throw this.#failure;
    if (span) this.#stage.batch(batch, span);
    this.#stage.delta(delta);
  }

  put(table: Table, values: readonly Value[]): void {
    if (this.#failure) throw this.#failure;
    this.#stage.push(table, values);
  }

  /** Everything given so far is in the database. @throws ElixirScopeError while the server cannot take it */
  async moveAll(): Promise<void> {
    if (this.#failure) throw this.#failure;
    // What is under way may have begun before the newest came.
    while (this.#moving || !this.#stage.isEmpty) await this.#moveOnce();
  }

  /** As {@link moveAll}, and within the limits. */
  async flush(): Promise<void> {
    await this.moveAll();
    await this.#retaining?.catch(() => undefined);
    await this.#retainOnce();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const until = performance.now() + LAST_TRIES_MS;
    for (;;) {
      try {
        await this.flush();
        return;
      } catch (error) {
        if (error !== this.#trouble || performance.now() > until) throw error;
        await delay(PAUSE_MS);
      }
    }
  }

  #tick(): void {
    if (this.#failure) return;
    this.#moveOnce().catch(() => undefined);
    this.#retainOnce().catch(() => undefined);
  }

  /** One pass at a time, too. */
  #retainOnce(): Promise<void> {
    this.#retaining ??= this.#retain().finally(() => {
      this.#retaining = undefined;
    });
    return this.#retaining;
  }

  /** One at a time; whoever comes meanwhile waits for the same. */
  #moveOnce(): Promise<void> {
    this.#move ??= this.#insertStage().finally(() => {
      this.#move = undefined;
    });
    return this.#move;
  }

  async #insertStage(): Promise<void> {
    if (!this.#moving) {
      if (this.#stage.isEmpty) return;
      this.#moving = { stage: this.#stage, number: this.#inserts++, done: new Set() };
      this.#stage = this.#spare;
    }
    const { stage } = this.#moving;
    try {
      await this.#insertTables(stage.used.filter((table) => !LAST.includes(table)));
      for (const table of LAST) if (stage.used.includes(table)) await this.#insertTables([table]);
    } catch (error) {
      throw this.#note(error as ElixirScopeError);
    }
    this.#trouble = undefined;
    stage.clear();
    this.#spare = stage;
    this.#moving = undefined;
  }

  async #insertTables(tables: readonly Table[]): Promise<void> {
    const { stage, number, done } = this.#moving!;
    const missing = tables.filter((table) => !done.has(table));
    await Promise.all(
      missing.map(async (table) => {
        await this.#server.insert(table, stage.block(table), `${this.#run}-${number}-${table}`);
        done.add(table);
      }),
    );
  }

  async #retain(): Promise<void> {
    const { retention } = this.#start;
    if (!retention || this.#trouble) return;
    try {
      const removed = await retention.pass(this.#server);
      if (removed) this.#start.removed(removed);
    } catch (error) {
      throw this.#note(error as ElixirScopeError);
    }
  }

  #note(error: ElixirScopeError): ElixirScopeError {
    if (isPassing(error)) this.#trouble = error;
    else this.#failure ??= error;
    return error;
  }
}
