import { Atom, ErlangMap, type Term, Tuple } from "@elixirscope/etf";
import { diffTerms, type TermDiff } from "../term-diff.ts";
import { elementsOf, Fields, nameOf, type PhoenixEvent, telemetryOf, textOf } from "./fields.ts";

/** A plug event with the function that it is of; what the store has is brought into this form. */
export interface PlugEvent extends PhoenixEvent {
  /** Of a `plug` event: the plug as it is called, `Elixir.Plug.Head`, `call`. */
  readonly plug?: { readonly module: string; readonly function: string } | undefined;
}

export type PlugType = "endpoint" | "plug" | "router" | "pipeline" | "controller" | "action";

/** One plug of a request, with what it made of the connection. */
export interface PlugStep {
  /** Of the event of its call. */
  readonly id: number;
  readonly type: PlugType;
  readonly module: string;
  readonly function: string;
  /** Plugs that it stands in. */
  readonly depth: number;
  readonly ts: bigint;
  /** When the next one was called, or what it stands in went on; `undefined`: not known. */
  readonly endedAt: bigint | undefined;
  /** Without the plugs in it. */
  readonly ownNs: number | undefined;
  /** Of the fields that are recorded, up to the first plug in it; `undefined`: what came after it is not in the record. */
  readonly changes: TermDiff | undefined;
  readonly halted: boolean;
  /** The answer was sent in it. */
  readonly sent: boolean;
  /** What it did was raised, thrown or exited in it. */
  readonly failed: boolean;
}

/** The plugs of one request, in the order of their calls. */
export interface Pipeline {
  /** Events of telemetry in it: a request is known by the id of one. */
  readonly ids: ReadonlySet<number>;
  readonly steps: readonly PlugStep[];
}

/**
 * Reads events of the kinds `plug` and `telemetry` of one process, oldest first. A list of plugs is one function, so that the next
 * call of the same list is where a plug ended, and what that one was given is what it made.
 */
export function pipelinesOf(events: readonly PlugEvent[]): readonly Pipeline[] {
  return requestsIn(events).map((part) => new Walk(part).result());
}

/** Servers say when a request is over; where they do not, a call from outside after an answer is the next one. */
function requestsIn(events: readonly PlugEvent[]): readonly (readonly PlugEvent[])[] {
  const parts: PlugEvent[][] = [];
  let part: PlugEvent[] = [];
  let sent = false;
  const close = (): void => {
    if (part.some(({ kind }) => kind === "plug")) parts.push(part);
    [part, sent] = [[], false];
  };
  for (const event of events) {
    const told = event.kind === "plug" ? plugOf(event) : undefined;
    if (told?.what === "call" && sent && !part.some(({ plug }) => plug?.module === told.caller?.module))
      close();
    part.push(event);
    if (told?.what === "send") sent = true;
    if (event.kind === "telemetry" && SERVER_ENDS.has(telemetryOf(event)?.name ?? "")) close();
  }
  close();
  return parts;
}

const SERVER_ENDS: ReadonlySet<string> = new Set([
  "bandit.request.stop",
  "bandit.request.exception",
  "cowboy.request.stop",
  "cowboy.request.exception",
]);

interface Frame {
  readonly event: PlugEvent;
  readonly module: string;
  readonly function: string;
  readonly depth: number;
  readonly before: Term;
  after: Term | undefined;
  endedAt: bigint | undefined;
  inner: number;
  type: PlugType;
  /** In place of `action`, which calls it. */
  readonly action: string | undefined;
  halted: boolean;
  sent: boolean;
  failed: boolean;
}

class Walk {
  readonly #events: readonly PlugEvent[];
  readonly #failedAt: bigint | undefined;
  readonly #frames: Frame[] = [];
  readonly #stack: Frame[] = [];
  /** The plug that ran last, while no other has been called. */
  #current: Frame | undefined;
  #router: string | undefined;

  constructor(events: readonly PlugEvent[]) {
    this.#events = events;
    this.#failedAt = failureTime(events);
  }

  result(): Pipeline {
    for (const event of this.#events) {
      if (this.#failedAt !== undefined && event.ts >= this.#failedAt) this.#fail();
      if (event.kind === "telemetry") this.#telemetry(event);
      else if (event.kind === "plug" && !this.#isOver) this.#plug(event);
    }
    const ids = this.#events.filter(({ kind }) => kind === "telemetry").map(({ id }) => id);
    return { ids: new Set(ids), steps: this.#frames.map((frame) => stepOf(frame)) };
  }

  #isOver = false;

  /** What is called after that belongs to the page of the error. */
  #fail(): void {
    const innermost = this.#stack.at(-1);
    if (innermost && !this.#isOver) innermost.failed = true;
    this.#isOver = true;
  }

  #plug(event: PlugEvent): void {
    const told = plugOf(event);
    if (!told) return;
    const { what, caller, conn } = told;
    this.#router = new Fields(conn).name("phoenix_router") ?? this.#router;
    if (what === "call") this.#call(event, caller, conn);
    else if (this.#current) {
      this.#current.after = conn;
      if (what === "halt") this.#current.halted = true;
      else this.#current.sent = true;
    }
  }

  #call(event: PlugEvent, caller: Caller | undefined, conn: Term): void {
    if (!event.plug) return;
    this.#closeDownTo(this.#parentDepth(caller), event.ts);
    if (this.#current) this.#current.after = conn;
    const { module, function: name } = event.plug;
    const depth = this.#stack.length;
    const fields = new Fields(conn);
    const action = name === "action" ? fields.name("phoenix_action") : undefined;
    const frame: Frame = {
      event,
      module,
      function: name,
      type: typeOf({ module, action, depth, router: fields.name("phoenix_router") }),
      depth,
      before: conn,
      after: undefined,
      endedAt: undefined,
      inner: 0,
      action,
      halted: false,
      sent: false,
      failed: false,
    };
    this.#frames.push(frame);
    this.#stack.push(frame);
    this.#current = frame;
  }

  /** How many frames stay open: up to the one that the call was made in. */
  #parentDepth(caller: Caller | undefined): number {
    const stack = this.#stack;
    if (caller === undefined) return stack.length;
    // A router's pipelines and controllers are called by Phoenix.Router on its behalf.
    const byRouter = caller.module === ROUTER || caller.function.startsWith("__pipe_through");
    const module = byRouter ? this.#router : caller.module;
    const place = (name: string): number =>
      stack.findLastIndex((frame) => frame.module === module && frame.function === name);
    const type = byRouter ? "router" : MAKES[caller.function];
    const at = type === undefined ? place(caller.function) : place("call");
    if (at >= 0 && type !== undefined && stack[at]!.type === "plug") stack[at]!.type = type;
    if (at >= 0) return at + 1;
    const inModule = stack.findLastIndex((frame) => frame.module === module);
    return inModule >= 0 ? inModule + 1 : Math.min(1, stack.length);
  }

  #closeDownTo(depth: number, ts: bigint | undefined): void {
    while (this.#stack.length > depth) {
      const frame = this.#stack.pop()!;
      frame.endedAt = ts;
      const around = this.#stack.at(-1);
      if (around && ts !== undefined) around.inner += Number(ts - frame.event.ts);
    }
  }

  #telemetry(event: PlugEvent): void {
    const name = telemetryOf(event)?.name ?? "";
    if (name.startsWith("phoenix.router_dispatch.") && !name.endsWith(".start")) {
      const router = this.#stack.findIndex(({ module }) => module === this.#router);
      if (router >= 0) this.#closeDownTo(router + 1, event.ts);
    } else if (SERVER_ENDS.has(name)) this.#closeDownTo(0, event.ts);
  }
}

const ROUTER = "Elixir.Phoenix.Router";
/** Functions that are made of a list of plugs, and what has such a one. */
const MAKES: Readonly<Record<string, PlugType>> = {
  plug_builder_call: "plug",
  phoenix_controller_pipeline: "controller",
};

interface Caller {
  readonly module: string;
  readonly function: string;
}

interface Told {
  readonly what: string | undefined;
  readonly caller: Caller | undefined;
  readonly conn: Term;
}

function plugOf({ payload }: PlugEvent): Told | undefined {
  const [what, caller, conn] = elementsOf(payload);
  if (!(conn instanceof ErlangMap)) return undefined;
  const [module, name] = caller instanceof Tuple ? caller.elements : [];
  const [from, by] = [nameOf(module), nameOf(name)];
  return {
    what: nameOf(what),
    caller: from === undefined || by === undefined ? undefined : { module: from, function: by },
    conn: readable(conn),
  };
}

/** Where a request was sent on to, as its answer's header says. Events of its process. */
export function locationIn(
  events: readonly PhoenixEvent[],
  { startedAt, durationNs = 0 }: { readonly startedAt: bigint; readonly durationNs: number | undefined },
): string | undefined {
  const sent = events.findLast(
    ({ kind, ts, payload }) =>
      kind === "plug" &&
      ts >= startedAt &&
      ts <= startedAt + BigInt(durationNs) &&
      nameOf(elementsOf(payload)[0]) === "send",
  );
  const headers = new Fields(sent && elementsOf(sent.payload)[2]).term("resp_headers");
  const list = Array.isArray(headers) ? (headers as readonly Term[]) : [];
  const location = list.find((one) => one instanceof Tuple && textOf(one.elements[0]) === "location");
  return location instanceof Tuple ? textOf(location.elements[1]) : undefined;
}

/** Without fields that were not there; headers by their names, so that a new one is one difference. */
function readable(conn: ErlangMap): ErlangMap {
  return new ErlangMap(
    conn.entries
      .filter(([, value]) => !(value instanceof Atom && value.name === "EXIT"))
      .map(([key, value]) => [key, nameOf(key) === "resp_headers" ? byName(value) : value]),
  );
}

function byName(headers: Term): Term {
  if (!Array.isArray(headers)) return headers;
  return new ErlangMap(
    (headers as readonly Term[]).flatMap((header): readonly (readonly [Term, Term])[] =>
      header instanceof Tuple && header.elements.length === 2
        ? [[header.elements[0]!, header.elements[1]!]]
        : [],
    ),
  );
}

/** As the connection has it: what stands in `private` is recorded beside the rest. */
export const termPath = (path: string): string => path.replace(/^\.(?=phoenix_)/, ".private.");

/** When something was raised: of a page of an error when it was begun. */
function failureTime(events: readonly PlugEvent[]): bigint | undefined {
  for (const event of events) {
    const telemetry = event.kind === "telemetry" ? telemetryOf(event) : undefined;
    if (telemetry?.name.endsWith(".exception")) return event.ts;
    if (telemetry?.name.endsWith(".error_rendered")) return event.ts - BigInt(telemetry.durationNs ?? 0);
  }
  return undefined;
}

/** Most differences that are told of one plug. */
const CHANGES = 30;

function stepOf(frame: Frame): PlugStep {
  const { event, endedAt, inner, before, after } = frame;
  return {
    id: event.id,
    type: frame.type,
    module: frame.module,
    function: frame.action ?? frame.function,
    depth: frame.depth,
    ts: event.ts,
    endedAt,
    ownNs: endedAt === undefined ? undefined : Number(endedAt - event.ts) - inner,
    changes: after === undefined ? undefined : diffTerms(before, after, CHANGES),
    halted: frame.halted,
    sent: frame.sent,
    failed: frame.failed,
  };
}

/** What it turns out to be by what it calls comes later. */
function typeOf(of: {
  readonly module: string;
  readonly action: string | undefined;
  readonly depth: number;
  readonly router: string | undefined;
}): PlugType {
  if (of.action !== undefined) return "action";
  if (of.router === of.module) return "pipeline";
  if (of.depth === 0 && of.module.endsWith("Endpoint")) return "endpoint";
  // One that finds no route calls nothing by which it could be known.
  return of.module.endsWith("Router") ? "router" : "plug";
}
