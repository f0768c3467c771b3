import type { Dial, DistConnection, TlsOptions } from "@elixirscope/dist";
import { Atom, type Term } from "@elixirscope/etf";
import {
  type AgentOptions,
  ElixirScopeError,
  type HeldBoot,
  type Level,
  type NodeEntry,
  type SourceText,
} from "../model/index.ts";
import type { ConnectionState, ControlInput, FlowsStatus, NodeCost, NodeStatus } from "../protocol/index.ts";
import {
  type AgentStats,
  BYE_STOPPED,
  type FlowsAnswer,
  type ReplayRequest,
  type ReplayResult,
  releaseBoot,
  Session,
  type TraceRequest,
  type WhichSources,
} from "../tracer/index.ts";
import type { LinkStep } from "./attach-steps.ts";
import { nodeControl } from "./control-meter.ts";
import { CostMeter } from "./cost-meter.ts";
import { DOOR_NAME } from "./iex-door.ts";
import type { Recorder } from "./recorder.ts";
import { scopeTerms } from "./scope-terms.ts";

/** How a node is reached; the cookie stays in memory. */
export interface NodeAddress {
  readonly node: string;
  readonly cookie: string;
  readonly epmdPort?: number;
  /** Where that is not what the name and EPMD say. */
  readonly host?: string;
  readonly port?: number;
  readonly tls?: TlsOptions;
  /** Through a tunnel; it opens itself anew when it was lost. */
  readonly dial?: Dial;
  /** It waits in its boot for us; so does the next node that comes under its name. */
  readonly heldBoot?: HeldBoot;
  /** See `SessionOptions.redaction`. */
  readonly redaction?: readonly string[] | false;
  readonly agent?: AgentOptions;
  /** Found beside another one: what is traced there need not exist here. */
  readonly mayLack?: boolean;
  /** See `SessionOptions.who`. */
  readonly who?: string;
}

export interface Tracing extends ControlInput {
  readonly level: Level;
  readonly patterns: readonly string[];
  /** Entry points of flows; none: those of common libraries. */
  readonly flows: readonly string[];
  readonly lines: readonly string[];
}

export interface NodeLinkHooks {
  changed(): void;
  answer(request: Term): Promise<Term>;
  /** What attaching waits for from now on. */
  step(step: LinkStep): void;
}

/** Why a node that sent us away is not observed any more. */
const STOPPED_THERE =
  "Somebody on the node told ElixirScope to leave (elixirscope_agent:stop()). It does not come back by itself; attach again where that is wanted.";

/** Waits between attempts to get a lost node back, in milliseconds; the last one stays. */
const RETRY_MS = [50, 100, 250, 500, 1_000] as const;
/** A node that refuses writes that into its log: it is asked again only now and then. */
const REFUSED_MS = 60_000;
const REFUSALS =
  /^(DIST_COOKIE_REJECTED|DIST_NO_COOKIE|DIST_NOT_ALLOWED|DIST_OTP_TOO_OLD|TRACER_NO_COMPILER)$/;

/**
 * One observed node through all that happens to it: attached, lost, found again (a restarted node is another node in
 * the recording, with a clock of its own), let go.
 */
export class NodeLink {
  readonly #address: NodeAddress;
  readonly #recorder: Recorder;
  readonly #changed: () => void;
  readonly #cost = new CostMeter();
  #systemMonitor = "off";
  #tracing: Tracing;
  /** Patterns beside these, see {@link tracingAlso}. */
  readonly #also = new Set<readonly string[]>();
  #lastChange: Promise<void> = Promise.resolve();
  #flows: FlowsAnswer = { state: "off" };
  #session: Session | undefined;
  /** The agent's last report; none while nothing is attached. */
  #report: AgentStats | undefined;
  #state: ConnectionState = "connecting";
  #reason = "";
  /** Why what was asked for last is not traced; "" where it is. */
  #refused = "";
  /** The node as it was attached last; kept when it is gone. */
  #node: NodeEntry | undefined;
  #letGo = false;
  /** When its last event came before it was left, on our own clock (ms). */
  #leftAt = 0;
  #retry: NodeJS.Timeout | undefined;
  #opening = false;
  #peers: readonly string[] = [];

  readonly #answer: (request: Term) => Promise<Term>;
  readonly #step: (step: LinkStep) => void;

  constructor(address: NodeAddress, tracing: Tracing, recorder: Recorder, hooks: NodeLinkHooks) {
    this.#address = address;
    this.#tracing = tracing;
    this.#recorder = recorder;
    this.#changed = () => hooks.changed();
    this.#answer = (request) => hooks.answer(request);
    this.#step = (step) => hooks.step(step);
  }

  /** As it was given; it stays in memory. */
  get cookie(): string {
    return this.#address.cookie;
  }

  get name(): string {
    return this.#address.node;
  }

  get attached(): boolean {
    return this.#session !== undefined;
  }

  /** Out of reach, and waited for. */
  get isLost(): boolean {
    return this.#state === "disconnected" && !this.#letGo;
  }

  /** Nodes that it was connected to when it was looked at last; none while it is out of reach. */
  get peers(): readonly string[] {
    return this.#session ? this.#peers : [];
  }

  /** While it is attached. */
  get connection(): DistConnection | undefined {
    return this.#session?.connection;
  }

  /** Attaches for the first time. @throws whatever `Session.attach` and `Session.trace` throw */
  async attach(): Promise<void> {
    await this.#open();
  }

  /** Attaches for the first time, now or later: what keeps us out is in the status. */
  async join(): Promise<void> {
    await this.#open().catch((error: unknown) => {
      if (this.#letGo) return;
      this.#state = "disconnected";
      this.#failed(error, 0);
    });
  }

  /** Without waiting any longer. */
  retryNow(): void {
    if (!this.isLost || this.#opening) return;
    this.#retryAfter(0);
  }

  /** Takes a look at it: its clock, and whom it is connected to. */
  async look(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    const look = await session.look();
    if (session !== this.#session) return;
    this.#recorder.clocks.seen(session, look);
    const before = this.#peers.join();
    this.#peers = look.peers.toSorted();
    if (this.#peers.join() !== before) this.#changed();
  }

  async #open(): Promise<void> {
    this.#opening = true;
    try {
      await this.#openNow();
    } finally {
      this.#opening = false;
    }
  }

  async #openNow(): Promise<void> {
    const nodes = await this.#recorder.store.nodes();
    const last = nodes.findLast((node) => node.name === this.#address.node);
    const session = await Session.attach({
      ...this.#address,
      index: () => this.#recorder.nextNode(),
      known: last === undefined ? [] : [last],
      dictionary: this.#recorder.dictionary,
      numbering: this.#recorder.numbering,
      flowLabel: this.#recorder.flowLabel,
      onStep: this.#step,
      sink: this.#recorder.sink({
        stats: (stats) => this.#stats(stats),
        bye: (reason) => this.#bye(reason),
        flowsTaken: (by) => {
          this.#flows = { state: "taken", by };
          this.#changed();
        },
        flowsOn: () => {
          this.#flows = { state: "on" };
          this.#changed();
        },
      }),
    });
    if (this.#letGo) {
      await session.detach();
      return;
    }
    this.#adopt(session);
    await this.#setClock(session, !nodes.some(({ index }) => index === session.node.index));
    const since = this.#back(session.tracedSince);
    try {
      this.#step("tracing");
      // A node that is booting, or has been restarted, may not have everybody yet.
      this.#flows = await session.trace({
        ...this.#request(),
        later: last !== undefined || this.#address.heldBoot !== undefined || this.#address.mayLack === true,
      });
      this.#noteSample();
      this.#untilItReports();
      this.#resume(since);
      this.#step("processes");
      await session.snapshot();
      if (this.#address.heldBoot) await releaseBoot(session.connection, this.#address.heldBoot);
    } catch (error) {
      this.#session = undefined;
      if (since !== undefined) this.#recorder.leftAt.set(this.name, since);
      await session.detach();
      throw error;
    }
    this.#state = "connected";
    this.#reason = "";
    this.#changed();
  }

  /** Where the clock of a new node is put right, so is its entry: nothing of it was traced yet. */
  async #setClock(session: Session, isNew: boolean): Promise<void> {
    // Without an answer the node is gone, which tracing will say.
    await this.#recorder.clocks.start(session).catch(() => undefined);
    const { timeOffset } = session.clock;
    if (isNew && timeOffset !== session.node.timeOffset)
      this.#recorder.addNode({ ...session.node, timeOffset });
  }

  #adopt(session: Session): void {
    this.#session = session;
    this.#peers = [];
    this.#node = session.node;
    this.#recorder.addNode(session.node);
    this.#recorder.noteRedaction(session.redactionKeys);
    session.connection.serve(DOOR_NAME, (request) => this.#answer(request));
    void session.closed.then((why) => {
      if (this.#session !== session || this.#letGo) return;
      this.#lost(why.message);
      // The node is down, or out of reach: a snapshot will say if its processes live after all.
      this.#recorder.lostSight(this.name, this.#recorder.lastTs);
    });
  }

  /** The agent took itself out (no beat arrived in time, or another tool took the tracer): the connection may live on. */
  #bye(reason: string): void {
    const session = this.#session;
    if (!session || this.#letGo) return;
    if (reason === BYE_STOPPED) this.#sentAway(STOPPED_THERE);
    void session.connection.close();
    this.#lost(`the agent left the node: ${reason}`);
  }

  /** Whoever runs the node does not want us there: we do not come back by ourselves. */
  #sentAway(reason: string): void {
    this.#letGo = true;
    this.#session = undefined;
    this.#state = "ended";
    this.#reason = reason;
    if (this.#node) this.#leave();
    this.#changed();
  }

  #lost(reason: string): void {
    this.#session = undefined;
    this.#report = undefined;
    if (this.#letGo) return;
    this.#state = "disconnected";
    this.#reason = reason;
    this.#leave();
    this.#changed();
    this.#retryAfter(0);
  }

  /** What happens from now on is not recorded; the tree stays as it was seen last, and the next attach knows since when. */
  #leave(): void {
    this.#recorder.leftAt.set(this.name, this.#recorder.lastTs);
    this.#leftAt = this.#recorder.lastSeenAt;
  }

  #failed(error: unknown, attempt: number): void {
    const { code = "" } = error as { readonly code?: string };
    this.#reason = error instanceof Error ? error.message : String(error);
    if (code === "TRACER_NOT_ALLOWED") {
      this.#sentAway(this.#reason);
      return;
    }
    this.#changed();
    this.#retryAfter(attempt, REFUSALS.test(code) ? REFUSED_MS : undefined);
  }

  #retryAfter(attempt: number, wait: number = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]!): void {
    if (this.#letGo) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      // Lost while it was being attached to: that attempt will say so itself.
      if (this.#opening) return;
      void this.#open().then(
        () => undefined,
        (error: unknown) => {
          if (this.#state === "disconnected") this.#failed(error, attempt + 1);
        },
      );
    }, wait);
    this.#retry.unref();
  }

  /** There again: what was before the gap is alive only if the snapshot finds it. Since when nothing is recorded, if it ever was. */
  #back(now: bigint): bigint | undefined {
    const since = this.#recorder.leftAt.get(this.name);
    this.#recorder.leftAt.delete(this.name);
    if (since !== undefined) this.#recorder.lostSight(this.name, later(since, now));
    return since;
  }

  /** Tracing is on (again): up to here something may be missing. */
  #resume(since: bigint | undefined): void {
    const now = this.#session?.tracedSince;
    if (since !== undefined && now !== undefined) this.#notRecorded(since, later(since, now));
  }

  #notRecorded(from: bigint, to: bigint): void {
    if (this.#node)
      this.#recorder.addGap({ node: this.#node.index, from, to, cause: "detached", dropped: {} });
  }

  /**
   * Let go while it was out of reach: what it did since then is not in the record. Nobody can ask it for its time; it went
   * on as ours did.
   */
  #neverBack(): void {
    const since = this.#recorder.leftAt.get(this.name);
    if (since === undefined) return;
    const now = since + BigInt(Math.round((performance.now() - this.#leftAt) * 1e6));
    this.#notRecorded(since, now);
    this.#recorder.leftAt.set(this.name, now);
  }

  #stats(stats: AgentStats): void {
    this.#cost.add(stats);
    this.#report = stats;
    this.#systemMonitor = stats.systemMonitor;
    this.#changed();
  }

  /** Changes what is traced; kept for the next attach too. On an error nothing changes. */
  trace(tracing: Tracing): Promise<void> {
    return this.#change(() => tracing);
  }

  /** One after the other: each goes from what the one before has made of it. */
  #change(to: () => Tracing): Promise<void> {
    const done = this.#lastChange.then(() => this.#trace(to()));
    this.#lastChange = done.catch(() => undefined);
    return done;
  }

  /** For the next attach: the node is out of reach now. */
  traceLater(tracing: Tracing): void {
    this.#tracing = { ...tracing, budget: tracing.budget ?? this.#tracing.budget };
  }

  async #trace(tracing: Tracing): Promise<void> {
    this.#refused = "";
    try {
      await this.#traceNow(tracing);
    } catch (error) {
      this.#refused = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      this.#changed();
    }
  }

  async #traceNow(tracing: Tracing): Promise<void> {
    const session = this.#session;
    if (!session) {
      throw new ElixirScopeError(
        "ENGINE_NOT_CONNECTED",
        `${this.#address.node} is not connected now (${this.#reason}).`,
      );
    }
    const { budget = this.#tracing.budget } = tracing;
    this.#flows = await session.trace(this.#request({ ...tracing, budget }));
    this.#tracing = { ...tracing, budget };
    this.#noteSample();
    this.#untilItReports();
  }

  /** What the agent reported before the last change does not hold any more. */
  #untilItReports(): void {
    if (this.#report) this.#report = { ...this.#report, inForce: this.#tracing.level, loweredBy: "none" };
  }

  /**
   * Traces these functions as well while `work` is under way, whatever level is set meanwhile; everything that was called
   * until then has arrived afterwards.
   */
  async tracingAlso(patterns: readonly string[], work: () => Promise<void>): Promise<void> {
    this.#also.add(patterns);
    try {
      await this.#change(() => this.#tracing);
      await work();
      await this.#session?.sync();
    } finally {
      this.#also.delete(patterns);
      if (this.attached) await this.#change(() => this.#tracing);
    }
  }

  /** @throws ElixirScopeError as {@link Session.replay}, `ENGINE_NOT_CONNECTED` */
  replay(request: ReplayRequest): Promise<ReplayResult> {
    if (this.#session) return this.#session.replay(request);
    throw new ElixirScopeError(
      "ENGINE_NOT_CONNECTED",
      `${this.#address.node} is not connected now (${this.#reason}).`,
    );
  }

  /** None while it is not connected. */
  async sourceTexts(which: WhichSources, modules: readonly string[]): Promise<readonly SourceText[]> {
    return (await this.#session?.sourceTexts(which, modules)) ?? [];
  }

  /** Settles when what happened on the node before the call has come in; where no node is attached, at once. */
  async settled(): Promise<void> {
    await this.#session?.sync();
  }

  async inventory(): Promise<void> {
    await this.#session?.inventory();
  }

  #noteSample(): void {
    this.#recorder.samples.set(this.#node?.index ?? 0, this.#tracing.sample?.processes ?? 1);
  }

  #request(tracing: Tracing = this.#tracing): TraceRequest {
    const { only, except } = scopeTerms(tracing, (text) => this.#processTerm(text));
    const { level, patterns, lines, flows, sample, budget } = tracing;
    const all = [...patterns, ...[...this.#also].flat()];
    return { level, patterns: all, lines, flows, processes: only ?? [], except, sample, budget };
  }

  /** A registered name stays a name, so that whoever has it later (a restart) is meant as well. */
  #processTerm(text: string): Term {
    if (/^[#<{]|^p-\d|^\d|\//.test(text)) return this.#recorder.query.processTerm(text);
    return new Atom(/^[A-Z]/.test(text) ? `Elixir.${text}` : text.replace(/^:/, ""));
  }

  /** Everything of ours leaves the node; what was on the way is taken first. */
  async detach(reason: string = "detached"): Promise<void> {
    if (this.#state === "disconnected") this.#neverBack();
    this.#letGo = true;
    clearTimeout(this.#retry);
    const session = this.#session;
    const stats = await session?.detach();
    if (stats) this.#stats(stats);
    if (session) this.#leave();
    this.#session = undefined;
    this.#state = "ended";
    this.#reason = reason;
    this.#changed();
  }

  #flowsStatus(): FlowsStatus {
    const flows = this.#flows;
    const reason =
      flows.state === "taken"
        ? `Flows are not recorded: the node's system tracer (seq_trace) belongs to ${flows.by}.`
        : "";
    return { state: flows.state, patterns: this.#tracing.flows, reason };
  }

  status(): NodeStatus {
    const session = this.#session;
    const cost: NodeCost = session ? this.#cost.cost : CostMeter.none;
    return {
      index: this.#node?.index ?? -1,
      name: this.#address.node,
      state: this.#state,
      reason: this.#reason,
      otp: this.#node?.otp ?? "",
      elixir: this.#node?.elixir ?? "",
      level: this.#tracing.level,
      patterns: this.#tracing.patterns,
      flows: session ? this.#flowsStatus() : { state: "off", patterns: this.#tracing.flows, reason: "" },
      lines: this.#tracing.lines,
      refused: this.#refused,
      clock: this.#recorder.clocks.of(this.#node?.index ?? -1),
      peers: this.peers,
      tracing: session?.agent.tracing ?? "none",
      cost,
      control: session
        ? nodeControl(this.#tracing, this.#report, this.#tracing.level)
        : nodeControl(this.#tracing, undefined, "off"),
      systemMonitor: session ? this.#systemMonitor : "off",
    };
  }
}

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);
