import { skipTerm } from "@elixirscope/etf";
import { EVENT_KINDS, type EventBatch, type EventKind, NONE } from "../model/index.ts";
import { BatchCursor, isAtomTag, TAG } from "./batch-cursor.ts";
import { Callers } from "./callers.ts";
import type { Dictionary } from "./dictionary.ts";
import { OwnCalls } from "./own-calls.ts";
import { ScanColumns } from "./scan-columns.ts";
import type { NameRegistry, Numbering, ScanTarget } from "./scan-target.ts";

// The hot path: a batch of the agent becomes columns. One pass, no term built; a payload is only skipped over.

/** Trace message types of the BEAM whose name differs from ours. */
const RENAMED: Readonly<Record<string, EventKind>> = {
  send_to_non_existing_process: "send_to_dead",
  return_from: "return",
  exception_from: "exception",
};

/** Where the main term of an event stands and what else there is to read, by kind. */
type Layout = "message" | "message_to" | "mfa" | "mfa_value" | "peer" | "spawn" | "value" | "own";

const LAYOUTS: Readonly<Partial<Record<EventKind, Layout>>> = {
  send: "message_to",
  send_to_dead: "message_to",
  receive: "message",
  call: "mfa",
  return: "mfa_value",
  exception: "mfa_value",
  spawn: "spawn",
  spawned: "spawn",
  link: "peer",
  unlink: "peer",
  getting_linked: "peer",
  getting_unlinked: "peer",
  register: "value",
  unregister: "value",
  exit: "value",
};

/** Events of the agent whose tag is in their data. */
const TAGGED_BY_SHAPE: ReadonlySet<number> = new Set([
  EVENT_KINDS.application,
  EVENT_KINDS.gap,
  EVENT_KINDS.session,
  EVENT_KINDS.system_monitor,
  EVENT_KINDS.pubsub,
]);

/** Turns batches of one node into columns, numbering batches and events as it goes. */
export class BatchScanner extends BatchCursor {
  readonly #node: number;
  readonly #names: NameRegistry;
  readonly #numbering: Numbering;
  readonly #stateAtom: number;
  readonly #argumentsAtom: number;
  readonly #lineAtom: number;
  readonly #dispatchAtom: number;
  readonly #timerAtom: number;
  readonly #resultAtom: number;
  readonly #ownNode: number;
  /** Functions whose calls are timers or monitors, by number: their return values are too. */
  readonly #answering = new Map<number, number>();
  readonly #monitorAtom: number;
  readonly #ownCalls: OwnCalls;
  readonly #flowAtom: number;
  readonly #flowEndAtom: number;
  readonly #sendAtom: number;
  /** Kind by atom index of the type, filled as types are met; 0: not met yet. Types are among the first atoms. */
  readonly #codeByAtom = new Uint8Array(65_536);
  readonly #layoutByCode: Layout[] = [];
  readonly #columns = new ScanColumns();
  readonly #callers: Callers;

  // The event being read.
  #pid = NONE;
  #peer = NONE;
  #mfa = NONE;
  #tag = NONE;
  /** Of the function of the newest call. */
  #callModule = NONE;
  #start = 0;
  #end = 0;
  /** The name that was sent to, where nobody holds it. */
  #nobody = NONE;

  constructor(dictionary: Dictionary, target: ScanTarget) {
    super(dictionary, target.timeOffset);
    this.#node = target.node;
    this.#names = target.names;
    this.#numbering = target.numbering;
    this.#stateAtom = dictionary.atoms.internName("es_state");
    this.#argumentsAtom = dictionary.atoms.internName("es_args");
    this.#lineAtom = dictionary.atoms.internName("es_line");
    this.#dispatchAtom = dictionary.atoms.internName("es_dispatch");
    this.#timerAtom = dictionary.atoms.internName("es_timer");
    this.#monitorAtom = dictionary.atoms.internName("es_monitor");
    this.#resultAtom = dictionary.atoms.internName("result");
    this.#ownNode = dictionary.atoms.internName(target.nodeName);
    this.#ownCalls = new OwnCalls(dictionary.atoms);
    this.#flowAtom = dictionary.atoms.internName("es_flow");
    this.#flowEndAtom = dictionary.atoms.internName("es_flow_end");
    this.#sendAtom = dictionary.atoms.internName("send");
    this.#callers = new Callers(dictionary);
  }

  /**
   * Columns of `bytes`, one ETF list with its version byte. The batch keeps `bytes`; its columns are those of every batch
   * of this scanner, and hold until the next call.
   * @throws ElixirScopeError `TRACER_BAD_BATCH` when it is not what the agent sends; EtfError when a term is broken.
   */
  scan(bytes: Uint8Array): EventBatch {
    this.over(bytes);
    const count = this.#listHeader();
    const columns = this.#columns.batch(count, bytes, this.#node, this.#numbering);
    const { words } = this.#columns;
    for (let i = 0; i < count; i++) {
      columns.kind[i] = this.#event();
      this.timestamp(words, i * 2);
      columns.pid[i] = this.#pid;
      columns.peer[i] = this.#peer;
      columns.mfa[i] = this.#mfa;
      columns.tag[i] = this.#tag;
      columns.offset[i] = this.#start;
      columns.length[i] = this.#end - this.#start;
    }
    this.#numbering.batch++;
    this.#numbering.id += count;
    return columns;
  }

  #listHeader(): number {
    const bytes = this.bytes;
    if (bytes[0] !== TAG.version) throw this.bad("no version byte", 0);
    if (bytes[1] === TAG.nil) return 0;
    if (bytes[1] !== TAG.list || bytes.length < 7) throw this.bad("not a list", 1);
    this.at = 6;
    const count = this.word(2);
    // An event takes more than 8 bytes: a claimed count beyond that is a lie, and arrays are made from it.
    if (count * 8 > bytes.length) throw this.bad(`claims ${count} events`, 2);
    return count;
  }

  /** Reads up to the timestamp and leaves the fields of the event in `this`; the kind's number is the answer. */
  #event(): number {
    const bytes = this.bytes;
    const arity = bytes[this.at + 1]!;
    if (bytes[this.at] !== TAG.smallTuple || arity < 4) throw this.bad("an event that is no tuple", this.at);
    this.at += 2;
    // `trace_ts` and `seq_trace` are messages of the BEAM, `es` is one of ours.
    const name = this.atomLength(this.at);
    this.at = this.nameEnd;
    this.#peer = this.#mfa = this.#tag = this.#nobody = NONE;
    this.#start = this.#end = 0;
    if (name === 2) return this.#ownEvent(arity);
    if (name === 9) return this.#hop();
    this.#pid = this.pidOrNone();
    const code = this.#kind(this.atom());
    // Fields behind those we read (such as a `{caller, …}` term) stand before the timestamp, which is last.
    const rest = this.#fields(this.#layoutByCode[code]!, arity - 4);
    if (code === EVENT_KINDS.register) this.#names.set(this.#tag, this.#pid);
    else if (code === EVENT_KINDS.unregister) this.#names.delete(this.#tag);
    if (rest === 1 && code === EVENT_KINDS.call) return this.#callExtra();
    for (let i = 0; i < rest; i++) this.at = skipTerm(bytes, this.at);
    if (this.#nobody !== NONE) return this.#toNobody();
    if (code === EVENT_KINDS.return) {
      const answered = this.#answering.get(this.#mfa);
      if (answered === undefined) return code;
      this.#tag = this.#resultAtom;
      return answered;
    }
    return code;
  }

  /** A send to a name that nobody holds: to the BEAM it is like any other, and an error follows. */
  #toNobody(): number {
    this.#tag = this.#nobody;
    return EVENT_KINDS.send_to_dead;
  }

  /**
   * What the agent's match specs add to a call: `{es_args, Arguments, Caller}` where the call itself has the arity only;
   * `{es_state, CallbackModule, State}`, `{es_dispatch, Mfa, Tag, By}`, `{es_flow, Kind, Name, Arguments}`, `{es_flow_end}`, `{es_timer, Receiver, What}`, `{es_monitor, {Type, Item}}`,
   * `{es_line, Line, Function, Arity, Payload}` and
   * `{es_<kind>, Payload}` make an event of another kind of it, `{es_<kind>, Process, Tag, Payload}` one about another
   * process than the caller.
   */
  #callExtra(): number {
    const bytes = this.bytes;
    const start = this.at;
    const behind = skipTerm(bytes, start);
    const arity = bytes[start] === TAG.smallTuple ? bytes[start + 1]! : 0;
    const name = arity > 0 && isAtomTag(bytes[start + 2]!) ? this.shape(start) : NONE;
    let code: number = EVENT_KINDS.call;
    if (arity === 3 && name === this.#stateAtom) {
      code = EVENT_KINDS.state;
      const module = skipTerm(bytes, start + 2);
      this.#tag = this.shape(module);
      this.at = skipTerm(bytes, module);
      this.#payload();
    } else if (arity === 4 && name === this.#dispatchAtom) {
      code = EVENT_KINDS.dispatch;
      this.at = skipTerm(bytes, start + 2);
      this.#dispatch();
    } else if (arity === 3 && name === this.#timerAtom) {
      code = EVENT_KINDS.timer;
      this.#answering.set(this.#mfa, code);
      this.at = skipTerm(bytes, start + 2);
      this.#timer();
    } else if (arity === 5 && name === this.#lineAtom) {
      code = EVENT_KINDS.line;
      this.at = skipTerm(bytes, start + 2);
      this.#line();
    } else if (arity === 3 && name === this.#argumentsAtom) {
      this.at = skipTerm(bytes, start + 2);
      this.#payload();
      this.#caller();
    } else if (arity === 4 && name === this.#flowAtom) {
      code = EVENT_KINDS.flow_start;
      this.#tag = this.shape(skipTerm(bytes, start + 2));
      this.at = start;
      this.#payload();
    } else if (arity === 1 && name === this.#flowEndAtom) {
      code = EVENT_KINDS.flow_end;
      this.#start = this.#end = 0;
    } else if (arity === 2 && name === this.#monitorAtom) {
      code = EVENT_KINDS.monitor;
      this.#answering.set(this.#mfa, code);
      this.at = skipTerm(bytes, start + 2);
      this.#monitor();
    } else if (arity === 2) code = this.#ownCall(name, skipTerm(bytes, start + 2)) ?? code;
    else if (arity === 4) code = this.#ownCallAbout(start, name) ?? code;
    this.at = behind;
    return code;
  }

  /** `{es_<kind>, Payload}`: the number of the kind, `undefined` if there is none of that name. */
  #ownCall(name: number, payload: number): number | undefined {
    const code = this.#ownCalls.kind(name);
    if (code === undefined) return undefined;
    this.at = payload;
    this.#payload();
    this.#tag =
      code === EVENT_KINDS.telemetry
        ? this.#ownCalls.telemetryTag(this.bytes, payload, (at) => this.atomAt(at))
        : this.shape(payload);
    return code;
  }

  /** `{Module, Function, Arity}`, then an atom or `[]`, then a term or `[]`. */
  #dispatch(): void {
    const bytes = this.bytes;
    this.#start = this.#end = 0;
    this.#mfa = this.functionName();
    if (isAtomTag(bytes[this.at]!)) this.#tag = this.atom();
    else this.at = skipTerm(bytes, this.at);
    if (bytes[this.at] === TAG.nil) return;
    this.#payload();
    // `From` of a call: who called.
    if (bytes[this.#start] !== TAG.smallTuple || bytes[this.#start + 2] !== TAG.newPid) return;
    this.at = this.#start + 2;
    this.#peer = this.pidOrNone();
  }

  /** The receiver, then `{Time, Message, …}` or the reference of a timer that is cancelled. */
  #timer(): void {
    const bytes = this.bytes;
    this.#receiver();
    this.#nobody = NONE;
    this.#payload();
    if (bytes[this.#start] === TAG.smallTuple) this.#tag = this.shape(skipTerm(bytes, this.#start + 2));
  }

  /** `{Type, Item}`: the item is a process by pid or name, a port, or `clock_service`. */
  #monitor(): void {
    this.#payload();
    const behind = this.at;
    if (this.bytes[this.#start] !== TAG.smallTuple || this.bytes[this.#start + 1] !== 2) return;
    this.at = skipTerm(this.bytes, this.#start + 2);
    this.#receiver();
    this.#nobody = NONE;
    this.at = behind;
    this.#tag = this.shape(this.#start);
  }

  /** `Label, {send | receive, Serial, From, To, Message}`: the pid is whose step it is, the payload the whole of it. */
  #hop(): number {
    const bytes = this.bytes;
    const start = skipTerm(bytes, this.at);
    if (bytes[start] !== TAG.smallTuple || bytes[start + 1] !== 5) throw this.bad("no hop of a token", start);
    this.at = start + 2;
    const sent = this.atom() === this.#sendAtom;
    this.at = skipTerm(bytes, this.at);
    const from = this.pidOrNone();
    this.#receiver();
    this.#tag = this.shape(this.at);
    if (sent) this.#pid = from;
    else {
      this.#pid = this.#peer;
      this.#peer = from;
    }
    this.at = start;
    this.#payload();
    return sent ? EVENT_KINDS.flow_send : EVENT_KINDS.flow_receive;
  }

  /** The event is of the process that is named in it; who made the call is its peer. */
  #ownCallAbout(start: number, name: number): number | undefined {
    const code = this.#ownCalls.kindAbout(name);
    if (code === undefined) return undefined;
    const caller = this.#pid;
    this.#mfa = NONE;
    this.at = skipTerm(this.bytes, start + 2);
    this.#pid = this.pidOrNone();
    if (caller !== this.#pid) this.#peer = caller;
    this.#tag = this.atom();
    this.#payload();
    return code;
  }

  #ownEvent(arity: number): number {
    const type = this.atom();
    this.#pid = this.pidOrNone();
    const code = this.#kind(type);
    // `{es, Type, Process, Tag, Data, Ts}`; without a tag of its own some have one in their data.
    if (arity === 6) this.#tag = this.atom();
    this.#payload();
    if (code === EVENT_KINDS.sample) this.#sampleFields();
    else if (TAGGED_BY_SHAPE.has(code)) this.#tag = this.shape(this.#start);
    return code;
  }

  /** Reads the fields of a layout; answers how many of `available` are left over. */
  #fields(layout: Layout, available: number): number {
    switch (layout) {
      case "message_to":
        this.#payload();
        this.#tag = this.shape(this.#start);
        this.#receiver();
        return available - 2;
      case "message":
        this.#payload();
        this.#tag = this.shape(this.#start);
        return available - 1;
      case "mfa":
        this.#call();
        return available - 1;
      case "mfa_value":
        this.#mfa = this.functionName();
        this.#payload();
        if (this.bytes[this.#start] === TAG.smallTuple) this.#tag = this.shape(this.#start);
        return available - 2;
      case "spawn":
        this.#peer = this.pidOrNone();
        this.#call();
        return available - 2;
      case "peer": {
        this.#start = this.at;
        this.#peer = this.pidOrNone();
        this.#end = this.at;
        return available - 1;
      }
      case "value":
      case "own":
        this.#payload();
        this.#tag = this.shape(this.#start);
        return available - 1;
    }
  }

  #payload(): void {
    this.#start = this.at;
    this.#end = this.at = skipTerm(this.bytes, this.at);
  }

  /** `{Module, Function, ArgumentsOrArity}`: the payload is the arguments, or nothing for an arity. */
  #call(): void {
    const bytes = this.bytes;
    if (bytes[this.at] !== TAG.smallTuple || bytes[this.at + 1] !== 3) {
      this.#payload();
      return;
    }
    this.at += 2;
    const module = this.atom();
    this.#callModule = module;
    const name = this.atom();
    const start = this.at;
    const arity = this.argumentCount();
    this.#mfa = this.dictionary.functions.intern(module, name, arity);
    this.#start = start;
    this.#end = this.at;
  }

  /** `{Module, Function, Arity, {File, Line} | undefined}` of a call's caller, as its tag; `undefined` has none. */
  #caller(): void {
    const bytes = this.bytes;
    if (bytes[this.at] !== TAG.smallTuple || bytes[this.at + 1] !== 4) return;
    this.at += 2;
    const module = this.atom();
    const name = this.atom();
    const arity = this.argumentCount();
    const at = this.at;
    const isPlace = bytes[at] === TAG.smallTuple && bytes[at + 1] === 2;
    this.#tag = this.#callers.tag(module, name, arity, isPlace ? this.integerAt(skipTerm(bytes, at + 2)) : 0);
  }

  /** `Line, Function, Arity, Payload` behind a probe's tag: the line is the tag, the probe's function gives way to the line's. */
  #line(): void {
    const { atoms, functions } = this.dictionary;
    const module = this.#callModule;
    this.#tag = atoms.internName(String(this.integerAt(this.at)));
    this.at = skipTerm(this.bytes, this.at);
    const name = this.atom();
    this.#mfa = functions.intern(module, name, this.argumentCount());
    this.#payload();
  }

  #receiver(): void {
    const bytes = this.bytes;
    const tag = bytes[this.at]!;
    if (tag === TAG.newPid) this.#peer = this.pidOrNone();
    else if (isAtomTag(tag)) this.#named(this.atom());
    else if (tag === TAG.smallTuple && bytes[this.at + 1] === 2 && isAtomTag(bytes[this.at + 2]!))
      this.#namedAt();
    else this.at = skipTerm(bytes, this.at);
  }

  /** `{Name, Node}`; who sets a timer may have anything in its place. */
  #namedAt(): void {
    this.at += 2;
    const name = this.atom();
    if (!isAtomTag(this.bytes[this.at]!)) {
      this.at = skipTerm(this.bytes, this.at);
      return;
    }
    const node = this.atom();
    if (node === this.#ownNode) this.#named(name);
    else {
      this.#peer = this.dictionary.processes.intern(node, 0, 0, 0);
      this.#tag = name;
    }
  }

  #named(name: number): void {
    this.#peer = this.#names.holder(name);
    if (this.#peer === NONE && this.#names.complete) this.#nobody = name;
  }

  /** `{Memory, MailboxLength, Reductions, Status, CurrentFunction}`: status is the tag, current function the mfa. */
  #sampleFields(): void {
    const bytes = this.bytes;
    if (bytes[this.#start] !== TAG.smallTuple || bytes[this.#start + 1] !== 5) return;
    const behind = this.at;
    this.at = this.#start + 2;
    for (let i = 0; i < 3; i++) this.at = skipTerm(bytes, this.at);
    if (isAtomTag(bytes[this.at]!)) this.#tag = this.atom();
    if (bytes[this.at] === TAG.smallTuple && bytes[this.at + 1] === 3) this.#mfa = this.functionName();
    this.at = behind;
  }

  #kind(atom: number): number {
    const known = this.#codeByAtom[atom];
    if (known !== undefined && known > 0) return known;
    const name = this.dictionary.atoms.name(atom);
    const kind = (RENAMED[name] ?? name) as EventKind;
    const code = EVENT_KINDS[kind];
    if (code === undefined) throw this.bad(`an event of unknown type ${name}`, this.at);
    this.#codeByAtom[atom] = code;
    this.#layoutByCode[code] = LAYOUTS[kind] ?? "own";
    return code;
  }
}
