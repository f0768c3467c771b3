import { Atom, decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import { CallbackWalk, callShape, type ProcessState } from "../analysis/index.ts";
import { ElixirScopeError, type EventKind, NONE } from "../model/index.ts";
import type {
  CrashAnswer,
  CrashesInput,
  CrashInput,
  CrashList,
  CrashRow,
  EventRow,
  LogRow,
  ProcessRef,
  ProcessRow,
  StateRow,
  SupervisorReaction,
} from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { nodeFilter } from "./event-filter.ts";
import { logPartsOf } from "./log-text.ts";
import type { MessageSources } from "./message-query.ts";
import { specAnswer } from "./tree-rows.ts";

const SECOND = 1_000_000_000n;
/** Characters of a reason, and of what was logged. */
const REASON_LENGTH = 20_000;
const LOG_LENGTH = 20_000;
/** Ends that are looked at for one list, one piece after the other. */
const ENDS = [1_000, 4_000, 15_000] as const;
/** Messages to load code that are looked past, and their tags. */
const CODE_LOADING = 500;
const LOADING: ReadonlySet<string> = new Set(["code_call", "code_server"]);
/** Messages, dispatches and states before the end, to know what it was at. */
const WALK_BACK = 2_000;
/** Processes that the supervisor started afterwards, looked at for a successor. */
const STARTS = 200;
/** What is logged of an end can come a little later, from another process. */
const LOGGED_BEFORE = 5n * SECOND;
const LOGGED_AFTER = 3n * SECOND;

/** What crash answers need beyond the recording itself. */
export interface CrashParts {
  row(state: ProcessState): ProcessRow;
  lastState(process: string, beforeId: number): Promise<StateRow | null>;
}

/**
 * The newest end of whoever is meant: a name may have been handed on.
 * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NOT_ENDED`
 */
export async function exitOf(
  text: string,
  { store, names }: Pick<MessageSources, "store" | "names">,
): Promise<StoredEvent> {
  const pids = names.resolveAll(text);
  const [exit] = await store.events({ kinds: ["exit"], pids, order: "newest_first", limit: 1 });
  if (exit) return exit;
  throw notEnded(text);
}

/** How processes ended, and what they did last. */
export class CrashQuery {
  readonly #sources: MessageSources;
  readonly #parts: CrashParts;

  constructor(sources: MessageSources, parts: CrashParts) {
    this.#sources = sources;
    this.#parts = parts;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  async list(input: CrashesInput): Promise<CrashList> {
    const { store, lookup } = this.#sources;
    const of = { kinds: ["exit"], ...nodeFilter(input.node, lookup) } as const;
    const limit = input.limit ?? 50;
    const rows: CrashRow[] = [];
    let before = {};
    for (const most of ENDS) {
      const page = await store.events({ ...of, ...before, order: "newest_first", limit: most });
      for (const exit of page) {
        if (isOrderly(exit.payload)) continue;
        if (rows.length === limit) return { rows, more: true };
        rows.push(await this.#crashRow(exit));
      }
      if (page.length < most) return { rows, more: false };
      before = { beforeId: page.at(-1)!.id };
    }
    return { rows, more: true };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NOT_ENDED` */
  async answer(input: CrashInput): Promise<CrashAnswer> {
    const { table, names, rows } = this.#sources;
    const exit = await exitOf(input.process, this.#sources);
    const state = table.processes.get(exit.pid);
    if (!state) throw notEnded(input.process);
    const limit = input.messages ?? 10;
    const received = await this.#lastOf(exit, ["receive"], limit);
    const sent = await this.#lastOf(exit, ["send", "send_to_dead"], limit);
    const lastState = await this.#parts.lastState(names.ref(exit.pid)!.handle, exit.id);
    return {
      ...(await this.#crashRow(exit)),
      process: this.#parts.row(state),
      received: received.toReversed().map((event) => rows.row(event)),
      sent: sent.toReversed().map((event) => rows.row(event)),
      lastMessage: await this.#lastMessage(exit, received, lastState),
      state: lastState,
      logs: await this.#logs(exit),
      alsoEnded: await this.#alsoEnded(exit),
      note: received.length + sent.length > 0 ? "" : await this.#noMessages(exit),
    };
  }

  /** Newest first. What is said to load code tells nothing of the process: to print an error loads a lot. */
  async #lastOf(
    exit: StoredEvent,
    kinds: readonly EventKind[],
    limit: number,
  ): Promise<readonly StoredEvent[]> {
    const found = await this.#sources.store.events({
      kinds,
      pids: [exit.pid],
      beforeId: exit.id,
      order: "newest_first",
      limit: limit + CODE_LOADING,
    });
    return found.filter(({ tag }) => !LOADING.has(this.#sources.lookup.atomName(tag))).slice(0, limit);
  }

  async #crashRow(exit: StoredEvent): Promise<CrashRow> {
    const { names, rows } = this.#sources;
    return {
      process: names.ref(exit.pid)!,
      exit: rows.row(exit),
      reason: rows.term(exit.payload, REASON_LENGTH),
      supervision: await this.#supervision(exit),
    };
  }

  async #supervision(exit: StoredEvent): Promise<SupervisorReaction | null> {
    const { table, names, lookup } = this.#sources;
    const state = table.processes.get(exit.pid);
    const named = state?.child;
    const supervisor = named?.supervisor ?? this.#supervisorAbove(state);
    const ref = supervisor === undefined ? null : names.ref(supervisor);
    if (!state || supervisor === undefined || !ref) return null;
    const successor = await this.#successor(exit, state, supervisor);
    // One that ended before its supervisor named it had the place of its successor.
    const child = named ?? (successor && table.processes.get(successor.pid)?.child);
    const above = table.processes.get(supervisor);
    const gaveUp =
      above?.exitedAt !== undefined && above.exitedAt >= exit.ts && above.exitedAt - exit.ts <= SECOND;
    return {
      supervisor: ref,
      childId: child ? lookup.inspect(child.id, 200).text : null,
      spec: child?.spec ? specAnswer(child.spec) : null,
      reaction: successor ? "restarted" : gaveUp ? "gave_up" : "not_restarted",
      successor: successor ? names.ref(successor.pid) : null,
      afterNs: successor ? Number(successor.ts - exit.ts) : null,
    };
  }

  /** Of one that ended before its supervisor was asked for its children. */
  #supervisorAbove(state: ProcessState | undefined): number | undefined {
    const parent = state?.parent ?? NONE;
    if (parent === NONE) return undefined;
    const call = this.#sources.table.processes.get(parent)?.initialCall;
    const known = this.#sources.table.supervisors.has(parent);
    return known || call?.module === "supervisor" || call?.module === "Elixir.DynamicSupervisor"
      ? parent
      : undefined;
  }

  /** The first that the supervisor started afterwards, of the same sort (or under the same id). */
  async #successor(
    exit: StoredEvent,
    state: ProcessState,
    supervisor: number,
  ): Promise<StoredEvent | undefined> {
    const { store, table } = this.#sources;
    const started = await store.events({
      kinds: ["spawned"],
      peers: [supervisor],
      afterId: exit.id,
      order: "oldest_first",
      limit: STARTS,
      withoutPayload: true,
    });
    const id = state.child && textOf(state.child.id);
    return started.find(({ pid }) => {
      const next = table.processes.get(pid);
      if (!next) return false;
      if (id !== undefined && next.child && id !== ":undefined") return textOf(next.child.id) === id;
      return sameCall(state, next);
    });
  }

  /** With dispatches: the message of the callback that it was in. Without: the newest that is no reply, which may still wait. */
  async #lastMessage(
    exit: StoredEvent,
    received: readonly StoredEvent[],
    state: StateRow | null,
  ): Promise<EventRow | null> {
    const { store, rows, lookup } = this.#sources;
    // `terminate` is given the state from before the message that it ends with.
    if (state?.function?.includes(".terminate")) return state.cause;
    const found = await store.events({
      kinds: ["receive", "dispatch", "state"],
      pids: [exit.pid],
      beforeId: exit.id,
      order: "newest_first",
      limit: WALK_BACK,
    });
    if (!found.some(({ kind }) => kind === "dispatch")) {
      const newest = received.find(({ payload }) => callShape(payload)?.type !== "reply" && !isExit(payload));
      return newest ? rows.row(newest) : null;
    }
    const walk = new CallbackWalk<StoredEvent>(
      { function: ({ mfa }) => lookup.function(mfa), tag: ({ tag }) => lookup.atomName(tag) },
      true,
    );
    for (const event of found.toReversed()) walk.step(event);
    // Its end stands where the state after the callback would.
    const step = walk.step({ ...exit, kind: "state" });
    return step?.dispatch && step.cause ? rows.row(step.cause) : null;
  }

  async #logs(exit: StoredEvent): Promise<readonly LogRow[]> {
    const { store } = this.#sources;
    const found = await store.events({
      kinds: ["log"],
      pids: [exit.pid],
      from: exit.ts - LOGGED_BEFORE,
      to: exit.ts + LOGGED_AFTER,
      order: "newest_first",
      limit: 20,
    });
    return found.toReversed().map((event) => this.#log(event));
  }

  #log(event: StoredEvent): LogRow {
    const { rows, lookup } = this.#sources;
    const { crashReason: _, ...parts } = logPartsOf(decodeTerm(event.payload, 0).term, LOG_LENGTH);
    return { event: rows.row(event), level: lookup.atomName(event.tag), ...parts };
  }

  async #alsoEnded(exit: StoredEvent): Promise<readonly ProcessRef[]> {
    const { store, names } = this.#sources;
    const found = await store.events({
      kinds: ["exit"],
      from: exit.ts - SECOND,
      to: exit.ts + SECOND,
      order: "oldest_first",
      limit: 1_000,
    });
    const reason = Buffer.from(exit.payload);
    return found
      .filter(({ id, payload }) => id !== exit.id && reason.equals(payload) && !isOrderly(payload))
      .flatMap(({ pid }) => names.ref(pid) ?? []);
  }

  async #noMessages(exit: StoredEvent): Promise<string> {
    const counts = await this.#sources.store.countByKind({ kinds: ["send", "receive"], beforeId: exit.id });
    return (counts.send ?? 0) + (counts.receive ?? 0) > 0
      ? "No message of this process was recorded before its end."
      : "Messages were not recorded: use the level messages, or state to have its states as well.";
  }
}

const notEnded = (text: string): ElixirScopeError =>
  new ElixirScopeError(
    "QUERY_NOT_ENDED",
    `${text} has not ended in this recording. See \`elixirscope crashes\` for those that have.`,
    { process: text },
  );

const textOf = (term: Term): string =>
  JSON.stringify(term, (_, value) => (typeof value === "bigint" ? `${value}` : value));

function sameCall(a: ProcessState, b: ProcessState): boolean {
  const [x, y] = [a.initialCall, b.initialCall];
  return (
    x !== undefined &&
    y !== undefined &&
    x.module === y.module &&
    x.function === y.function &&
    x.arity === y.arity
  );
}

/** `normal`, `shutdown`, `{shutdown, _}`. */
function isOrderly(payload: Uint8Array): boolean {
  const { term } = decodeTerm(payload, 0);
  const word = term instanceof Tuple && term.elements.length === 2 ? term.elements[0] : term;
  if (!(word instanceof Atom)) return false;
  return word.name === "shutdown" || (word.name === "normal" && term === word);
}

/** What a supervisor sends to end a child is no message that it worked on. */
function isExit(payload: Uint8Array): boolean {
  const { term } = decodeTerm(payload, 0);
  return term instanceof Tuple && term.elements[0] instanceof Atom && term.elements[0].name === "EXIT";
}
