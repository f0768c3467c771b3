import {
  type CloseReason,
  type Dial,
  DistConnection,
  type LocalProcess,
  type TlsOptions,
} from "@elixirscope/dist";
import {
  atom,
  decodeTerm,
  type ErlangMap,
  inspect,
  isAtom,
  isTagged,
  type Term,
  tuple,
} from "@elixirscope/etf";
import type { AgentOptions, HeldBoot } from "../model/index.ts";
import {
  type DictionaryDelta,
  ElixirScopeError,
  EVENT_KINDS,
  type EventBatch,
  type Gap,
  type ModuleSource,
  type NodeEntry,
  type SourceText,
} from "../model/index.ts";
import { commandResult } from "./agent-answers.ts";
import { loadAgent } from "./agent-loader.ts";
import { redactorFor, startAgent } from "./agent-start.ts";
import {
  type AgentInfo,
  type AgentStats,
  bigintOf,
  type FlowsAnswer,
  flowsStateOf,
  gapOf,
  registeredNameOf,
  statsOf,
} from "./agent-terms.ts";
import { batchBytes, copyOf } from "./batch-message.ts";
import { BatchScanner } from "./batch-scanner.ts";
import type { Dictionary } from "./dictionary.ts";
import { flowEntries, newFlowLabel } from "./flow-entries.ts";
import { holdBoot } from "./held-boot.ts";
import { moduleSources } from "./module-sources.ts";
import { modulesBelow } from "./modules-below.ts";
import { type NodeLook, nodeLook } from "./node-look.ts";
import type { Redactor } from "./redaction.ts";
import { Refresher } from "./refresher.ts";
import { type ReplayRequest, type ReplayResult, replayRequest, replayResult } from "./replay.ts";
import { NameRegistry, type Numbering } from "./scan-target.ts";
import { SessionClock } from "./session-clock.ts";
import { sourceTexts, type WhichSources } from "./source-texts.ts";
import {
  agentPatterns,
  compilePattern,
  moduleOf,
  modulesOf,
  patternsBelow,
  prefixesOf,
} from "./trace-pattern.ts";
import { agentRequest, isEverybody, type TraceRequest } from "./trace-request.ts";

/** Milliseconds that the agent may take for a command, `detach` of a flooded node included. */
const COMMAND_MS = 30_000;

/** Milliseconds between beats; the agent counts on them and removes itself after `heartbeat_ms` (700) without one. */
const BEAT_MS = 200;

/** Above this much that waits for the disk, the agent gets no new credit; looked at again so many milliseconds later. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;
const BACKLOG_POLL_MS = 5;

/** The agent's last word where somebody on the node told it to go (`elixirscope_agent:stop()`). */
const STOPPED = "stopped";
/** The same as {@link SessionSink.bye} tells it. */
export const BYE_STOPPED: string = `:${STOPPED}`;

/** Who takes what a session brings. Called synchronously; a batch counts as taken when `batch` returns. */
export interface SessionSink {
  /** Bytes taken that still wait in memory: while they are many, nothing is acknowledged and the agent's credit runs out. */
  backlog(): number;
  batch(batch: EventBatch, delta: DictionaryDelta): void;
  gap(gap: Gap): void;
  /** Where the functions of a traced module stand; again when it was loaded anew. */
  source(source: ModuleSource): void;
  stats(stats: AgentStats): void;
  /** The agent's last word: it is gone from the node, for this reason. */
  bye(reason: string): void;
  /** Another tool took the node's system tracer: flows are not recorded any more, everything else is. */
  flowsTaken(by: string): void;
  /** A library with entry points was loaded: flows are recorded from now on. */
  flowsOn(): void;
}

export interface SessionOptions {
  /** `name@host`. */
  readonly node: string;
  readonly cookie: string;
  readonly host?: string;
  readonly port?: number;
  readonly epmdPort?: number;
  readonly tls?: TlsOptions;
  /** Opens the connection, and that to EPMD: through a tunnel. */
  readonly dial?: Dial;
  /** Number of the node in the recording, if it is not one of `known`. */
  readonly index: () => number;
  /** Nodes of the recording with this name: the same incarnation (creation) keeps its number and its clock. */
  readonly known?: readonly NodeEntry[];
  readonly dictionary: Dictionary;
  readonly numbering: Numbering;
  readonly sink: SessionSink;
  /** Words that make a key secret, in addition to the usual ones and the application's own; `false`: nothing is overwritten. */
  readonly redaction?: readonly string[] | false;
  /** Label of our tokens, see {@link newFlowLabel}; one for all nodes of a recording, so that flows pass between them. */
  readonly flowLabel?: number;
  /** It waits in its boot: it does so until `releaseBoot`, however long that takes, or until the connection ends. */
  readonly heldBoot?: HeldBoot;
  /** What the agent is started with; what is not given is as it has it. */
  readonly agent?: AgentOptions;
  /** Who attaches, for the node's own log; absent: nothing is said there. */
  readonly who?: string;
  /** Told before each step of {@link Session.attach}. */
  readonly onStep?: (step: AttachStep) => void;
}

/** What an attach waits for. */
export type AttachStep = "connection" | "agent" | "start";

/**
 * An attached node: our connection to it and our agent in it. Ends with {@link detach}, or when the connection does.
 */
export class Session {
  readonly connection: DistConnection;
  readonly agent: AgentInfo;
  readonly node: NodeEntry;
  /** Its time, as events have it. */
  readonly clock: SessionClock;
  readonly #sink: SessionSink;
  readonly #dictionary: Dictionary;
  readonly #names: NameRegistry = new NameRegistry();
  readonly #scanner: BatchScanner;
  /** Overwrites secrets; absent where that was switched off. */
  readonly #redactor: Redactor | undefined;
  readonly #flowLabel: number;
  /** What is traced. */
  #request: TraceRequest | undefined;
  readonly #scope: LocalProcess;
  readonly #beat: NodeJS.Timeout;
  /** When the last beat went out, on our own clock (ms). */
  #beatAt = performance.now();
  readonly #refresher: Refresher;
  readonly #commands = new Map<number, (answer: Term) => void>();
  #nextCommand = 1;
  /** Dropped events by kind that gaps have told of. */
  readonly #inGaps = new Map<string, number>();
  /** Timestamp of the newest event, and our own clock (ms) when it came. */
  #lastTs = 0n;
  #lastAt = 0;
  #taken = 0;
  #nextBatch = 0;
  #lastStats: AgentStats | undefined;
  #tracesAll = true;
  /** Since when what is asked for now is traced, on the node's monotonic clock. */
  #tracedSince: bigint;
  #waiting: NodeJS.Timeout | undefined;
  #acknowledging: NodeJS.Immediate | undefined;

  private constructor(
    connection: DistConnection,
    scope: LocalProcess,
    agent: AgentInfo,
    redactor: Redactor | undefined,
    options: SessionOptions,
  ) {
    this.connection = connection;
    this.agent = agent;
    this.#redactor = redactor;
    this.#scope = scope;
    this.#sink = options.sink;
    this.#dictionary = options.dictionary;
    this.#flowLabel = options.flowLabel ?? newFlowLabel();
    const { name, creation } = connection.peer;
    this.node = options.known?.find((node) => node.name === name && node.creation === creation) ?? {
      index: options.index(),
      name,
      creation,
      otp: agent.otp,
      elixir: agent.elixir,
      timeOffset: agent.timeOffset,
    };
    this.#tracedSince = agent.startedAt;
    this.clock = new SessionClock(this.node.timeOffset, (timeOffset) => {
      this.#scanner.timeOffset = timeOffset;
    });
    this.#scanner = new BatchScanner(options.dictionary, {
      node: this.node.index,
      nodeName: this.node.name,
      timeOffset: this.node.timeOffset,
      names: this.#names,
      numbering: options.numbering,
    });
    this.#beat = setInterval(() => this.#sendBeat(), BEAT_MS);
    this.#refresher = new Refresher(options.dictionary, name, (pids) => {
      void this.#command(tuple(atom("refresh"), pids)).catch(() => undefined);
    });
    void connection.closed.then(() => {
      clearInterval(this.#beat);
      this.#refresher.stop();
      clearTimeout(this.#waiting);
      clearImmediate(this.#acknowledging);
    });
    // A batch that cannot be read ends our process, and with it the agent: better no record than a wrong one.
    void scope.exited.then(({ error }) => error && this.#sink.bye(error.message));
  }

  /**
   * Connects, loads the agent and starts it; nothing is traced before {@link trace}.
   * @throws DistError as the connection fails; ElixirScopeError `TRACER_TAKEN`, `TRACER_ALREADY_ATTACHED`,
   * `TRACER_NO_COMPILER`, `TRACER_AGENT_REFUSED`.
   */
  static async attach(options: SessionOptions): Promise<Session> {
    const step = (now: AttachStep): void => options.onStep?.(now);
    step("connection");
    const connection = await DistConnection.connect({
      node: options.node,
      cookie: options.cookie,
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.epmdPort === undefined ? {} : { epmdPort: options.epmdPort }),
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      ...(options.dial === undefined ? {} : { dial: options.dial }),
    });
    try {
      step("agent");
      if (options.heldBoot) await holdBoot(connection);
      const redactor = await redactorFor(connection, options);
      await loadAgent(connection);
      // Nothing arrives before the session exists: the agent sends on its own only from its first report on.
      const early: Uint8Array[] = [];
      let session: Session | undefined;
      const scope = connection.spawn({
        onRaw: (payload) => {
          if (session) session.#receive(payload);
          else early.push(copyOf(payload));
        },
        // Its last word may not have fitted into a full connection; that it is gone always arrives. The end of the
        // connection itself is told by `closed`.
        onDown: (_ref, _from, reason) => {
          if (!isAtom(reason, "noconnection")) options.sink.bye(inspect(reason));
        },
      });
      step("start");
      const agent = await startAgent(connection, scope, options.agent ?? {}, options.who);
      connection.monitor(scope, agent.owner);
      session = new Session(connection, scope, agent, redactor, options);
      for (const payload of early) session.#receive(payload);
      return session;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Words that make a key secret on this node; none where nothing is overwritten. */
  get redactionKeys(): readonly string[] {
    return this.#redactor?.keys ?? [];
  }

  /** The node's own time (as in `ts` of events) of the start of the agent; after {@link trace}: since when that is in force. */
  get tracedSince(): bigint {
    return this.#tracedSince + this.clock.timeOffset;
  }

  get closed(): Promise<CloseReason> {
    return this.connection.closed;
  }

  /**
   * Replaces what is traced. On an error what was traced before stays.
   * @throws ElixirScopeError `BAD_MFA_PATTERN`, `TRACER_NO_SUCH_PROCESS`, `TRACER_NO_SUCH_APPLICATION`, `TRACER_NO_SUCH_FUNCTION`,
   * `TRACER_NO_LINES`, `TRACER_SYSTEM_TRACER_TAKEN`.
   */
  async trace(request: TraceRequest): Promise<FlowsAnswer> {
    const answer = await this.#trace(request);
    this.#request = request;
    return answer;
  }

  /** Modules with entry points have come since they were asked for: all as before, and with them. */
  async #again(): Promise<void> {
    if (!this.#request) return;
    const flows = await this.#trace({ ...this.#request, budget: undefined, later: true });
    if (flows.state === "taken") this.#sink.flowsTaken(flows.by);
    else this.#sink.flowsOn();
  }

  async #trace(request: TraceRequest): Promise<FlowsAnswer> {
    const wanted = request.patterns.map(compilePattern);
    const below = (prefixes: readonly string[]) => modulesBelow(this.connection, prefixes);
    const patterns = agentPatterns(wanted, await below(prefixesOf(wanted)));
    const flows = request.level === "observe" ? [] : await flowEntries(request.flows ?? [], below);
    const lines = await this.#lineModules(request.lines ?? []);
    // Names are known whole only where everybody is traced.
    this.#tracesAll = isEverybody(request);
    if (!this.#tracesAll) this.#names.complete = false;
    const later = patternsBelow(wanted);
    const settings = agentRequest(request, { patterns, later, flows, lines, label: this.#flowLabel });
    // By rpc: modules are loaded and patterns checked in the caller, on the node, so that the agent is not kept busy.
    const call = [this.agent.owner, tuple(atom("trace"), settings)];
    const answer = await this.connection.rpc("elixirscope_agent", "command", call, { timeoutMs: COMMAND_MS });
    const counts = commandResult(answer) as ErlangMap;
    this.#tracedSince = bigintOf(counts.get("at"));
    this.#describe([...patterns, ...lines.map((module) => atom(module))]);
    return flowsStateOf(counts.get("flows"));
  }

  async #lineModules(texts: readonly string[]): Promise<readonly string[]> {
    const wanted = texts.map(moduleOf);
    const below = wanted.flatMap(({ module, submodules }) => (submodules ? [module] : []));
    const found = await modulesBelow(this.connection, below);
    return [...new Set([...found, ...wanted.flatMap((one) => (one.submodules ? [] : [one.module]))])];
  }

  /** Nobody waits for it: a call is recorded whether or not we know where its function stands. */
  #describe(modules: readonly Term[]): void {
    void this.#sources(modulesOf(modules)).catch(() => undefined);
  }

  async #sources(modules: readonly string[]): Promise<void> {
    for await (const source of moduleSources(this.connection, this.agent.owner, modules))
      this.#sink.source(source);
  }

  /** Sources of modules as the node has them now, without their secrets. */
  sourceTexts(which: WhichSources, modules: readonly string[]): Promise<readonly SourceText[]> {
    return sourceTexts(this.connection, this.agent.owner, this.#redactor, { which, modules });
  }

  /** Asks for `process`, `application` and `supervisor` events of everything that lives. */
  async snapshot(): Promise<void> {
    await this.#command(atom("snapshot"));
  }

  /** Its clock, and whom it is connected to. */
  async look(): Promise<NodeLook> {
    const asked = process.hrtime.bigint();
    const answer = await this.#command(atom("look"));
    return nodeLook(answer, asked, process.hrtime.bigint());
  }

  /** Asks for an inventory, which comes as a `session` event. */
  async inventory(): Promise<void> {
    await this.#command(atom("inventory"));
  }

  /**
   * Runs a recorded callback once more in a sandbox on the node, or looks for what it may do.
   * @throws ElixirScopeError `TRACER_REPLAY_FAILED`, `TRACER_REPLAY_BUSY`
   */
  async replay(request: ReplayRequest): Promise<ReplayResult> {
    return replayResult(await this.#command(tuple(atom("replay"), replayRequest(request))));
  }

  /** Resolves when every event produced before the call has been sent or counted; the accounts are exact then. */
  async sync(): Promise<AgentStats> {
    return statsFrom(await this.#command(atom("sync")));
  }

  /** Ends tracing, takes what is still on the way, removes everything of ours from the node and disconnects. */
  async detach(): Promise<AgentStats | undefined> {
    this.#refresher.stop();
    // The beat goes on meanwhile: until everything has been sent the agent has to know that we are there.
    const stats = await this.#command(atom("detach")).then(statsFrom, () => undefined);
    if (stats) this.#gapAtTheEnd(stats);
    await this.connection.close();
    return stats;
  }

  /** What was dropped last may have had no credit left to be reported as a gap: the accounts tell how much it was. */
  #gapAtTheEnd(stats: AgentStats): void {
    const missing = Object.entries(stats.droppedByKind).flatMap(([kind, count]) => {
      const left = count - (this.#inGaps.get(kind) ?? 0);
      return left > 0 ? [[kind, left] as const] : [];
    });
    if (missing.length === 0) return;
    const to = this.#lastTs + BigInt(Math.round((performance.now() - this.#lastAt) * 1e6));
    const dropped = Object.fromEntries(missing);
    this.#sink.gap({ node: this.node.index, cause: "no_credit", from: this.#lastTs, to, dropped });
  }

  /** A message to the agent and its answer; not by rpc, whose process would show up in the trace. */
  async #command(command: Term): Promise<Term> {
    const id = this.#nextCommand++;
    const answer = new Promise<Term>((resolve) => this.#commands.set(id, resolve));
    this.connection.send(
      this.#scope,
      this.agent.owner,
      tuple(atom("es_command"), this.#scope.pid, id, command),
    );
    const tooLate = new AbortController();
    const timer = setTimeout(() => tooLate.abort(), COMMAND_MS);
    try {
      return commandResult(await Promise.race([answer, this.#noAnswer(tooLate.signal)]));
    } finally {
      clearTimeout(timer);
      this.#commands.delete(id);
    }
  }

  /** Rejects when the connection ends or time is up. */
  async #noAnswer(tooLate: AbortSignal): Promise<never> {
    const late = new Promise<string>((resolve) => {
      tooLate.addEventListener("abort", () => resolve(`it did not answer for ${COMMAND_MS / 1000} s`));
    });
    const why = await Promise.race([this.connection.closed.then(({ message }) => message), late]);
    throw new ElixirScopeError("TRACER_NO_ANSWER", `The agent on ${this.node.name} gave no answer: ${why}`);
  }

  #sendBeat(): void {
    this.#beatAt = performance.now();
    for (const pid of [this.agent.owner, this.agent.reaper])
      this.connection.send(this.#scope, pid, atom("es_beat"));
  }

  /** A message of the agent: a batch mostly, so that shape is looked for first and nothing else of it decoded. */
  #receive(payload: Uint8Array): void {
    const bytes = batchBytes(payload);
    if (bytes) {
      this.#takeBatch(bytes);
      return;
    }
    const { term } = decodeTerm(payload, 0);
    if (isTagged(term, "es_answer", 3)) this.#commands.get(Number(term.elements[1]))?.(term.elements[2]!);
    else if (isTagged(term, "es_stats", 2)) this.#takeStats(statsOf(term.elements[1] as ErlangMap));
    else if (isTagged(term, "es_bye", 2)) this.#bye(term.elements[1]!);
    // Refused (the system tracer is taken) it stays as it was.
    else if (isTagged(term, "es_entries", 2)) void this.#again().catch(() => undefined);
    else if (isTagged(term, "es_flows", 2)) {
      const flows = flowsStateOf(term.elements[1]);
      if (flows.state === "taken") this.#sink.flowsTaken(flows.by);
    }
  }

  #takeStats(stats: AgentStats): void {
    this.#lastStats = stats;
    this.#sink.stats(stats);
  }

  /** One that was told to go has sent its accounts before. */
  #bye(reason: Term): void {
    if (isAtom(reason, STOPPED) && this.#lastStats) this.#gapAtTheEnd(this.#lastStats);
    this.#sink.bye(inspect(reason));
  }

  /** `bytes` lie in the socket's buffer, which holds as long as this call: whoever keeps something of them copies it. */
  #takeBatch(bytes: Uint8Array): void {
    const batch = this.#scanner.scan(bytes);
    this.clock.take(batch);
    // Before anything else looks at a payload. The scanner took names of processes and functions, and shapes only.
    this.#redactor?.redact(batch, this.#dictionary.functions);
    this.#nextBatch++;
    this.#lastTs = batch.ts[batch.count - 1] ?? this.#lastTs;
    this.#lastAt = performance.now();
    // A flood on a busy machine leaves timers no turn: who takes batches is alive.
    if (this.#lastAt - this.#beatAt > BEAT_MS) this.#sendBeat();
    this.#noteOwnEvents(batch);
    this.#refresher.note(batch);
    this.#sink.batch(batch, this.#dictionary.takeDelta());
    this.#taken += bytes.length;
    // Once for all that one read from the socket brought: each acknowledgement wakes the tracer in the node.
    this.#acknowledging ??= setImmediate(() => {
      this.#acknowledging = undefined;
      this.#acknowledge();
    });
  }

  /** Now, or as soon as what was taken has found its way to the disk. */
  #acknowledge(): void {
    if (this.#waiting) return;
    if (this.#sink.backlog() <= MAX_BACKLOG_BYTES) {
      this.connection.send(this.#scope, this.agent.tracer, tuple(atom("es_ack"), this.#taken));
      return;
    }
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined;
      this.#acknowledge();
    }, BACKLOG_POLL_MS);
  }

  /** Gaps go to the sink; names of processes that lived before us are learnt from the snapshot. */
  #noteOwnEvents(batch: EventBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const kind = batch.kind[i];
      if (kind === EVENT_KINDS.session) this.#noteSession(decodeTerm(batch.bytes, batch.offset[i]!).term);
      if (kind !== EVENT_KINDS.gap && kind !== EVENT_KINDS.process) continue;
      const { term } = decodeTerm(batch.bytes, batch.offset[i]!);
      if (kind === EVENT_KINDS.gap) {
        const gap = gapOf(term, this.node.index, this.clock.timeOffset);
        if (gap) this.#takeGap(gap);
      } else {
        const name = registeredNameOf(term);
        if (name !== undefined) this.#names.set(this.#dictionary.atoms.internName(name), batch.pid[i]!);
      }
    }
  }

  /** With a snapshot all registered names are known, and events keep them so, while all processes are traced. */
  #noteSession(term: Term): void {
    // Its functions may stand elsewhere now.
    if (isTagged(term, "code_reload", 2)) this.#describe(term.elements[1] as readonly Term[]);
    if (isAtom(term, "snapshot_done")) this.#names.complete = this.#tracesAll;
  }

  #takeGap(gap: Gap): void {
    if (gap.cause === "breaker" || (gap.dropped.register ?? 0) > 0) this.#names.complete = false;
    for (const [kind, count] of Object.entries(gap.dropped)) {
      this.#inGaps.set(kind, (this.#inGaps.get(kind) ?? 0) + count);
    }
    this.#sink.gap(gap);
  }

  /** Batches taken so far. */
  get batches(): number {
    return this.#nextBatch;
  }
}

const statsFrom = (term: Term): AgentStats => statsOf(term as ErlangMap);
