import { decodeTerm, isTagged, skipTerm, type Term, tupleArity } from "@elixirscope/etf";
import { bytesKey, callShape, holdsCut } from "../analysis/index.ts";
import { ElixirScopeError, type FunctionEntry } from "../model/index.ts";
import type { ReplayInput } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { MessageSources } from "./message-query.ts";
import { reasonsOf, type WalkParts, walkStates } from "./state-history.ts";

/** A callback as it is recorded: what it was given, and what it came to. */
export interface RecordedCallback {
  /** The state that it left. */
  readonly event: StoredEvent;
  readonly dispatch: StoredEvent | undefined;
  readonly cause: StoredEvent | undefined;
  readonly function: FunctionEntry | undefined;
  readonly type: "gen_server" | "gen_statem" | "gen_event";
  /** Bytes of the terms that it was called with. */
  readonly message: Uint8Array;
  readonly state: Uint8Array;
  /** What was answered to its questions meanwhile. */
  readonly answers: readonly (readonly [Uint8Array, Uint8Array])[];
  readonly reply: Term | undefined;
  /** What it sent beside its reply. */
  readonly sends: readonly Term[];
  /** Why the process ended with it. */
  readonly reason: Term | undefined;
  /** What it went on with; null: with nothing, undefined: not known. */
  readonly continued: Term | null | undefined;
  /** Why it cannot be run; "" where it can. */
  readonly refused: string;
  readonly notes: readonly string[];
  /** Messages that it sent and took meanwhile, oldest first. */
  readonly inside: readonly StoredEvent[];
}

/** Most callbacks at once. */
const MOST = 100;
/** Events that one callback is looked for in, and those between its beginning and its end. */
const NEAR = 2_000;
const INSIDE = 10_000;

/**
 * The callbacks that are meant, oldest first.
 * @throws ElixirScopeError `QUERY_NO_SUCH_EVENT`, `QUERY_NOT_A_CALLBACK`, `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_CALLBACKS`
 */
export async function recordedCallbacks(
  sources: MessageSources,
  input: ReplayInput,
): Promise<readonly RecordedCallback[]> {
  const events = input.events ? await statesOf(sources, input.events) : await statesBetween(sources, input);
  const found: RecordedCallback[] = [];
  for (const event of events) found.push(await recordedCallback(sources, event));
  return found;
}

async function statesOf(sources: MessageSources, ids: readonly number[]): Promise<readonly StoredEvent[]> {
  const states = new Map<number, StoredEvent>();
  for (const id of ids) {
    const state = await stateOf(sources, id);
    states.set(state.id, state);
  }
  return [...states.values()].sort((a, b) => a.id - b.id);
}

async function statesBetween(
  { store, names }: MessageSources,
  { process = "", fromId, toId }: ReplayInput,
): Promise<readonly StoredEvent[]> {
  const states = await store.events({
    kinds: ["state"],
    pids: names.resolveAll(process),
    ...(fromId === undefined ? {} : { afterId: fromId - 1 }),
    ...(toId === undefined ? {} : { beforeId: toId + 1 }),
    order: "oldest_first",
    limit: MOST,
  });
  if (states.length > 0) return states;
  throw new ElixirScopeError(
    "QUERY_NO_CALLBACKS",
    `No state of ${process} is recorded here, so there is nothing to run again. States are recorded from the level state on.`,
    { process },
  );
}

/** The state that the callback of this event left. @throws ElixirScopeError `QUERY_NO_SUCH_EVENT`, `QUERY_NOT_A_CALLBACK` */
export async function stateOf({ store }: MessageSources, id: number): Promise<StoredEvent> {
  const [event] = await store.events({ afterId: id - 1, beforeId: id + 1, order: "oldest_first", limit: 1 });
  if (!event)
    throw new ElixirScopeError("QUERY_NO_SUCH_EVENT", `There is no event ${id} in this recording.`, { id });
  if (event.kind === "state") return event;
  const after = { pids: [event.pid], kinds: ["state"], afterId: id, order: "oldest_first" } as const;
  const near = await store.events({ ...after, limit: NEAR });
  if (event.kind === "dispatch" && near[0]) return near[0];
  if (event.kind === "receive" && near.length > 0) {
    const page = near.slice(0, 50);
    const { steps } = await walkStates(partsOf({ store } as MessageSources, event.pid), page);
    const state = page.find((one) => steps.get(one.id)?.cause?.id === id);
    if (state) return state;
  }
  throw new ElixirScopeError(
    "QUERY_NOT_A_CALLBACK",
    `Event ${id} (${event.kind}) is no callback: give a state, a dispatch, or a message that a callback took. They are listed by elixirscope states PROCESS.`,
    { id },
  );
}

function partsOf(sources: MessageSources, pid: number): WalkParts {
  return {
    store: sources.store,
    processes: [pid],
    function: ({ mfa }) => sources.lookup.function(mfa),
    tag: ({ tag }) => sources.lookup.atomName(tag),
  };
}

/** A callback by the state that it left. */
export async function recordedCallback(
  sources: MessageSources,
  event: StoredEvent,
): Promise<RecordedCallback> {
  const parts = partsOf(sources, event.pid);
  const { steps, before } = await walkStates(parts, [event]);
  const { dispatch, cause, certain = true } = steps.get(event.id) ?? {};
  const previous = before.get(event.id);
  const callback = dispatch && sources.lookup.function(dispatch.mfa);
  const inside = dispatch ? await insideOf(sources, dispatch, event) : [];
  const type = typeOf(sources.lookup.function(event.mfa));
  const tag = cause && (tagOf(cause.payload) ?? (type === "gen_event" ? markOf(dispatch) : undefined));
  const sends = inside.filter((one) => one.kind !== "receive" && !isNoise(one, sources));
  const isReply = ({ payload }: StoredEvent): boolean => tag !== undefined && tagOf(payload) === tag;
  const reason = (await reasonsOf(parts, [event])).get(event.id);
  const reply = sends.find(isReply);
  const message = messageOf(callback, dispatch, cause);
  return {
    event,
    dispatch,
    cause,
    function: callback,
    type,
    message: message ?? NOTHING,
    state: previous?.payload ?? NOTHING,
    answers: answersIn(inside),
    reply: reply && elementOf(reply.payload, 1),
    sends: sends.filter((one) => !isReply(one)).map(({ payload }) => termOf(payload)),
    reason: reason && termOf(reason),
    continued: await continuedWith(sources, event),
    refused: await refusal(sources, { event, dispatch, cause, callback, previous, message }),
    notes: certain ? [] : ["The message is probably the one that it was called with, not certainly."],
    inside: inside.filter((one) => !isNoise(one, sources)),
  };
}

const NOTHING = new Uint8Array(0);
const termOf = (bytes: Uint8Array): Term => decodeTerm(bytes, 0).term;

function typeOf(entered: FunctionEntry | undefined): RecordedCallback["type"] {
  const module = entered?.module;
  return module === "gen_statem" || module === "gen_event" ? module : "gen_server";
}

async function insideOf(
  { store }: MessageSources,
  dispatch: StoredEvent,
  state: StoredEvent,
): Promise<readonly StoredEvent[]> {
  return store.events({
    pids: [state.pid],
    kinds: ["send", "send_to_dead", "receive"],
    afterId: dispatch.id,
    beforeId: state.id,
    order: "oldest_first",
    limit: INSIDE,
  });
}

/** Questions to whoever brings code or prints: they are of no interest. */
const isNoise = ({ tag }: StoredEvent, { lookup }: MessageSources): boolean =>
  ["io_request", "code_call"].includes(lookup.atomName(tag));

/** What tells the answer of a call: of the question `{'$gen_call', {_, Tag}, _}`, of the answer `{Tag, _}`. */
function tagOf(payload: Uint8Array): string | undefined {
  const shape = callShape(payload);
  return shape && "tag" in shape ? shape.tag : undefined;
}

/** Of a question to a gen_event the dispatch has who asks: `{Pid, Tag}`. */
const markOf = (dispatch: StoredEvent | undefined): string | undefined =>
  dispatch && tupleArity(dispatch.payload, 0) === 2
    ? bytesKey(dispatch.payload.subarray(startOf(dispatch.payload, 1)))
    : undefined;

/** The second or third element of a small tuple. */
function elementOf(payload: Uint8Array, place: number): Term {
  return termOf(payload.subarray(startOf(payload, place)));
}

function startOf(payload: Uint8Array, place: number): number {
  let at = 2;
  for (let i = 0; i < place; i++) at = skipTerm(payload, at);
  return at;
}

function answersIn(inside: readonly StoredEvent[]): RecordedCallback["answers"] {
  const asked = new Map<string, Uint8Array>();
  const answers: (readonly [Uint8Array, Uint8Array])[] = [];
  for (const { kind, payload } of inside) {
    const shape = callShape(payload);
    if (!shape || !("tag" in shape)) continue;
    if (kind === "receive") {
      const question = asked.get(shape.tag);
      if (question && shape.type === "reply") answers.push([question, payload.subarray(startOf(payload, 1))]);
    } else if (shape.type === "call") asked.set(shape.tag, payload.subarray(startOf(payload, 2)));
  }
  return answers;
}

/** What the callback was called with: its message, or what a server goes on with. */
function messageOf(
  callback: FunctionEntry | undefined,
  dispatch: StoredEvent | undefined,
  cause: StoredEvent | undefined,
): Uint8Array | undefined {
  if (callback?.function !== "handle_continue") return cause?.payload;
  return dispatch && isTagged(termOf(dispatch.payload), "continue", 2) ? dispatch.payload : undefined;
}

/** A server that goes on with something does so at once. */
async function continuedWith(
  { store, lookup }: MessageSources,
  state: StoredEvent,
): Promise<Term | null | undefined> {
  const after = { pids: [state.pid], kinds: ["dispatch"], afterId: state.id, order: "oldest_first" } as const;
  const [next] = await store.events({ ...after, limit: 1 });
  if (!next) return undefined;
  if (lookup.function(next.mfa)?.function !== "handle_continue") return null;
  return next.payload.length === 0 ? undefined : elementOf(next.payload, 1);
}

/** They start, stop or hold what is not theirs: run once more they would do so for real. */
const NEVER: ReadonlySet<string> = new Set([
  "supervisor",
  "Elixir.DynamicSupervisor",
  "application_controller",
  "code_server",
  "global",
  "rpc",
  "erl_epmd",
  "auth",
  "net_kernel",
  "file_server",
  "init",
]);
const NO_REPLAY: ReadonlySet<string> = new Set(["init", "terminate", "code_change"]);

interface Given {
  readonly event: StoredEvent;
  readonly dispatch: StoredEvent | undefined;
  readonly cause: StoredEvent | undefined;
  readonly callback: FunctionEntry | undefined;
  readonly previous: StoredEvent | undefined;
  readonly message: Uint8Array | undefined;
}

async function refusal({ store }: MessageSources, given: Given): Promise<string> {
  const { event, dispatch, callback, previous, message } = given;
  if (!dispatch || !callback) return "Which callback it was is not recorded.";
  if (callback.module === "sys" || callback.module === "gen_statem" || NO_REPLAY.has(callback.function))
    return `${callback.function} is no callback for a message.`;
  if (NEVER.has(callback.module))
    return "It would start or stop processes, or change the node itself, for real.";
  if (!previous)
    return "The state before it is not recorded: it is the first one of its process in the record.";
  if (message === undefined)
    return callback.function === "handle_continue"
      ? "What it went on with is not recorded."
      : "The message that it was called with is not recorded; events that a gen_statem makes itself (internal, enter, timeouts) are not.";
  if (holdsCut(termOf(previous.payload)))
    return "Parts of the state before it were too large to be recorded.";
  if (holdsCut(termOf(message))) return "Parts of its message were too large to be recorded.";
  const lost = (await store.gaps()).some(
    ({ from, to, dropped, cause }) =>
      from <= event.ts && to >= previous.ts && cause !== "code_reload" && (dropped.state ?? 1) > 0,
  );
  return lost ? "States may be missing from the record just before it (a gap)." : "";
}

/** Bytes that only redaction makes. */
export const isRedacted = (bytes: Uint8Array): boolean => /\*{4,}/.test(bytesKey(bytes));
