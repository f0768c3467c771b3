import { Atom, decodeTerm, Pid, type Term, Tuple } from "@elixirscope/etf";
import {
  callShape,
  type RecordedStep,
  type SentMessage,
  type StepBroadcast,
  type StepOutcome,
} from "../analysis/index.ts";
import { isNodeEntry, NONE } from "../model/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { MessageSources } from "./message-query.ts";
import { isRedacted, type RecordedCallback } from "./replay-query.ts";

/** Each node has these, so a test has them, too. */
const SYSTEM: ReadonlySet<string> = new Set(
  "kernel stdlib sasl elixir logger compiler crypto ssl mix iex ex_unit runtime_tools".split(" "),
);
const CALLBACKS: ReadonlySet<string> = new Set([
  "handle_call",
  "handle_cast",
  "handle_info",
  "handle_continue",
]);

/** Why no test can be made of a callback; "" where one can. */
export function whyNoStep({ refused, type, function: callback }: RecordedCallback): string {
  if (refused !== "") return refused;
  if (type !== "gen_server" || !callback || !CALLBACKS.has(callback.function))
    return "Tests are made of the callbacks of GenServers: handle_call, handle_cast, handle_info and handle_continue.";
  if (callback.module === "Elixir.Phoenix.LiveView.Channel")
    return "It is a LiveView: ask for tests of its life (--liveview).";
  return "";
}

/** A callback in terms, as tests are made of it. */
export async function stepOf(
  sources: MessageSources,
  recorded: RecordedCallback,
  mayTimeOut: boolean,
): Promise<RecordedStep> {
  const { event, function: callback, message, state } = recorded;
  const given = termOf(message);
  const parts = given instanceof Tuple ? given.elements : [];
  const name = callback!.function;
  return {
    event: event.id,
    at: event.ts,
    module: callback!.module,
    function: name,
    self: pidOf(sources, event.pid)!,
    from: name === "handle_call" ? parts[1] : undefined,
    message: argumentOf(name, given, parts),
    state: termOf(state),
    outcome: outcomeOf(recorded),
    sent: sentIn(sources, recorded),
    broadcasts: await broadcastsIn(sources, recorded),
    mayTimeOut,
    notes: [
      ...recorded.notes,
      ...([message, state, event.payload].some(isRedacted)
        ? ["Secrets were overwritten in the recording: the asterisks stand for what was there."]
        : []),
    ],
  };
}

/** `{'$gen_call', From, Request}`, `{'$gen_cast', Request}`, `{continue, Term}`; a message of `handle_info` is itself. */
function argumentOf(callback: string, given: Term, parts: readonly Term[]): Term {
  if (callback === "handle_call") return parts[2]!;
  return callback === "handle_info" ? given : parts[1]!;
}

function outcomeOf({ event, reply, reason, continued }: RecordedCallback): StepOutcome {
  const raised = reason instanceof Tuple && reason.elements.length === 2 && isStack(reason.elements[1]!);
  if (raised) return { type: "raised", reason: reason.elements[0]! };
  return { type: "returned", reply, state: termOf(event.payload), continued, stop: reason };
}

const isStack = (term: Term): boolean =>
  Array.isArray(term) &&
  term.length > 0 &&
  (term as readonly Term[]).every(
    (frame) => frame instanceof Tuple && frame.elements.length === 4 && frame.elements[0] instanceof Atom,
  );

/** Broadcasts that everybody who is subscribed gets, its own process as well. */
async function broadcastsIn(
  { store }: MessageSources,
  { event, dispatch }: RecordedCallback,
): Promise<readonly StepBroadcast[]> {
  const told = await store.events({
    kinds: ["pubsub"],
    pids: [event.pid],
    afterId: dispatch?.id ?? event.id,
    beforeId: event.id,
    order: "oldest_first",
    limit: 100,
  });
  return told.flatMap(({ payload }) => {
    const parts = termOf(payload);
    const [operation, pubsub, topic, message, , from] = parts instanceof Tuple ? parts.elements : [];
    const isOne = operation instanceof Atom && /^(?:local_)?broadcast$/.test(operation.name);
    if (!isOne || from instanceof Pid || !(pubsub instanceof Atom) || !(topic instanceof Uint8Array))
      return [];
    return [{ pubsub: pubsub.name, topic: new TextDecoder().decode(topic), message: message! }];
  });
}

/** What it sent, but for the answer to its own caller. */
function sentIn(sources: MessageSources, recorded: RecordedCallback): readonly SentMessage[] {
  const { inside, cause } = recorded;
  const own = cause && tagOf(cause.payload);
  const answers = new Map<string, Term>();
  for (const { kind, payload } of inside) {
    const shape = callShape(payload);
    if (kind === "receive" && shape?.type === "reply") answers.set(shape.tag, second(payload));
  }
  return inside.flatMap((event) => {
    if (event.kind === "receive" || (own !== undefined && tagOf(event.payload) === own)) return [];
    const shape = callShape(event.payload);
    const isQuestion = shape?.type === "call";
    const answer = isQuestion ? answers.get(shape.tag) : undefined;
    return [{ ...receiverOf(sources, event), message: termOf(event.payload), isQuestion, answer }];
  });
}

function tagOf(payload: Uint8Array): string | undefined {
  const shape = callShape(payload);
  return shape && "tag" in shape ? shape.tag : undefined;
}

const second = (payload: Uint8Array): Term => (termOf(payload) as Tuple).elements[1]!;

function receiverOf(
  { lookup, names, table }: MessageSources,
  { kind, peer, tag }: StoredEvent,
): Pick<SentMessage, "to" | "name" | "system" | "label"> {
  const entry = peer === NONE ? undefined : lookup.process(peer);
  if (!entry || isNodeEntry(entry)) {
    const name = kind === "send_to_dead" && peer === NONE ? lookup.atomName(tag) : undefined;
    return { to: undefined, name, system: false, label: name ?? "somebody who is not known" };
  }
  const state = table.processes.get(peer);
  const held = [state?.name, state?.formerName].find((index) => index !== undefined && index !== NONE);
  const name = held === undefined ? undefined : lookup.atomName(held);
  return {
    to: new Pid(entry.node, entry.id, entry.serial, entry.creation),
    name,
    system: SYSTEM.has(state?.application ?? ""),
    label: names.ref(peer)?.label ?? "",
  };
}

function pidOf({ lookup }: MessageSources, index: number): Pid | undefined {
  const entry = lookup.process(index);
  return entry && new Pid(entry.node, entry.id, entry.serial, entry.creation);
}

const termOf = (bytes: Uint8Array): Term =>
  bytes.length === 0 ? new Atom("undefined") : decodeTerm(bytes, 0).term;
