import {
  PastTables,
  type PeerChange,
  type PidResolver,
  type ProcessTable,
  type Split,
  splitsOf,
  TABLE_KINDS,
} from "../analysis/index.ts";
import {
  type DictionaryDelta,
  EVENT_KINDS,
  type EventBatch,
  type EventKind,
  type Gap,
  type NodeEntry,
  type SourceText,
} from "../model/index.ts";
import {
  changesOf,
  isPeerTag,
  Lookup,
  nodeSplits,
  QueryEngine,
  Sources,
  sourceKey,
  sourceTextKey,
  tableEvents,
} from "../query/index.ts";
import { type StoredEvent, storedEvent, type TraceStore } from "../store/index.ts";
import {
  type AgentStats,
  Dictionary,
  type Numbering,
  newFlowLabel,
  type SessionSink,
} from "../tracer/index.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Clocks } from "./clocks.ts";

/** By number of a kind: whether it changes the process table. Asked for each event. */
const CHANGES_TABLE = new Uint8Array(256);
for (const kind of TABLE_KINDS) CHANGES_TABLE[EVENT_KINDS[kind]] = 1;

/** By number of a kind: whether it changes what is beside the process table. */
const CHANGES_REST = new Uint8Array(256);
for (const kind of ["exit", "session", "pubsub"] as const) CHANGES_REST[EVENT_KINDS[kind]] = 1;

/** Characters of sources that a recording keeps at most. */
const MOST_SOURCE = 16 * 1024 * 1024;

/** Beyond so many, nodes that come and go are told of by the record only. */
const MOST_PEER_CHANGES = 5_000;

/** What one node's agent says of its losses, kept per attach, since its totals start anew with each. */
interface Losses {
  readonly dropped: number;
  readonly byKind: Readonly<Partial<Record<EventKind, number>>>;
}

/**
 * A recording being made or read: everything that arrives goes to the store and into the process table, and questions
 * are answered from both.
 */
export class Recorder {
  readonly store: TraceStore;
  readonly dictionary: Dictionary = new Dictionary();
  readonly numbering: Numbering = { batch: 0, id: 1 };
  /** One for all nodes: flows pass between them. */
  readonly flowLabel: number = newFlowLabel();
  readonly lookup: Lookup;
  readonly sources: Sources = new Sources();
  readonly clocks: Clocks;
  /** Times in which nodes did not see each other, oldest first. */
  splits: readonly Split[] = [];
  readonly #peerChanges: PeerChange[] = [];
  readonly table: ProcessTable;
  readonly query: QueryEngine;
  /** Unix nanoseconds of `t` 0. */
  readonly origin: bigint;
  events = 0;
  gaps = 0;
  lastId = 0;
  lastTs: bigint;
  firstTs: bigint | undefined;
  /** When that of `lastTs` came, on our own clock (ms). */
  lastSeenAt = 0;
  /** Of the newest inventory, 0 for none. */
  lastInventoryId = 0;
  #inventoryTaken: (() => void)[] = [];
  /** By node name: since when it has not been recorded, though it was before. */
  readonly leftAt: Map<string, bigint> = new Map();
  /** By number of the node: the share of its processes that is recorded now; absent: all. */
  readonly samples: Map<number, number> = new Map();
  readonly #past: PastTables;
  readonly #checkpoints: Checkpoints;
  readonly #nodeIndexes = new Map<string, Set<number>>();
  readonly #losses = new Map<number, Losses>();
  #attach = 0;
  #nextNode = 0;
  readonly #redaction = new Set<string>();
  #sourceSize = 0;

  private constructor(store: TraceStore, origin: bigint, stored?: Stored) {
    this.store = store;
    this.origin = origin;
    this.lastTs = origin;
    this.lookup = stored?.lookup ?? new Lookup();
    this.#past = stored?.past ?? new PastTables(interning(this.dictionary));
    this.table = this.#past.table;
    this.clocks = new Clocks(store, () => this.lastTs);
    this.#checkpoints = new Checkpoints(store, this.#past);
    this.query = new QueryEngine({
      store,
      table: this.table,
      lookup: this.lookup,
      sources: this.sources,
      origin,
      now: () => this.lastTs,
      sampleOf: (node) => this.samples.get(node) ?? 1,
    });
  }

  /** A new recording; `t` 0 is now. */
  static create(store: TraceStore, version: string): Recorder {
    const now = new Date();
    const recorder = new Recorder(store, BigInt(now.getTime()) * 1_000_000n);
    store.putMeta("started_at", now.toISOString());
    store.putMeta("origin_ns", recorder.origin.toString());
    store.putMeta("elixirscope_version", version);
    recorder.noteRedaction([]);
    return recorder;
  }

  /** A recording as it was left: what happened after the newest checkpoint is folded into its tables again. */
  static async open(store: TraceStore): Promise<Recorder> {
    const meta = await store.meta();
    const totals = await store.totals();
    const lookup = new Lookup();
    lookup.add(await store.dictionary());
    const { past, since } = await newestPast(store, lookup);
    const origin = BigInt(meta.get("origin_ns") ?? totals.first ?? 0n);
    const recorder = new Recorder(store, origin, { lookup, past });
    for (const node of await store.nodes()) recorder.#know(node);
    recorder.sources.read(meta);
    for (const word of JSON.parse(meta.get("redaction") ?? "[]") as readonly string[])
      recorder.#redaction.add(word);
    recorder.events = totals.events;
    recorder.lastId = totals.lastId;
    recorder.firstTs = totals.first;
    recorder.lastTs = totals.last ?? recorder.origin;
    recorder.gaps = (await store.gaps()).filter(({ cause }) => cause !== "retention").length;
    recorder.splits = (await nodeSplits(store, lookup)).splits;
    await recorder.#replay(since);
    return recorder;
  }

  /** What came after a checkpoint. */
  async #replay(since: Since): Promise<void> {
    const gaps = (await this.store.gaps()).filter(({ cause, to }) => cause === "detached" && to > since.ts);
    const names = new Map((await this.store.nodes()).map(({ index, name }) => [index, name]));
    for (const event of await tableEvents(this.store, { afterId: since.lastId })) {
      while (gaps[0] && event.ts >= gaps[0].to)
        this.lostSight(names.get(gaps[0].node) ?? "", gaps.shift()!.to);
      this.table.apply(event);
    }
  }

  /** A number for a node that is new: several may be attached to at the same time. */
  nextNode(): number {
    return this.#nextNode++;
  }

  addNode(node: NodeEntry): void {
    this.#know(node);
    this.store.putNode(node);
  }

  #know(node: NodeEntry): void {
    this.lookup.addNode(node.name, node.index);
    const indexes = this.#nodeIndexes.get(node.name) ?? new Set();
    this.#nodeIndexes.set(node.name, indexes.add(node.index));
    this.#nextNode = Math.max(this.#nextNode, node.index + 1);
  }

  /** A recording says by which keys it was redacted; none: it was not. */
  noteRedaction(keys: readonly string[]): void {
    for (const key of keys) this.#redaction.add(key);
    this.store.putMeta("redaction", JSON.stringify([...this.#redaction]));
  }

  /** The words by which secrets were told; none: nothing was overwritten. */
  get redaction(): readonly string[] {
    return [...this.#redaction];
  }

  /** Keeps the text of a source, as long as all of them are not too much for a recording. */
  addSourceText(source: SourceText): void {
    const before = this.sources.text(source.module);
    const size = this.#sourceSize + (source.text?.length ?? 0) - (before?.text?.length ?? 0);
    if (before?.hash === source.hash || size > MOST_SOURCE) return;
    this.#sourceSize = size;
    this.sources.addText(source);
    this.store.putMeta(sourceTextKey(source.module), JSON.stringify(source));
  }

  /** Where one attach's events go. */
  sink(hooks: {
    stats(stats: AgentStats): void;
    bye(reason: string): void;
    flowsTaken(by: string): void;
    flowsOn(): void;
  }): SessionSink {
    const attach = this.#attach++;
    return {
      backlog: () => this.store.backlog,
      batch: (batch, delta) => this.#batch(batch, delta),
      gap: (gap) => this.addGap(gap),
      source: (source) => {
        this.sources.add(source);
        this.store.putMeta(sourceKey(source.module), JSON.stringify(source));
      },
      stats: (stats) => {
        this.#losses.set(attach, { dropped: stats.dropped, byKind: stats.droppedByKind });
        hooks.stats(stats);
      },
      bye: (reason) => hooks.bye(reason),
      flowsTaken: (by) => hooks.flowsTaken(by),
      flowsOn: () => hooks.flowsOn(),
    };
  }

  #batch(batch: EventBatch, delta: DictionaryDelta): void {
    this.lookup.add(delta);
    this.store.append(batch, delta);
    this.events += batch.count;
    this.lastId = batch.firstId + batch.count - 1;
    for (let i = 0; i < batch.count; i++) {
      if (CHANGES_TABLE[batch.kind[i]!] === 1) this.table.apply(eventAt(batch, i));
      else if (batch.kind[i] === EVENT_KINDS.session) this.#session(batch, i);
      if (CHANGES_REST[batch.kind[i]!] === 1) this.#past.applyRest(eventAt(batch, i));
    }
    const last = batch.ts[batch.count - 1];
    this.firstTs ??= batch.ts[0];
    if (last !== undefined && last > this.lastTs) {
      this.lastTs = last;
      this.lastSeenAt = performance.now();
    }
    this.#past.newest.batch(batch);
    this.#checkpoints.appended(batch);
  }

  #session(batch: EventBatch, i: number): void {
    const tag = this.lookup.atomName(batch.tag[i]!);
    if (isPeerTag(tag) && this.#peerChanges.length < MOST_PEER_CHANGES) {
      this.#peerChanges.push(...changesOf(eventAt(batch, i), this.lookup));
      this.splits = splitsOf(this.#peerChanges);
    }
    if (tag !== "inventory") return;
    this.lastInventoryId = batch.firstId + i;
    for (const done of this.#inventoryTaken.splice(0)) done();
  }

  /** Resolves when an inventory came that is newer than that with the given id. */
  async untilInventoryAfter(id: number): Promise<void> {
    while (this.lastInventoryId <= id)
      await new Promise<void>((resolve) => this.#inventoryTaken.push(resolve));
  }

  /** Nothing of a node, under any of its numbers, counts as alive until a snapshot says so. */
  lostSight(name: string, ts: bigint): void {
    for (const index of this.#nodeIndexes.get(name) ?? []) this.table.nodeDown(index, ts);
  }

  addGap(gap: Gap): void {
    this.gaps++;
    this.store.addGap(gap);
  }

  get dropped(): number {
    return [...this.#losses.values()].reduce((sum, loss) => sum + loss.dropped, 0);
  }

  get droppedByKind(): Partial<Record<EventKind, number>> {
    const sum: Partial<Record<EventKind, number>> = {};
    for (const { byKind } of this.#losses.values()) {
      for (const [kind, count] of Object.entries(byKind) as [EventKind, number][])
        sum[kind] = (sum[kind] ?? 0) + count;
    }
    return sum;
  }
}

/** What a recording that is only read begins with. */
interface Stored {
  readonly lookup: Lookup;
  readonly past: PastTables;
}

/** Of a checkpoint: it holds the events up to this id, none is younger than this. */
interface Since {
  readonly lastId: number;
  readonly ts: bigint;
}

/** From the newest checkpoint; from the beginning, where there is none that tells of all processes that had ended. */
async function newestPast(
  store: TraceStore,
  lookup: Lookup,
): Promise<{ readonly past: PastTables; readonly since: Since }> {
  const checkpoint = await store.checkpoint(NEVER);
  if (checkpoint) {
    const past = PastTables.load(checkpoint.bytes, lookup);
    if (past.restoreEnded(await store.ended(checkpoint.lastId))) return { past, since: checkpoint };
  }
  return { past: new PastTables(lookup), since: { lastId: 0, ts: -NEVER } };
}

const NEVER = 2n ** 63n - 1n;

/**
 * Pids and names inside of terms (links, names of a snapshot) enter the dictionary of a live recording; they reach the
 * store with the next batch. A recording that is only read knows no more than its own dictionary.
 */
const interning = (dictionary: Dictionary): PidResolver => ({
  pid: (pid) =>
    dictionary.processes.intern(dictionary.atoms.internName(pid.node), pid.id, pid.serial, pid.creation),
  atom: (name) => dictionary.atoms.internName(name),
});

/** A row of a batch, with a copy of its payload: what is decoded from it (binaries are views) may be kept. */
function eventAt(batch: EventBatch, row: number): StoredEvent {
  const event = storedEvent(batch, row, true);
  return { ...event, payload: Uint8Array.prototype.slice.call(event.payload) };
}
