import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from "@duckdb/node-api";
import type { DictionaryDelta, ElixirScopeError, EventBatch } from "../../model/index.ts";
import type { Removed } from "../removals.ts";
import type { TimeSpan } from "../tally.ts";
import type { Blocks } from "./blocks.ts";
import { storeError } from "./errors.ts";
import { EventWriter } from "./event-writer.ts";
import { FileWriter } from "./file-writer.ts";
import { PieceWriter } from "./piece-writer.ts";
import { type Packed, Packer, rareNumber } from "./pieces.ts";
import { COMMON, RARE } from "./rare.ts";
import type { Retention } from "./retention.ts";
import { appendAtom, appendBatch, appendCounts, appendFunction, appendProcess } from "./row-writers.ts";
import { Source } from "./source.ts";
import { Stage } from "./stage.ts";

/** How often what is staged goes to the file, ms: what a crash can cost. */
const MOVE_MS = 450;
/** A move costs some milliseconds of a processor, whatever there is to move: where it is little it goes every other time. */
const LITTLE = 5_000;
/**
 * Events after which the appenders hand their rows to the tables in memory. More than a row group of these (122,880), as
 * DuckDB takes over whole row groups and copies the rows of smaller ones once more: measured, a third of `append`.
 */
const FLUSH_EVENTS = 131_072;

/** Where a recording goes on. */
export interface RecorderStart {
  readonly lastId: number;
  readonly nextPiece: number;
  readonly nextRarePiece: number;
  /** None: everything is kept. */
  readonly retention: Retention | undefined;
  readonly blocks: Blocks;
  removed(what: Removed): void;
}

/**
 * The writing side of a recording. `append` copies into tables in memory; every half second these are moved to the
 * file on other threads, in one transaction, while the next ones fill.
 */
export class Recorder {
  readonly #path: string;
  /** For appenders, and nothing else. */
  readonly #connection: DuckDBConnection;
  readonly #file: FileWriter;
  readonly #events = new EventWriter();
  readonly #packer = new Packer();
  readonly #pieces = new PieceWriter();
  readonly #rarePacker = new Packer();
  readonly #rarePieces = new PieceWriter();
  readonly #timer: NodeJS.Timeout;
  readonly #start: RecorderStart;
  #retaining: Promise<void> | undefined;
  /** Events of the stage, by number of their kind. */
  readonly #counts = new Float64Array(256);
  #stage: Stage;
  #spare: Stage;
  #moving: Stage | undefined;
  #move: Promise<void> = Promise.resolve();
  #dropped: Promise<unknown> = Promise.resolve();
  #stagesMade = 2;
  #unflushed = 0;
  /** The last tick left the stage to the next one. */
  #waited = false;
  #lastId: number;
  #lastFiledId: number;
  #nextPiece: number;
  #nextRarePiece: number;
  #failure: ElixirScopeError | undefined;

  private constructor(
    path: string,
    connection: DuckDBConnection,
    file: FileWriter,
    stages: readonly [Stage, Stage],
    start: RecorderStart,
  ) {
    this.#path = path;
    this.#connection = connection;
    this.#file = file;
    [this.#stage, this.#spare] = stages;
    this.#turnTo(this.#stage);
    this.#start = start;
    this.#lastId = start.lastId;
    this.#lastFiledId = start.lastId;
    this.#nextPiece = start.nextPiece;
    this.#nextRarePiece = start.nextRarePiece;
    this.#timer = setInterval(() => this.#tick(), MOVE_MS);
    this.#timer.unref();
  }

  static async open(instance: DuckDBInstance, path: string, start: RecorderStart): Promise<Recorder> {
    const connection = await instance.connect();
    const file = await FileWriter.open(instance, path, start.blocks);
    const stages = [
      await Stage.create(file, connection, 0),
      await Stage.create(file, connection, 1),
    ] as const;
    return new Recorder(path, connection, file, stages, start);
  }

  /** Bytes of batches that wait to be moved to the file. */
  get backlog(): number {
    return this.#stage.bytes + (this.#moving?.bytes ?? 0);
  }

  /** @throws ElixirScopeError of an earlier write that failed: what came since then is not in the file */
  append(batch: EventBatch, delta: DictionaryDelta, span: TimeSpan | undefined): void {
    if (this.#failure) throw this.#failure;
    const packed = span ? this.#packer.pack(batch, COMMON) : undefined;
    const rare = span ? this.#rarePacker.pack(batch, RARE) : undefined;
    this.#guard(() => {
      this.#unflushed += Math.max(batch.count, 1);
      this.#writeDelta(delta);
      if (!span || !packed || !rare) return;
      appendBatch(this.#stage.appender("batches"), batch, span);
      this.#writePayloads(batch, packed, rare);
      for (let i = 0; i < batch.count; i++) this.#counts[batch.kind[i]!]!++;
      this.#lastId = batch.firstId + batch.count - 1;
      this.#stage.events += batch.count;
      this.#stage.bytes += batch.bytes.byteLength;
      if (this.#unflushed >= FLUSH_EVENTS) this.#flushStage();
    });
  }

  /** Runs a statement on the file, after those given before. */
  execute(sql: string, values: DuckDBValue[]): void {
    if (this.#failure) throw this.#failure;
    this.#file.execute(sql, values).catch((error: unknown) => this.#fail(error));
  }

  /** Everything appended so far, to be read and then released. */
  source(): Source {
    this.#guard(() => this.#flushStage());
    return new Source(
      { lastId: this.#lastFiledId, blocks: this.#start.blocks, hasRareEvents: true },
      this.#moving ? [this.#moving, this.#stage] : [this.#stage],
    );
  }

  /** Resolves when all statements given so far have run. */
  async executed(): Promise<void> {
    await this.#file.idle();
    if (this.#failure) throw this.#failure;
  }

  /** Everything given so far is in the tables of the file. */
  async moveAll(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#move;
    this.#startMove();
    await this.#move;
    await this.executed();
  }

  /** As {@link moveAll}, within the limits, and nothing is left in the log beside the file. */
  async flush(): Promise<void> {
    await this.moveAll();
    await this.#retaining;
    this.#startRetaining();
    await this.#retaining;
    if (this.#failure) throw this.#failure;
    await this.#file.checkpoint().catch((error: unknown) => {
      throw this.#fail(error);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.flush();
    } finally {
      await this.#move;
      await this.#dropped;
      await this.#retaining;
      this.#file.close();
      this.#connection.disconnectSync();
    }
  }

  #tick(): void {
    const { events, dictionaryRows } = this.#stage;
    this.#waited = events + dictionaryRows < LITTLE && !this.#waited;
    if (!this.#waited) this.#startMove();
    this.#startRetaining();
  }

  /** One pass at a time, between two moves. */
  #startRetaining(): void {
    const start = this.#start;
    const { retention } = start;
    if (!retention || this.#retaining || this.#failure) return;
    this.#retaining = this.#file
      .retain(retention)
      .then((what) => what && start.removed(what))
      .catch((error: unknown) => void this.#fail(error))
      .finally(() => {
        this.#retaining = undefined;
      });
  }

  /** Swaps the stages and moves the full one. The promise never rejects: a failure shows at the next call. */
  #startMove(): void {
    if (this.#stage.isEmpty || this.#moving || this.#failure) return;
    const full = this.#stage;
    const upToId = this.#lastId;
    try {
      appendCounts(full.appender("counts"), this.#counts, upToId);
      this.#counts.fill(0);
      this.#unflushed++;
      this.#flushStage();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#moving = full;
    this.#stage = this.#spare;
    this.#turnTo(this.#stage);
    this.#move = this.#moveStage(full, upToId).catch((error: unknown) => {
      this.#fail(error);
    });
  }

  async #moveStage(stage: Stage, upToId: number): Promise<void> {
    // Before the move ends: the next one needs it at once.
    this.#spare = await Stage.create(this.#file, this.#connection, this.#stagesMade++);
    await this.#file.move(stage);
    this.#lastFiledId = upToId;
    this.#moving = undefined;
    this.#file.summarize(upToId).catch((error: unknown) => this.#fail(error));
    stage.closeAppenders();
    // Not awaited: a long question may still read it, and the next move need not wait for that.
    const dropped = stage.drop(this.#file).catch((error: unknown) => this.#fail(error));
    this.#dropped = Promise.all([this.#dropped, dropped]);
  }

  #writePayloads(batch: EventBatch, packed: Packed, rare: Packed): void {
    const [first, firstRare] = [this.#nextPiece, this.#nextRarePiece];
    if (rare.starts.length > 0) {
      for (let i = 0; i < batch.count; i++) {
        if (RARE[batch.kind[i]!] === 0 || batch.length[i] === 0) continue;
        packed.piece[i] = rareNumber(firstRare + rare.piece[i]!) - first;
        packed.offset[i] = rare.offset[i]!;
      }
      this.#rarePieces.write(batch, rare, (piece) => rareNumber(firstRare + piece));
    }
    this.#pieces.write(batch, packed, (piece) => first + piece);
    this.#events.write(batch, packed, first);
    this.#nextPiece += packed.starts.length;
    this.#nextRarePiece += rare.starts.length;
  }

  #turnTo(stage: Stage): void {
    this.#events.turnTo(stage.appender("events"));
    this.#pieces.turnTo(stage.appender("pieces"));
    this.#rarePieces.turnTo(stage.appender("rare_pieces"));
  }

  #writeDelta({ processes, functions, atoms }: DictionaryDelta): void {
    const stage = this.#stage;
    for (const entry of processes) appendProcess(stage.appender("processes"), entry);
    for (const entry of functions) appendFunction(stage.appender("functions"), entry);
    for (const entry of atoms) appendAtom(stage.appender("atoms"), entry);
    stage.dictionaryRows += processes.length + functions.length + atoms.length;
  }

  #flushStage(): void {
    if (this.#unflushed === 0) return;
    this.#pieces.flush();
    this.#rarePieces.flush();
    this.#events.flush();
    this.#stage.flush();
    this.#unflushed = 0;
  }

  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #fail(error: unknown): ElixirScopeError {
    this.#failure ??= storeError(error, this.#path);
    return this.#failure;
  }
}
