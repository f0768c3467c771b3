import { setTimeout as delay } from "node:timers/promises";
import type { Caller, Input, MethodName, NodeStatus } from "../../protocol/index.ts";
import { type Act, actsOf, plainName, tracedOn } from "./act-words.ts";
import { AuditLog } from "./audit-log.ts";
import { type Who, whoAmI, whoText } from "./who.ts";

export interface AuditOptions {
  readonly file: string;
  /** Nothing is done on a node that is not in the log first. */
  readonly required: boolean;
}

/** How long an act waits for its line where it need not: a disk that hangs holds up nobody. */
const PATIENCE_MS = 1_000;

/** A node as it was seen last, and what it came to since it was attached. */
interface Seen {
  readonly state: NodeStatus["state"];
  readonly since: number;
  readonly events: number;
  readonly dropped: number;
  readonly memoryPeakBytes: number;
}

/** Whoever runs the node wants us to be gone, by what the link then says. */
const SENT_AWAY = /elixirscope_agent:stop|config :kernel/;

const OURSELVES: Caller = { surface: "cli" };

/**
 * Who did what on which node, told to the log: what is asked for before it is done, what becomes of a node as it is seen. The
 * log is the user's own; it holds no cookie, no token and no term.
 */
export class Audit {
  readonly #log: AuditLog;
  #required: boolean;
  readonly #version: string;
  readonly #seen = new Map<string, Seen>();
  readonly #changed: () => void;
  #trouble = "";
  /** Who ends it, while that is under way. */
  #leaving: Caller = OURSELVES;
  readonly who: Who;

  constructor(options: AuditOptions, version: string, changed: () => void) {
    this.#log = new AuditLog(options.file);
    this.#required = options.required;
    this.#version = version;
    this.#changed = changed;
    this.who = whoAmI(process.env);
  }

  /** For the node's own log. */
  get whoText(): string {
    return whoText(this.who, this.#version);
  }

  /** Why the log is not written just now; "": it is. */
  get trouble(): string {
    return this.#trouble;
  }

  /**
   * Does what was asked. Where it does something on a node the log has it first.
   * @throws ElixirScopeError `AUDIT_NOT_WRITTEN` where the log is required, and nothing was done; whatever `work` throws
   */
  async around<M extends MethodName, T>(
    asked: { readonly method: M; readonly input: Input<M>; readonly by: Caller | undefined },
    nodes: () => readonly NodeStatus[],
    work: () => Promise<T>,
  ): Promise<T> {
    const by = asked.by ?? OURSELVES;
    if (asked.method === "detach") return this.#detaching(by, work);
    if (asked.method === "attach" && (asked.input as Input<"attach">).requireAudit) this.#required = true;
    const acts = actsOf(asked.method, asked.input, nodes);
    for (const act of acts) await this.#tellFirst(act, by);
    try {
      return await work();
    } catch (error) {
      for (const { act, node } of acts)
        this.#tell({ act: "refused", node, of: act, code: codeOf(error) }, by);
      throw error;
    }
  }

  async #detaching<T>(by: Caller, work: () => Promise<T>): Promise<T> {
    this.#leaving = by;
    try {
      return await work();
    } finally {
      this.#leaving = OURSELVES;
    }
  }

  /** What has become of the nodes; called whenever something of them changed. */
  look(nodes: readonly NodeStatus[]): void {
    for (const node of nodes) {
      if (node.state === "recording" || node.state === "connecting") continue;
      const before = this.#seen.get(node.name);
      const now = seen(node, before);
      this.#seen.set(node.name, now);
      if (before?.state !== node.state) this.#turned(node, before, now);
    }
  }

  #turned(node: NodeStatus, before: Seen | undefined, now: Seen): void {
    const { name, state, reason, otp, elixir, tracing } = node;
    if (state === "connected") {
      const act = before?.state === "disconnected" ? "back" : "attached";
      this.#tell({ act, node: name, otp, elixir, tracing, ...tracedOn(node) });
      return;
    }
    const end = { node: name, ...costs(before ?? now) };
    if (state === "disconnected") {
      const left = reason.startsWith("the agent left");
      this.#tell({ act: left ? "left" : "lost", ...end, reason: plainName(reason) });
    } else if (reason === "detached") this.#tell({ act: "detached", ...end }, this.#leaving);
    else
      this.#tell({
        act: SENT_AWAY.test(reason) ? "sent_away" : "detached",
        ...end,
        reason: plainName(reason),
      });
  }

  async #tellFirst(act: Act, by: Caller): Promise<void> {
    const told = this.#told(act, by);
    if (this.#required) return told;
    const late = new AbortController();
    const patience = delay(PATIENCE_MS, "late", { ref: false, signal: late.signal }).catch(() => "");
    const first = await Promise.race([told.then(noted, noted), patience]);
    late.abort();
    if (first === "late") this.#say(`The audit log ${this.#log.file} takes long to be written.`);
  }

  #tell(act: Act, by?: Caller): void {
    void this.#told(act, by).catch(() => undefined);
  }

  async #told(act: Act, by?: Caller): Promise<void> {
    const time = new Date().toISOString();
    const caller = by && { surface: by.surface, ...(by.pid !== undefined && { commandPid: by.pid }) };
    try {
      await this.#log.append({ time, pid: process.pid, ...this.who, ...caller, ...act });
      this.#say("");
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #say(trouble: string): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#changed();
  }

  /** When all that was told is in the log, or known not to be; for the end. */
  async settled(): Promise<void> {
    await Promise.race([this.#log.settled(), delay(PATIENCE_MS, undefined, { ref: false })]);
  }
}

const noted = (): string => "";

const codeOf = (error: unknown): string => {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "INTERNAL";
};

function seen(node: NodeStatus, before: Seen | undefined): Seen {
  const goesOn = before?.state === "connected" && node.state === "connected";
  const { sent = 0, droppedByCause } = node.control;
  const dropped = Object.values(droppedByCause).reduce((sum, count) => sum + count, 0);
  return {
    state: node.state,
    since: goesOn ? before.since : performance.now(),
    events: sent,
    dropped,
    memoryPeakBytes: Math.max(goesOn ? before.memoryPeakBytes : 0, node.cost.agentMemoryBytes),
  };
}

/** Of one attach, up to the last report of the agent. */
const costs = ({ since, events, dropped, memoryPeakBytes }: Seen): Readonly<Record<string, number>> => ({
  seconds: Math.round((performance.now() - since) / 100) / 10,
  events,
  dropped,
  memoryPeakBytes,
});
