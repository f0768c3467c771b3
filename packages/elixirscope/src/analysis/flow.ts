import { NONE } from "../model/index.ts";
import { callShape } from "./call-shape.ts";
import { type HopFacts, hopFacts, messageOf, serviceHop } from "./flow-hop.ts";
import type { Flow, FlowEvent, FlowHop, FlowInput, FlowSpan, Flows } from "./flow-types.ts";
import { finish, type Steps } from "./steps.ts";

/** A flow counts as going on for so long after its newest event, where it is asked if a gap may have hidden some of it. */
const TAIL_NS = 1_000_000_000n;

/**
 * Puts flows together: what a process did after it took a message (or entered an entry point) belongs to that message,
 * and sender and number tell which send it was. Processes are looked at one by one, so that the clocks of several
 * nodes need not agree. Where something may be missing, nothing is concluded from the order: only numbers count there.
 */
export const buildFlows = <E extends FlowEvent>(input: FlowInput<E>): Flows<E> =>
  finish(buildFlowSteps(input));

/** {@link buildFlows} in pieces. */
export function* buildFlowSteps<E extends FlowEvent>(input: FlowInput<E>): Steps<Flows<E>> {
  const builder = new FlowBuilder(input);
  for (const events of byProcess(input.events)) yield* builder.process(events);
  yield* builder.connect();
  return yield* builder.result();
}

function byProcess<E extends FlowEvent>(events: readonly E[]): Iterable<readonly E[]> {
  const processes = new Map<number, E[]>();
  for (const event of events) {
    const list = processes.get(event.pid);
    if (list) list.push(event);
    else processes.set(event.pid, [event]);
  }
  for (const list of processes.values())
    list.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : a.id - b.id));
  return processes.values();
}

/** A call of an entry point: whether it started something, and what its process was at before. */
interface EntryCall<E extends FlowEvent> {
  readonly mfa: number;
  readonly starts: boolean;
  readonly outer: FlowSpan<E> | undefined;
}

/** A process while its events are gone through. */
interface Present<E extends FlowEvent> {
  span: FlowSpan<E> | undefined;
  /** Number of the message that it took last, 0 at an entry point. */
  serial: bigint;
  /** Numbers of the gaps that began since: something may have been missed. */
  gaps: number;
  /** Calls of entry points that have not returned yet, the innermost last. */
  readonly calls: EntryCall<E>[];
  /** The flow that it was in has ended here, which the token does not show. */
  over: boolean;
}

class FlowBuilder<E extends FlowEvent> {
  readonly #input: FlowInput<E>;
  readonly #gaps: FlowInput<E>["gaps"];
  readonly #spans: FlowSpan<E>[] = [];
  readonly #facts = new Map<E, HopFacts>();
  /** Tags of the requests that a span sent, and processes that it spawned: answers from there come back to it. */
  readonly #awaited = new Map<FlowSpan<E>, Set<string | number>>();
  /** Requests of a span (tags, or the word for services) whose answers have not come. */
  readonly #open = new Map<FlowSpan<E>, Set<string>>();
  /** Hops by sender and numbers, oldest first: what a receive looks for. */
  readonly #sent = new Map<string, FlowHop<E>[]>();
  /** The same by receiver and number, made when it is needed. */
  #sentTo: ReadonlyMap<string, FlowHop<E>> | undefined;
  readonly #taken: { readonly span: FlowSpan<E>; readonly receive: E; readonly isReply: boolean }[] = [];
  /** Sent after the flow of its process was over. */
  readonly #leftOver = new Set<string>();
  readonly #foreign: E[] = [];
  #strays = 0;

  constructor(input: FlowInput<E>) {
    this.#input = input;
    this.#gaps = [...input.gaps].sort((a, b) => (a.from < b.from ? -1 : 1));
  }

  /** The events of one process, in order. */
  *process(events: readonly E[]): Steps<void> {
    const present: Present<E> = { span: undefined, serial: 0n, gaps: 0, calls: [], over: false };
    for (const event of events) {
      yield;
      if (event.kind === "flow_start") this.#start(event, present);
      else if (event.kind === "flow_send") this.#send(event, present);
      else if (event.kind === "flow_receive") this.#receive(event, present);
      else if (event.kind === "flow_end") this.#end(event, present);
      else if (event.kind === "exit") this.#exit(event, present);
      else if (event.kind === "call") present.calls.push({ mfa: event.mfa, starts: false, outer: undefined });
      else if (event.kind === "return" || event.kind === "exception") this.#returned(event, present);
    }
  }

  #start(event: E, present: Present<E>): void {
    const word = this.#input.word(event.tag);
    const outer = word === "nested" && !this.#isUnsure(event, present) ? present.span : undefined;
    present.calls.push({ mfa: event.mfa, starts: word !== "foreign", outer });
    if (word === "foreign") {
      this.#foreign.push(event);
      present.span = undefined;
    } else {
      const fresh = word === "start" || present.over;
      // No number of a message is below 0: an entry point has none.
      this.#begin(event, present, -1n, outer).fresh = fresh;
    }
  }

  #begin(event: E, present: Present<E>, serial: bigint, outer?: FlowSpan<E>): FlowSpan<E> {
    if (!outer) this.#leave(present.span);
    const span: FlowSpan<E> = {
      pid: event.pid,
      node: event.node,
      opened: event,
      cause: undefined,
      outer,
      isLeftOver: false,
      isLost: false,
      hops: [],
      entries: [],
      ended: undefined,
      failure: undefined,
      fresh: false,
      last: event,
    };
    this.#spans.push(span);
    Object.assign(present, { span, serial, gaps: this.#gapsUntil(event), over: false });
    return span;
  }

  /** It has gone on to something else. What it still waited for came without the token, which was lost by that. */
  #leave(span: FlowSpan<E> | undefined): void {
    if (span && (this.#open.get(span)?.size ?? 0) > 0) span.isLost = true;
  }

  /** What a process does after its entry point has returned belongs to no flow, though it still holds the token. */
  #returned(event: E, present: Present<E>): void {
    const at = present.calls.findLastIndex(({ mfa }) => mfa === event.mfa);
    if (at < 0) return;
    const [call] = present.calls.splice(at);
    const { span } = present;
    if (!call?.starts || !span) return;
    if (!this.#isUnsure(event, present)) {
      span.last = event;
      if (call.outer) for (const tag of this.#openOf(span)) this.#openOf(call.outer).add(tag);
      else {
        span.ended = event;
        this.#leave(span);
      }
      if (event.kind === "exception") span.failure = event;
    }
    present.span = call.outer;
    present.over = call.outer === undefined;
  }

  #send(event: E, present: Present<E>): void {
    const facts = hopFacts(event.payload);
    const { span } = present;
    if (facts && !span && present.over) {
      this.#leftOver.add(keyOf(event.pid, facts));
      return;
    }
    const service = facts && serviceHop(event.payload, facts);
    if (service) {
      if (span && service === "asked") this.#openOf(span).add(SERVICE);
      return;
    }
    if (!facts || !span || (this.#isUnsure(event, present) && facts.previous !== present.serial)) {
      this.#strays++;
      return;
    }
    this.#facts.set(event, facts);
    const type = this.#input.word(event.tag) === "spawn_request" ? "spawn" : "message";
    const hop: FlowHop<E> = {
      send: event,
      from: span,
      receive: undefined,
      to: undefined,
      type,
      reply: false,
    };
    span.hops.push(hop);
    span.last = event;
    const key = keyOf(event.pid, facts);
    const same = this.#sent.get(key);
    if (same) same.push(hop);
    else this.#sent.set(key, [hop]);
    this.#await(span, hop, messageOf(event.payload, facts));
  }

  #await(span: FlowSpan<E>, hop: FlowHop<E>, message: Uint8Array): void {
    const shape = hop.type === "spawn" ? undefined : callShape(message);
    const isRequest = shape?.type === "call" || shape?.type === "system";
    if (hop.type !== "spawn" && !isRequest) return;
    const awaited = this.#awaited.get(span) ?? new Set();
    this.#awaited.set(span, awaited.add(isRequest ? shape.tag : hop.send!.peer));
    if (isRequest) this.#openOf(span).add(shape.tag);
  }

  #openOf(span: FlowSpan<E>): Set<string> {
    const open = this.#open.get(span) ?? new Set();
    this.#open.set(span, open);
    return open;
  }

  #receive(event: E, present: Present<E>): void {
    const facts = hopFacts(event.payload);
    if (!facts) {
      present.span = undefined;
      this.#strays++;
      return;
    }
    const { span } = present;
    if (serviceHop(event.payload, facts)) {
      if (span) this.#open.get(span)?.delete(SERVICE);
      present.serial = facts.serial;
      return;
    }
    this.#facts.set(event, facts);
    const answered =
      span !== undefined &&
      !span.ended &&
      !this.#isUnsure(event, present) &&
      this.#answers(event, facts, span);
    if (answered) {
      span.last = event;
      present.serial = facts.serial;
      this.#taken.push({ span, receive: event, isReply: true });
    } else {
      this.#taken.push({ span: this.#begin(event, present, facts.serial), receive: event, isReply: false });
    }
  }

  /** Does this message bring a span what it waits for, in the midst of its work? */
  #answers(event: E, facts: HopFacts, span: FlowSpan<E>): boolean {
    const awaited = this.#awaited.get(span);
    if (!awaited) return false;
    const shape = callShape(messageOf(event.payload, facts));
    if (shape?.type !== "reply") return false;
    this.#open.get(span)?.delete(shape.tag);
    return awaited.has(shape.tag) || awaited.has(event.peer);
  }

  /** The process waits again; what it does next without a message of ours belongs to no flow. */
  #end(event: E, present: Present<E>): void {
    const { span } = present;
    if (span && !this.#isUnsure(event, present)) {
      span.ended = event;
      span.last = event;
      // The token is there: nothing took it away.
      this.#open.delete(span);
    }
    present.span = undefined;
    present.over = true;
  }

  #exit(event: E, present: Present<E>): void {
    const { span } = present;
    if (span && !this.#isUnsure(event, present) && this.#input.isFailure(event)) {
      span.failure = event;
      span.last = event;
    }
    present.span = undefined;
  }

  #gapsUntil(event: E): number {
    let count = 0;
    for (const gap of this.#gaps) {
      if (gap.from > event.ts) break;
      if (gap.node === event.node) count++;
    }
    return count;
  }

  /** Has a gap begun since the span did, or was it going on then? A message of another flow may have come in it. */
  #isUnsure(event: E, present: Present<E>): boolean {
    const opened = present.span?.opened;
    if (!opened || this.#gaps.length === 0) return false;
    if (this.#gapsUntil(event) > present.gaps) return true;
    return this.#gaps.some(
      ({ node, from, to }) => node === opened.node && from <= opened.ts && opened.ts <= to,
    );
  }

  /** Ties each receive to its send. */
  *connect(): Steps<void> {
    for (const { span, receive, isReply } of this.#taken) {
      yield;
      const facts = this.#facts.get(receive)!;
      const hop =
        this.#sent.get(keyOf(receive.peer, facts))?.find((one) => !one.receive) ??
        this.#fromAway(receive, facts, isReply ? span : undefined);
      if (!hop) {
        span.isLeftOver = this.#leftOver.has(keyOf(receive.peer, facts));
        continue;
      }
      hop.receive = receive;
      hop.to = span;
      hop.reply = isReply;
      if (!isReply) span.cause = hop;
    }
  }

  /** From a process that is not traced, which answers a message of ours to it: its number came back as the previous one, or one waits for this. */
  #fromAway(receive: E, facts: HopFacts, awaiting: FlowSpan<E> | undefined): FlowHop<E> | undefined {
    if (receive.peer === NONE || !this.#input.isAway(receive.peer)) return undefined;
    this.#sentTo ??= new Map([...this.#sent.values()].flat().map((hop) => [this.#taker(hop), hop] as const));
    // To a name on another node: nobody but who sent it knows that it is the answer to that.
    const asked =
      this.#sentTo.get(`${receive.peer} ${facts.previous}`) ??
      this.#sentTo.get(`from ${receive.pid} ${facts.previous}`);
    const from = asked?.from ?? awaiting;
    if (!from) return undefined;
    const back: FlowHop<E> = { send: undefined, from, receive, to: undefined, type: "message", reply: false };
    from.hops.push(back);
    return back;
  }

  #taker({ send }: FlowHop<E>): string {
    const { pid, peer } = send!;
    return `${peer === NONE ? `from ${pid}` : peer} ${this.#facts.get(send!)!.serial}`;
  }

  *result(): Steps<Flows<E>> {
    const members = new Map<FlowSpan<E>, FlowSpan<E>[]>();
    const roots = new Map<FlowSpan<E>, FlowSpan<E> | undefined>();
    for (const span of this.#spans) {
      yield;
      const root = rootOf(span, roots);
      if (!root) {
        if (!topOf(span).isLeftOver) this.#strays += 1;
        continue;
      }
      if (root === span && span.outer) span.fresh ||= topOf(span.outer).isLeftOver;
      const list = members.get(root);
      if (list) list.push(span);
      else members.set(root, [span]);
    }
    const flows: Flow<E>[] = [];
    for (const [root, spans] of members) {
      flows.push(this.#flow(root, joined(root, spans)));
      yield;
    }
    flows.sort((a, b) => a.start.id - b.start.id);
    return { flows, strays: this.#strays, foreign: this.#foreign };
  }

  #flow(root: FlowSpan<E>, members: FlowSpan<E>[]): Flow<E> {
    const spans = [
      root,
      ...members.filter((span) => span !== root).sort((a, b) => (a.opened.ts < b.opened.ts ? -1 : 1)),
    ];
    const last = spans.map((span) => span.last.ts).reduce(later, root.opened.ts);
    const first = root.opened.ts;
    const lost = members.some(({ isLost }) => isLost) || root.isLost;
    const hidden = this.#gaps.some((gap) => gap.from <= last + TAIL_NS && gap.to >= first);
    return { start: root.opened, spans, first, last, complete: root.fresh && !hidden && !lost };
  }
}

/** Stands for whichever service was asked: there is one question at a time. */
const SERVICE = "service";

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const keyOf = (sender: number, { previous, serial }: HopFacts): string => `${sender} ${previous} ${serial}`;

/** Entry points within another part of the same flow become one with it. */
function joined<E extends FlowEvent>(root: FlowSpan<E>, spans: readonly FlowSpan<E>[]): FlowSpan<E>[] {
  for (const span of spans) {
    if (span === root || !span.outer) continue;
    let outer = span.outer;
    while (outer !== root && outer.outer) outer = outer.outer;
    outer.entries.push(span.opened);
    outer.hops.push(...span.hops);
    outer.failure ??= span.failure;
    if (span.last.ts > outer.last.ts) outer.last = span.last;
  }
  for (const { hops } of spans) hops.sort((a, b) => Number(instantOf(a) - instantOf(b)));
  return spans.filter((span) => span === root || !span.outer);
}

const instantOf = <E extends FlowEvent>({ send, receive }: FlowHop<E>): bigint => (send ?? receive)!.ts;

/** The span that a flow starts with; none where the way there is not in the window. Remembers what it finds. */
function rootOf<E extends FlowEvent>(
  span: FlowSpan<E>,
  known: Map<FlowSpan<E>, FlowSpan<E> | undefined>,
): FlowSpan<E> | undefined {
  if (known.has(span)) return known.get(span);
  const path: FlowSpan<E>[] = [];
  let root: FlowSpan<E> | undefined;
  for (let at: FlowSpan<E> | undefined = span; at; at = before(at)) {
    if (known.has(at)) {
      root = known.get(at);
      break;
    }
    path.push(at);
    // A message cannot be its own cause; should numbers run over and lead in a circle, it ends here.
    known.set(at, undefined);
    if (at.opened.kind === "flow_start" && !at.outer) {
      root = at;
      break;
    }
  }
  // Where what was before an entry point is not known, the flow starts with that.
  for (const one of path.toReversed()) {
    if (!root && one.outer) root = one;
    known.set(one, root);
  }
  return root;
}

const before = <E extends FlowEvent>(span: FlowSpan<E>): FlowSpan<E> | undefined =>
  span.outer ?? span.cause?.from;

/** The first of the spans that led to this one, as far as they are known. */
function topOf<E extends FlowEvent>(span: FlowSpan<E>): FlowSpan<E> {
  const seen = new Set<FlowSpan<E>>();
  let at = span;
  for (let next = before(at); next && !seen.has(next); next = before(next)) {
    seen.add(next);
    at = next;
  }
  return at;
}
