import {
  type Atom,
  atom,
  binary,
  ErlangMap,
  encode,
  Pid,
  Reference,
  type Term,
  tuple,
} from "@elixirscope/etf";
import { type EventKind, NONE } from "elixirscope/model";
import type { Dictionary } from "elixirscope/tracer";

// What happens on a busy Phoenix node, as scenes: a GenServer call, a cast, traced functions, an HTTP request with its flow …
// Who takes part is a role; the load says batch by batch which process that is.

export const NODE = "load@127.0.0.1";
/** Roles below are those of the few very busy servers, the same in each batch. */
export const HOT = 16;
/** The process that a request is served by, a new one each time. */
export const REQUEST = 255;
/** In terms, numbers that the load replaces: pids by role, references and serials by number. */
export const MARKS = { pid: 0x7e00_0000, reference: 0x7d00_0000, serial: 0x7c00_0000 } as const;

/** An event before it is known when it happens, and in which batch. */
export interface SceneEvent {
  readonly kind: EventKind;
  /** Roles, or {@link NONE}. */
  readonly pid: number;
  readonly peer: number;
  readonly mfa: number;
  readonly tag: number;
  readonly payload: Uint8Array;
}

export type Random = (below: number) => number;

/** The same series each time. */
export function randomSource(seed: number): Random {
  let at = seed;
  return (below) => {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((at / 0x1_0000_0000) * below);
  };
}

const bytesOf = (term: Term): Uint8Array => encode(term).subarray(1);
const text = (value: string): Uint8Array => binary(value);
const map = (fields: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(fields).map(([key, value]) => [atom(key), value] as const));
const pidOf = (role: number): Pid => new Pid(NODE, MARKS.pid + role, 0, 1);
const MISSING: Atom = atom("EXIT");
const NOTHING = new Uint8Array(0);

type Details = Partial<Omit<SceneEvent, "kind" | "pid" | "payload">>;

/** Makes scenes; names enter the dictionary of the recording. */
export class Scenes {
  readonly #names: Dictionary;
  readonly #random: Random;
  #numbers = 0;

  constructor(names: Dictionary, random: Random) {
    this.#names = names;
    this.#random = random;
  }

  /** A new template begins: numbers in its terms start again. */
  start(): void {
    this.#numbers = 0;
  }

  get numbers(): number {
    return this.#numbers;
  }

  /** A GenServer call, with the functions that the callback calls. */
  call(client: number, server: number): readonly SceneEvent[] {
    const tag = this.#tag("$gen_call");
    const reference = new Reference(NODE, 1, [1, 2, MARKS.reference + this.#numbers++]);
    const from = tuple(pidOf(client), reference);
    const request = bytesOf(tuple(atom("$gen_call"), from, tuple(atom("get"), this.#random(100_000))));
    const reply = bytesOf(tuple(reference, tuple(atom("ok"), this.#random(100_000))));
    return [
      this.#event("send", client, request, { peer: server, tag }),
      this.#event("receive", server, request, { tag }),
      this.#event("dispatch", server, bytesOf(from), {
        peer: client,
        tag: this.#tag("get"),
        mfa: this.#mfa("Elixir.Load.Server", "handle_call", 3),
      }),
      ...this.functions(server, 1 + this.#random(2)),
      this.#event("send", server, reply, { peer: client }),
      this.#event("receive", client, reply),
      this.#state(server),
    ];
  }

  /** Messages to a server, which stand in its mailbox until it comes to them. */
  casts(clients: readonly number[], server: number): readonly SceneEvent[] {
    const tag = this.#tag("$gen_cast");
    const message = (): Uint8Array =>
      bytesOf(
        tuple(atom("$gen_cast"), tuple(atom("put"), this.#random(100_000), text("some text of a cast"))),
      );
    const came = clients.map((client) => [client, message()] as const);
    const mfa = this.#mfa("Elixir.Load.Server", "handle_cast", 2);
    return [
      ...came.map(([client, bytes]) => this.#event("send", client, bytes, { peer: server, tag })),
      ...came.map(([, bytes]) => this.#event("receive", server, bytes, { tag })),
      ...came.flatMap(() => [
        this.#event("dispatch", server, NOTHING, { mfa, tag: this.#tag("put") }),
        ...this.functions(server, this.#random(2)),
        this.#state(server),
      ]),
    ];
  }

  /** Traced functions that call one another, so deep. */
  functions(process: number, depth: number): readonly SceneEvent[] {
    if (depth === 0) return [];
    const number = this.#random(60);
    const mfa = this.#mfa(`Elixir.Load.M${number % 6}`, `f${number}`, 2);
    const caller = this.#tag(`Elixir.Load.M${number % 5}.f${number % 40}/2:${10 + (number % 30)}`);
    const args = bytesOf([this.#random(100_000), text("an argument of some length")]);
    return [
      this.#event("call", process, args, { mfa, tag: caller }),
      ...this.functions(process, depth - 1),
      this.#event("return", process, bytesOf(tuple(atom("ok"), this.#random(100_000))), { mfa }),
    ];
  }

  sample(process: number): readonly SceneEvent[] {
    const mfa = this.#mfa("gen_server", "loop", 7);
    const figures = [2_000 + this.#random(100_000), this.#random(3), this.#random(1_000_000)];
    const term = tuple(...figures, atom("waiting"), tuple(atom("gen_server"), atom("loop"), 7));
    return [this.#event("sample", process, bytesOf(term), { mfa, tag: this.#tag("waiting") })];
  }

  /** An HTTP request by a process of its own, in a flow that asks a server, with a broadcast where it is asked for. */
  request(
    parent: number,
    server: number,
    options: { broadcast: boolean; crash: boolean },
  ): readonly SceneEvent[] {
    const init = this.#mfa("proc_lib", "init_p", 5);
    const name = `/items/${this.#random(50)}`;
    return [
      this.#event("spawn", parent, NOTHING, { peer: REQUEST, mfa: init }),
      this.#event("spawned", REQUEST, NOTHING, { peer: parent, mfa: init }),
      this.#event(
        "flow_start",
        REQUEST,
        bytesOf(tuple(atom("es_flow"), atom("start"), text("HTTP request"), [])),
        {
          mfa: this.#mfa("Elixir.Bandit.Pipeline", "run", 5),
          tag: this.#tag("start"),
        },
      ),
      this.#telemetry("phoenix.endpoint.start", {}, name, null),
      this.#telemetry("phoenix.router_dispatch.start", {}, name, null),
      ...this.#hop(REQUEST, server, bytesOf(tuple(atom("ask"), this.#random(1_000)))),
      ...this.call(REQUEST, server),
      ...(options.broadcast ? this.#broadcast() : []),
      this.#telemetry("phoenix.endpoint.stop", { duration: 20_000 + this.#random(500_000) }, name, 200),
      this.#telemetry("phoenix.router_dispatch.stop", { duration: 25_000 }, name, 200),
      this.#event("flow_end", REQUEST, NOTHING, { mfa: this.#mfa("gen_server", "loop", 7) }),
      this.#event("exit", REQUEST, bytesOf(options.crash ? tuple(atom("badmatch"), 7) : atom("normal")), {
        tag: this.#tag(options.crash ? "badmatch" : "normal"),
      }),
    ];
  }

  /** What a recording begins with: the level, and each process with its name and its topic. */
  settings(): SceneEvent {
    const tracing = map({
      level: atom("calls"),
      scope: atom("all"),
      except: [],
      sample: map({ pids: atom("all") }),
    });
    return this.#event("session", NONE, bytesOf(tuple(atom("tracing"), tracing)), {
      tag: this.#tag("tracing"),
    });
  }

  born(role: number, number: number): readonly SceneEvent[] {
    const mfa = this.#mfa("proc_lib", "init_p", 5);
    const subscribe = tuple(atom("subscribe"), atom("Elixir.Load.PubSub"), text(`room:${number % 40}`), []);
    return [
      this.#event("spawned", role, NOTHING, { peer: 0, mfa }),
      this.#event("register", role, bytesOf(atom(`server_${number}`)), {
        tag: this.#tag(`server_${number}`),
      }),
      this.#event("pubsub", role, bytesOf(subscribe), {
        mfa: this.#mfa("Elixir.Phoenix.PubSub", "subscribe", 3),
        tag: this.#tag("subscribe"),
      }),
    ];
  }

  #broadcast(): readonly SceneEvent[] {
    const mfa = this.#mfa("Elixir.Phoenix.PubSub", "broadcast", 4);
    const topic = text(`room:${this.#random(41)}`);
    const [pubsub, dispatcher] = [atom("Elixir.Load.PubSub"), atom("Elixir.Phoenix.PubSub")];
    const told = tuple(atom("broadcast"), pubsub, topic, tuple(atom("count"), 1), dispatcher);
    return [this.#event("pubsub", REQUEST, bytesOf(told), { mfa, tag: this.#tag("broadcast") })];
  }

  #hop(from: number, to: number, message: Uint8Array): readonly SceneEvent[] {
    const tag = this.#tag("ask");
    const serial = MARKS.serial + this.#numbers++;
    const told = (what: string): Uint8Array => {
      const head = bytesOf(tuple(atom(what), tuple(0, serial), pidOf(from), pidOf(to), atom("x")));
      // The message in place of the last element, `x`: an atom of one letter takes three bytes.
      return Buffer.concat([head.subarray(0, -3), message]);
    };
    return [
      this.#event("flow_send", from, told("send"), { peer: to, tag }),
      this.#event("flow_receive", to, told("receive"), { peer: from, tag }),
    ];
  }

  #telemetry(
    name: string,
    measurements: Readonly<Record<string, Term>>,
    path: string,
    status: number | null,
  ): SceneEvent {
    const conn = map({
      status: status ?? atom("nil"),
      host: text("127.0.0.1"),
      controller: MISSING,
      action: MISSING,
      request_path: text(path),
      method: text("GET"),
      query_string: text(""),
    });
    const metadata = map({ conn, route: text("/items/:id"), telemetry_span_context: MISSING });
    const term = tuple(
      name.split(".").map((part) => atom(part)),
      map(measurements),
      metadata,
    );
    const mfa = this.#mfa("telemetry", "execute", 3);
    return this.#event("telemetry", REQUEST, bytesOf(term), { mfa, tag: this.#tag(name) });
  }

  #state(server: number): SceneEvent {
    const term = map({
      count: this.#random(1_000_000),
      name: text("a name"),
      items: [1, 2, 3, this.#random(1_000)],
    });
    const mfa = this.#mfa("gen_server", "loop", 7);
    return this.#event("state", server, bytesOf(term), { mfa, tag: this.#tag("Elixir.Load.Server") });
  }

  #event(kind: EventKind, pid: number, payload: Uint8Array, details: Details = {}): SceneEvent {
    return { kind, pid, payload, peer: NONE, mfa: NONE, tag: NONE, ...details };
  }

  #tag(name: string): number {
    return this.#names.atoms.internName(name);
  }

  #mfa(module: string, name: string, arity: number): number {
    return this.#names.functions.intern(this.#tag(module), this.#tag(name), arity);
  }
}
