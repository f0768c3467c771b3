import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Dial, type DistConnection, readCookie } from "@elixirscope/dist";
import { ElixirScopeError } from "../model/index.ts";
import { readProfiles, withProfile } from "../profiles/index.ts";
import {
  type AttachInput,
  type Attaching,
  type BoundariesAnswer,
  type BoundariesInput,
  type Caller,
  type Input,
  type Inventory,
  type MethodName,
  type Methods,
  type NodeStatus,
  type Output,
  type Push,
  type ReplayAnswer,
  type ReplayInput,
  SCHEMA_VERSION,
  type Status,
  type TracingInput,
} from "../protocol/index.ts";
import { type Keep, openStore, type TraceStore } from "../store/index.ts";
import { ownModules } from "../tracer/index.ts";
import { Alerts } from "./alerts.ts";
import { type LinkStep, waitWords } from "./attach-steps.ts";
import { Audit, type AuditOptions } from "./audit/audit.ts";
import { Bookmarks } from "./bookmarks.ts";
import { boundaries, keepBoundaries, keptBoundaries } from "./boundaries.ts";
import { callCounts } from "./call-counts.ts";
import { Cluster } from "./cluster.ts";
import { completions } from "./completions.ts";
import { scopeOf } from "./control-meter.ts";
import { damageOf } from "./damage.ts";
import { answerFromNode } from "./iex-door.ts";
import { InventoryClock } from "./inventory-clock.ts";
import { longestHold } from "./longest-hold.ts";
import { NodeLink, type Tracing } from "./node-link.ts";
import { NodeLinks } from "./node-links.ts";
import { NodeWatch } from "./node-watch.ts";
import { RateMeter } from "./rate-meter.ts";
import { pin, pins, unpin } from "./record-methods.ts";
import { noteTracing, recordedNodes } from "./recorded-nodes.ts";
import { Recorder } from "./recorder.ts";
import { replay, replayNode } from "./replay.ts";
import { onNode } from "./replay-node.ts";
import { dropView, savedViews, saveView } from "./saved-views.ts";
import { source } from "./source.ts";
import { SourceKeeper } from "./source-keeper.ts";
import { Tunnels } from "./ssh/index.ts";
import { addressOf, foundNodes, wayToPeer } from "./way.ts";

export interface EngineOptions {
  /** File to record into, or `clickhouse:NAME`; absent: a temporary file that goes with the engine. */
  readonly recording?: string;
  /** Recording to read, in place of making one. */
  readonly open?: string;
  readonly version: string;
  /**
   * Words that make a key secret, in addition to the usual ones and the application's `:filter_parameters`; `false`:
   * secrets are recorded as they are. Default: no more words.
   */
  readonly redaction?: readonly string[] | false;
  /** How much is kept while it goes on; absent: all of it. */
  readonly keep?: Keep;
  /** Where it is written down who did what on which node; absent: nowhere. */
  readonly audit?: AuditOptions;
}

/** An inventory that does not come after its answer will not come: the connection is gone. */
const INVENTORY_MS = 5_000;

/** Times in which nodes did not see each other that the status tells of. */
const SPLITS = 20;

/** What lets us in to a node: its cookie, and the way through where it is not reached directly. */
interface Door {
  readonly cookie: string;
  readonly dial: Dial | undefined;
}

/** How often viewers hear of changes, in milliseconds. */
const PUSH_MS = 250;

/**
 * ElixirScope without any user interface: nodes, the recording, and the answers to every method of the protocol. Runs
 * in a thread of its own (`worker.ts`), so that a million events a second do not keep a viewer waiting.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #recorder: Recorder;
  /** File that the user named, or null. */
  readonly #file: string | null;
  readonly #scratch: string | undefined;
  readonly #startedAt: string;
  readonly #rate = new RateMeter();
  readonly #listeners = new Set<(push: Push) => void>();
  readonly #storedNodes: readonly NodeStatus[];
  readonly #links: NodeLinks = new NodeLinks();
  #dirty = true;
  #saidTrouble = "";
  #attaching: Attaching | undefined;
  #stopped: Promise<void> | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #keeper: SourceKeeper;
  readonly #bookmarks: Bookmarks;
  readonly #inventories: InventoryClock = new InventoryClock(() => this.#links.all);
  readonly #watch: NodeWatch = new NodeWatch(this.#links);
  readonly #alerts: Alerts;
  readonly #tunnels = new Tunnels();
  readonly #audit: Audit | undefined;

  private constructor(
    options: EngineOptions,
    recorder: Recorder,
    stored: { scratch?: string; startedAt: string; nodes: readonly NodeStatus[] },
  ) {
    this.#options = options;
    this.#recorder = recorder;
    this.#file = options.open ?? options.recording ?? null;
    this.#scratch = stored.scratch;
    this.#startedAt = stored.startedAt;
    this.#storedNodes = stored.nodes;
    this.#timer = setInterval(() => this.#push(), PUSH_MS);
    this.#timer.unref();
    this.#keeper = new SourceKeeper(recorder, () => this.#links.attached);
    this.#bookmarks = new Bookmarks({
      store: recorder.store,
      opened: options.open,
      event: (id) => recorder.query.event(id),
      changed: () => this.#changed(),
    });
    this.#audit = options.audit && new Audit(options.audit, options.version, () => this.#changed());
    if (this.#audit && options.open === undefined)
      recorder.store.putMeta("made_by", JSON.stringify(this.#audit.who));
    this.#alerts = new Alerts({
      diagnose: () => recorder.query.diagnose({}),
      holds: longestHold,
      now: () => ({
        lastEventId: recorder.lastId,
        t: this.#status().t,
        watching: options.open === undefined,
      }),
      clock: () => performance.now(),
    });
  }

  /** @throws ElixirScopeError as the store does when the file cannot be made or read */
  static async start(options: EngineOptions): Promise<Engine> {
    if (options.open !== undefined) return Engine.#read(options, options.open);
    const scratch =
      options.recording === undefined ? await mkdtemp(join(tmpdir(), "elixirscope-")) : undefined;
    const file = options.recording ?? join(scratch!, "recording.esrec");
    const store = await openStore(file, { mode: "create", keep: options.keep });
    if (options.keep) store.putMeta("keep", JSON.stringify(options.keep));
    const recorder = Recorder.create(store, options.version);
    return new Engine(options, recorder, {
      ...(scratch === undefined ? {} : { scratch }),
      // As the recording has it: moments that a person gives are counted from here.
      startedAt: new Date(Number(recorder.origin / 1_000_000n)).toISOString(),
      nodes: [],
    });
  }

  static async #read(options: EngineOptions, file: string): Promise<Engine> {
    const store = await openStore(file, { mode: "read" });
    try {
      return await Engine.#show(options, store);
    } catch (error) {
      await store.close();
      throw damageOf(file, error);
    }
  }

  static async #show(options: EngineOptions, store: TraceStore): Promise<Engine> {
    const recorder = await Recorder.open(store);
    const meta = await store.meta();
    const nodes = await recordedNodes(store);
    for (const { index, control } of nodes) recorder.samples.set(index, control.sample.processes ?? 1);
    return new Engine(options, recorder, { startedAt: meta.get("started_at") ?? "", nodes });
  }

  onPush(listener: (push: Push) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Answers a method of the protocol; `input` has been checked. @throws what the method's own documentation says */
  async call<M extends MethodName>(
    method: M,
    input: Input<M>,
    signal?: AbortSignal,
    by?: Caller,
  ): Promise<Output<M>> {
    const work = (): Promise<Output<M>> => this.#methods[method](input, signal);
    try {
      return await (this.#audit?.around({ method, input, by }, () => this.#status().nodes, work) ?? work());
    } catch (error) {
      throw this.#options.open === undefined ? error : damageOf(this.#options.open, error);
    }
  }

  readonly #methods: {
    readonly [M in MethodName]: (input: Methods[M]["input"], signal?: AbortSignal) => Promise<Output<M>>;
  } = {
    status: async () => this.#status(),
    nodes: ({ way }) => foundNodes(this.#tunnels, way, this.#links.attached),
    profiles: () => readProfiles(),
    attach: async (input) => this.#attach(await withProfile(input)),
    detach: (input) => this.#detach(input.node),
    tracing: (input) => this.#trace(input),
    processes: (input) => this.#recorder.query.processes(input),
    process: (input) => this.#recorder.query.process(input.process),
    tree: (input) => this.#recorder.query.tree(input),
    events: (input) => this.#recorder.query.events(input),
    event: (input) => this.#recorder.query.event(input.id),
    message: (input) => this.#recorder.query.message(input.id),
    calls: (input) => this.#recorder.query.calls(input),
    lines: (input) => this.#recorder.query.lines(input),
    executions: (input) => this.#recorder.query.executions(input),
    states: (input) => this.#recorder.query.states(input),
    flows: (input) => this.#recorder.query.flows(input),
    flow: (input) => this.#recorder.query.flow(input.flow),
    rates: (input) => this.#recorder.query.rates(input),
    gaps: (input) => this.#recorder.query.gaps(input),
    timeline: (input) => this.#recorder.query.timeline(input),
    crash: (input) => this.#recorder.query.crash(input),
    crashes: (input) => this.#recorder.query.crashes(input),
    history: (input) => this.#recorder.query.history(input),
    inventory: () => this.#inventory(),
    views: () => savedViews(this.#recorder.store),
    saveView: (input) => saveView(this.#recorder.store, input),
    dropView: ({ name }) => dropView(this.#recorder.store, name),
    alerts: (input) => this.#alerts.answer(input),
    bookmarks: () => this.#bookmarks.list(),
    addBookmark: (input) => this.#bookmarks.add(input),
    commentBookmark: (input) => this.#bookmarks.comment(input),
    dropBookmark: ({ id }) => this.#bookmarks.drop(id),
    completions: async (input) => completions(connectionsOf(this.#links.some(input.node)), input),
    source: (input) => source(this.#recorder, this.#mayAsk(input.node), input),
    modules: async (input) => {
      const own = await Promise.all(connectionsOf(this.#mayAsk(input.node)).map(ownModules));
      return this.#recorder.query.modules([...new Set(own.flat())]);
    },
    lineHistory: (input) => this.#recorder.query.lineHistory(input),
    boundaries: (input) => this.#boundaries(input),
    queries: (input) => this.#recorder.query.phoenix.queries(input),
    jobs: (input) => this.#recorder.query.phoenix.jobs(input),
    requests: (input) => this.#recorder.query.phoenix.requests(input),
    request: (input) => this.#recorder.query.phoenix.request(input.id),
    liveViews: (input) => this.#recorder.query.phoenix.liveViews(input),
    liveView: (input) => this.#recorder.query.phoenix.liveView(input),
    topics: (input) => this.#recorder.query.phoenix.topics(input),
    broadcasts: (input) => this.#recorder.query.phoenix.broadcasts(input),
    channels: (input) => this.#recorder.query.phoenix.channels(input),
    presences: (input) => this.#recorder.query.phoenix.presences(input),
    aggregate: (input) => this.#recorder.query.work.aggregate(input),
    messageFlow: (input) => this.#recorder.query.work.messageFlow(input),
    patterns: (input) => this.#recorder.query.anomalies.patterns(input),
    anomalies: (input) => this.#recorder.query.anomalies.anomalies(input),
    path: (input) => this.#recorder.query.work.path(input),
    callGraph: (input) => this.#recorder.query.work.callGraph(input),
    slowest: (input) => this.#recorder.query.work.slowest(input),
    lastEvents: (input) => this.#recorder.query.work.lastEvents(input),
    flame: (input) => this.#recorder.query.work.flame(input),
    hot: (input) => this.#recorder.query.work.hot(input),
    waits: (input) => this.#recorder.query.work.waits(input),
    diagnose: (input) => this.#recorder.query.diagnose(input),
    ask: (input) => this.#recorder.query.ask(input),
    criticalPath: (input) => this.#recorder.query.work.criticalPath(input.flow),
    query: ({ sql, limit = 1_000 }, signal) => this.#recorder.store.sql({ sql, limit, signal }),
    sqlSchema: async () => ({
      ...(await this.#recorder.store.sqlSchema()),
      origin: this.#recorder.origin.toString(),
    }),
    pins: () => pins(this.#recorder),
    pin: (input) => pin(this.#recorder, input),
    unpin: ({ name }) => unpin(this.#recorder, name),
    snapshotAt: (input) => this.#recorder.query.timeTravel.snapshotAt(input),
    step: (input) => this.#recorder.query.timeTravel.step(input),
    until: (input) => this.#recorder.query.timeTravel.until(input),
    diff: (input) => this.#recorder.query.timeTravel.diff(input),
    lastChange: (input) => this.#recorder.query.timeTravel.lastChange(input),
    exportEvents: (input) => this.#recorder.query.exportEvents(input),
    exportFlows: (input) => this.#recorder.query.exportFlows(input),
    replay: (input) => this.#replay(input),
    generateTests: (input) => this.#recorder.query.generateTests(input),
  };

  async #attach(input: AttachInput): Promise<Status> {
    if (this.#options.open !== undefined) {
      throw new ElixirScopeError(
        "ENGINE_READ_ONLY",
        "This ElixirScope shows a recording. Start another one to attach to a node: elixirscope attach NODE.",
      );
    }
    const before = this.#links.get(input.node);
    if (before?.attached) {
      throw new ElixirScopeError(
        "ENGINE_ALREADY_ATTACHED",
        `Already attached to ${input.node}. Detach first: elixirscope detach.`,
      );
    }
    // What let us in before does so again: who attaches a second time from the UI has no cookie at hand.
    const cookie = input.cookie ?? before?.cookie ?? (await cookieFor(input));
    const dial = await this.#tunnels.to(input.way);
    const link = this.#linkTo(input, { cookie, dial }, tracingOf(input));
    this.#attaching = { node: input.node, waitsFor: "" };
    try {
      await this.#links.attach(link);
    } finally {
      this.#attaching = undefined;
      this.#changed();
    }
    this.#links.tracing ??= tracingOf(input);
    if (input.cluster) await this.#follow(input, { cookie, dial }, link);
    this.#noteTracing();
    this.#changed();
    return this.#status();
  }

  /** The nodes that this one is connected to, too, from now on. */
  async #follow(input: AttachInput, door: Door, link: NodeLink): Promise<void> {
    const cluster = new Cluster(this.#links, (node) => {
      const way = wayToPeer(input, node);
      const peer = { ...input, node, way, heldBoot: undefined };
      return this.#linkTo(peer, door, this.#links.tracing ?? tracingOf(input), true);
    });
    this.#watch.cluster = cluster;
    await link.look();
    await cluster.join();
  }

  #linkTo(input: AttachInput, { cookie, dial }: Door, tracing: Tracing, mayLack = false): NodeLink {
    const { redaction = [] } = this.#options;
    const address = { ...addressOf(input, cookie, redaction, dial, this.#audit?.whoText), mayLack };
    return new NodeLink(address, tracing, this.#recorder, {
      changed: () => this.#changed(),
      answer: (request) =>
        answerFromNode(request, {
          call: (method, asked) => this.call(method, asked, undefined, { surface: "iex" }),
          store: this.#recorder.store,
          settled: () => Promise.all(this.#links.attached.map((one) => one.settled())),
        }),
      step: (step) => this.#waitsFor(step),
    });
  }

  /** Of the first attach; a node that is lost and found again says by itself that it is out of reach. */
  #waitsFor(step: LinkStep): void {
    if (!this.#attaching) return;
    this.#attaching = { node: this.#attaching.node, waitsFor: waitWords(step) };
    this.#changed();
  }

  async #detach(node?: string): Promise<Status> {
    // Taken off all of them, nobody looks for others any more.
    if (node === undefined) this.#watch.cluster = undefined;
    await this.#links.detach(node);
    this.#changed();
    return this.#status();
  }

  /** Nodes that can tell something; of none, what was recorded has to do. @throws ElixirScopeError `ENGINE_NO_SUCH_NODE` */
  #mayAsk(node: string | undefined): readonly NodeLink[] {
    return this.#links.attached.length === 0 ? [] : this.#links.some(node);
  }

  /** Of the node as its code is now; where none is attached, what the recording has kept. */
  async #boundaries(input: BoundariesInput): Promise<BoundariesAnswer> {
    const { store } = this.#recorder;
    if (this.#links.attached.length === 0) return keptBoundaries(store);
    const link = this.#links.one(input.node);
    const found = await boundaries(link.connection!, input, (functions, ms) =>
      callCounts(link, this.#recorder, functions, ms),
    );
    const answer = { ...found, t: this.#status().t, kept: false };
    keepBoundaries(store, answer);
    return answer;
  }

  async #trace(input: TracingInput): Promise<Status> {
    const { node, patterns = [], lines = [], flows = [], ...rest } = input;
    await this.#links.trace(node, { ...rest, patterns, lines, flows });
    this.#noteTracing();
    return this.#status();
  }

  /** On the node that is attached (of several, where the callback ran); of a recording on the one that is named, attached to for the moment. */
  async #replay(input: ReplayInput): Promise<ReplayAnswer> {
    const links = this.#links;
    const of = (name: string): NodeLink =>
      links.one(input.node ?? (links.attached.length > 1 ? name : undefined));
    if (this.#options.open === undefined) return replay(this.#recorder, of, input);
    const node = replayNode(input);
    const cookie = await cookieFor({ node, cookie: input.cookie });
    return onNode(node, cookie, (one) => replay(this.#recorder, () => one, input), this.#audit?.whoText);
  }

  /** Of the node as it is now, where one is attached; else the newest that was recorded. */
  async #inventory(): Promise<Inventory> {
    const links = this.#links.attached;
    const before = links.length > 0 ? this.#recorder.lastInventoryId : 0;
    const taken = this.#recorder.untilInventoryAfter(before);
    for (const link of links) await link.inventory();
    if (links.length > 0) await Promise.race([taken, delay(INVENTORY_MS, undefined, { ref: false })]);
    return this.#recorder.query.inventory();
  }

  #changed(): void {
    this.#dirty = true;
    this.#audit?.look(this.#links.all.map((link) => link.status()));
  }

  #noteTracing(): void {
    noteTracing(this.#recorder.store, this.#links.all);
  }

  #push(): void {
    this.#rate.add(this.#recorder.events);
    const moved = this.#rate.moving;
    const trouble = this.#recorder.store.trouble?.message ?? "";
    if (!this.#dirty && !moved && trouble === this.#saidTrouble) return;
    this.#dirty = false;
    this.#saidTrouble = trouble;
    const push: Push = { type: "status", status: this.#status() };
    for (const listener of this.#listeners) listener(push);
  }

  #status(): Status {
    const recorder = this.#recorder;
    const first = recorder.firstTs ?? recorder.lastTs;
    return {
      schemaVersion: SCHEMA_VERSION,
      version: this.#options.version,
      file: this.#file,
      startedAt: this.#startedAt,
      seconds: Number(recorder.lastTs - first) / 1e9,
      nodes: [...this.#storedNodes, ...this.#links.all.map((link) => link.status())],
      events: recorder.events,
      dropped: recorder.dropped,
      droppedByKind: recorder.droppedByKind,
      gaps: recorder.gaps,
      processesAlive: recorder.table.alive,
      eventsPerSecond: this.#rate.perSecond,
      lastEventId: recorder.lastId,
      treeVersion: recorder.table.version,
      bookmarks: this.#bookmarks.version,
      t: Number(recorder.lastTs - recorder.origin),
      splits: recorder.splits.slice(-SPLITS).map(({ nodes, from, to }) => ({
        nodes,
        from: Number(from - recorder.origin),
        to: to === null ? null : Number(to - recorder.origin),
      })),
      storeTrouble: recorder.store.trouble?.message ?? "",
      ...(this.#audit?.trouble && { auditTrouble: this.#audit.trouble }),
      ...(this.#attaching && { attaching: this.#attaching }),
    };
  }

  /** Detaches, brings everything to disk, closes the recording; a temporary one is deleted. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#inventories.stop();
    this.#watch.stop();
    await this.#keeper.stop();
    await this.#detach();
    this.#tunnels.close();
    await this.#audit?.settled();
    const { store } = this.#recorder;
    if (this.#options.open === undefined) {
      this.#recorder.clocks.stop();
      store.putMeta("ended_at", new Date().toISOString());
      store.putMeta("end_reason", "ended by the user");
    }
    await store.close();
    if (this.#scratch !== undefined) await rm(this.#scratch, { recursive: true, force: true });
  }
}

/** What the caller gave, else what the user's environment or cookie file says. @throws DistError `DIST_NO_COOKIE` */
async function cookieFor(input: AttachInput): Promise<string> {
  const found = await readCookie(input.cookie === undefined ? {} : { flag: input.cookie });
  if ("error" in found) throw found.error;
  return found.cookie;
}

const connectionsOf = (links: readonly NodeLink[]): readonly DistConnection[] =>
  links.flatMap(({ connection }) => connection ?? []);

function tracingOf(input: AttachInput): Tracing {
  const { level = "messages", patterns = [], lines = [], flows = [], sample, budget } = input;
  return { level, patterns, lines, flows, ...scopeOf(input), sample, budget };
}
