/** Messages, links, monitors and exits between our processes and those of a real node. */
import { DistConnection, type LocalProcess, type ProcessHandlers } from "@elixirscope/dist";
import { Atom, atom, inspect, Pid, Reference, type Term, Tuple, tuple } from "@elixirscope/etf";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let connection: DistConnection;
const crashes: Error[] = [];

beforeAll(async () => {
  node = await startErlangNode();
  connection = await DistConnection.connect({
    node: node.name,
    cookie: node.cookie,
    epmdPort: node.epmdPort,
    onCrash: (error) => crashes.push(error),
  });
  await node.eval(`register(echo, spawn(fun L() ->
    receive {echo, P, M} -> P ! M, L(); {self, P} -> P ! self(), L() end end))`);
});
afterAll(async () => {
  await connection?.close();
  await node?.stop();
});
beforeEach(() => {
  crashes.length = 0;
});

/** A process that queues whatever happens to it. */
class Probe {
  readonly process: LocalProcess;
  readonly #queue: Term[] = [];
  #waiting: ((event: Term) => void) | undefined;

  constructor(over: ProcessHandlers = {}) {
    this.process = connection.spawn({
      onMessage: (message) => this.#put(message),
      onDown: (ref, from, reason) => this.#put(tuple(atom("down"), ref, from, reason)),
      onExit: (from, reason) => this.#put(tuple(atom("exit"), from, reason)),
      ...over,
    });
  }

  next(): Promise<Term> {
    const event = this.#queue.shift();
    if (event !== undefined) return Promise.resolve(event);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #put(event: Term): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(event);
    else this.#queue.push(event);
  }
}

const isOf = (bytes: Uint8Array, byte: number): boolean =>
  bytes.length >= 5_000 && bytes.every((b) => b === byte);

const element = (term: Term, index: number): Term | undefined =>
  term instanceof Tuple ? term.elements[index] : undefined;

/** A process of the node that waits for {stop, Reason}. */
async function remoteProcess(): Promise<Pid> {
  const pid = await connection.rpc("erlang", "spawn", [atom("timer"), atom("sleep"), [atom("infinity")]]);
  if (pid instanceof Pid) return pid;
  throw new Error("no pid");
}

const end = (pid: Pid, reason: string): Promise<Term> =>
  connection.rpc("erlang", "exit", [pid, atom(reason)]);

describe("messages", () => {
  test("go to names, pids and aliases, and come to pids and names", async () => {
    const probe = new Probe();
    connection.send(probe.process, "echo", tuple(atom("echo"), probe.process.pid, atom("by_name")));
    expect(await probe.next()).toEqual(atom("by_name"));
    connection.send(probe.process, "echo", tuple(atom("self"), probe.process.pid));
    const echo = (await probe.next()) as Pid;
    connection.send(probe.process, echo, tuple(atom("echo"), probe.process.pid, [1, 2, 3]));
    expect(await probe.next()).toEqual([1, 2, 3]);
    connection.send(undefined, echo, tuple(atom("echo"), probe.process.pid, atom("anonymous")));
    expect(await probe.next()).toEqual(atom("anonymous"));
    probe.process.register("probe");
    await node.eval(`{probe, '${connection.localName}'} ! to_name`);
    expect(await probe.next()).toEqual(atom("to_name"));
    probe.process.exit();
  });

  test("to an alias of a process of the node arrive, and no more once it is given up", async () => {
    const probe = new Probe();
    probe.process.register("alias_probe");
    await node.eval(`spawn(fun() -> A = erlang:alias([explicit_unalias]), {alias_probe, '${connection.localName}'} ! A,
      receive M -> erlang:unalias(A), {alias_probe, '${connection.localName}'} ! {got, M} end,
      receive N -> {alias_probe, '${connection.localName}'} ! {got_late, N} after 100 -> {alias_probe, '${connection.localName}'} ! nothing end end)`);
    const alias = await probe.next();
    expect(alias).toBeInstanceOf(Reference);
    connection.send(probe.process, alias as Reference, atom("through_alias"));
    expect(inspect(await probe.next())).toBe("{:got, :through_alias}");
    connection.send(probe.process, alias as Reference, atom("too_late"));
    expect(await probe.next()).toEqual(atom("nothing"));
    probe.process.exit();
  });

  test("of a process under seq_trace are delivered like others: to pid, name and alias, replies and exits", async () => {
    const probe = new Probe();
    const victim = connection.spawn({});
    probe.process.register("traced");
    const done =
      node.eval(`register(traced_server, self()), To = {traced, '${connection.localName}'}, To ! {hello, self()},
      receive {pids, P, V} -> ok end,
      seq_trace:set_token(label, 17), To ! to_name, P ! to_pid,
      receive {'$gen_call', {_, [alias | A] = Tag}, Q} -> A ! {Tag, {reply, Q}} end,
      exit(V, traced_exit), seq_trace:get_token(label)`);
    const server = element(await probe.next(), 1) as Pid;
    connection.send(probe.process, server, tuple(atom("pids"), probe.process.pid, victim.pid));
    expect(await probe.next()).toEqual(atom("to_name"));
    expect(await probe.next()).toEqual(atom("to_pid"));
    expect(inspect(await connection.genServerCall("traced_server", atom("q")))).toBe("{:reply, :q}");
    expect(await victim.exited).toEqual({ reason: atom("traced_exit") });
    expect(await done).toBe("[]");
    probe.process.exit();
  });

  test("reach the raw handler undecoded, as an external term without version byte", async () => {
    const raw: Uint8Array[] = [];
    const probe = new Probe({ onRaw: (payload) => raw.push(payload.slice()) });
    connection.send(probe.process, "echo", tuple(atom("echo"), probe.process.pid, tuple(atom("ok"), 7)));
    await probe.next();
    expect([...raw[0]!].slice(0, 2)).toEqual([104, 2]);
    probe.process.exit();
  });

  test.each([0, 1, 65_535, 65_536, 3_000_000, 40_000_000])("of %i bytes come back whole", async (size) => {
    const probe = new Probe();
    const payload = new Uint8Array(size).map((_, i) => (i * 7) & 255);
    connection.send(probe.process, "echo", tuple(atom("echo"), probe.process.pid, payload));
    const back = await probe.next();
    expect(Buffer.compare(back as Uint8Array, payload)).toBe(0);
    probe.process.exit();
  });

  test("are the handler's to keep: later ones do not write over them", async () => {
    const kept: Uint8Array[] = [];
    const raw: Uint8Array[] = [];
    await new Promise<void>((resolve) => {
      const sink = connection.spawn({
        onRaw: (payload) => raw.push(payload.slice()),
        onMessage: (message) => {
          kept.push(message as Uint8Array);
          if (kept.length === 2_000) resolve();
        },
      });
      sink.register("keeper");
      void node.eval(
        `[{keeper, '${connection.localName}'} ! binary:copy(<<(I rem 256)>>, 5000) || I <- lists:seq(0, 1999)], ok`,
      );
    });
    expect(kept.every((bytes, i) => isOf(bytes, i % 256))).toBe(true);
    expect(raw.every((bytes, i) => isOf(bytes.subarray(5), i % 256))).toBe(true);
  });

  test("keep their order, however many", async () => {
    const probe = new Probe();
    probe.process.register("order");
    await node.eval(`[{order, '${connection.localName}'} ! I || I <- lists:seq(0, 9999)], ok`);
    for (let i = 0; i < 10_000; i++) expect(await probe.next()).toBe(i);
    probe.process.exit();
  });

  test("to a pid of another node are refused", () => {
    expect(() => connection.send(undefined, new Pid("other@127.0.0.1", 1, 0, 1), atom("x"))).toThrow(
      /other@127.0.0.1/,
    );
  });
});

// More than the 2,048 entries of the cache, and some again.
const cachedAtom = (i: number): string => `cached_atom_${i % 2_900}`;

describe("with atom cache and fragments", () => {
  test("all is the same: atoms beyond the cache's size, long messages, calls, exits", async () => {
    const { name, cookie, epmdPort } = node;
    const cached = await DistConnection.connect({ node: name, cookie, epmdPort, atomCache: true });
    const got: Term[] = [];
    let enough: (() => void) | undefined;
    const me = cached.spawn({
      onMessage: (message) => {
        got.push(message);
        if (got.length === 3_001) enough?.();
      },
    });
    const complete = new Promise<void>((resolve) => {
      enough = resolve;
    });
    for (let i = 0; i < 3_000; i++) {
      cached.send(me, "echo", tuple(atom("echo"), me.pid, tuple(atom(cachedAtom(i)), atom("same"))));
    }
    const long = new Uint8Array(1_000_000).map((_, i) => (i * 13) & 255);
    cached.send(me, "echo", tuple(atom("echo"), me.pid, tuple(atom("long"), long, atom("same"))));
    await complete;
    expect(got.slice(0, 3_000)).toEqual(
      Array.from({ length: 3_000 }, (_, i) => tuple(atom(cachedAtom(i)), atom("same"))),
    );
    const last = got[3_000] as Tuple;
    expect(last.elements[0]).toEqual(atom("long"));
    expect(Buffer.compare(last.elements[1] as Uint8Array, long)).toBe(0);
    expect(await cached.rpc("lists", "duplicate", [3, atom("same")])).toEqual([
      atom("same"),
      atom("same"),
      atom("same"),
    ]);
    await expect(cached.rpc("erlang", "error", [atom("boom")])).rejects.toMatchObject({
      details: { reason: ":boom" },
    });
    expect(await cached.genServerCall("kernel_sup", atom("count_children"))).toBeInstanceOf(Array);
    await cached.close();
  });
});

describe("monitors", () => {
  test("of ours: down with the reason; noproc; not after demonitor", async () => {
    const probe = new Probe();
    const pid = await remoteProcess();
    const ref = connection.monitor(probe.process, pid);
    await end(pid, "because");
    expect(await probe.next()).toEqual(tuple(atom("down"), ref, pid, atom("because")));
    const gone = connection.monitor(probe.process, pid);
    expect(await probe.next()).toEqual(tuple(atom("down"), gone, pid, atom("noproc")));
    const named = connection.monitor(probe.process, "no_such_name");
    expect(await probe.next()).toEqual(tuple(atom("down"), named, atom("no_such_name"), atom("noproc")));
    const other = await remoteProcess();
    connection.demonitor(probe.process, connection.monitor(probe.process, other));
    await end(other, "kill");
    connection.send(probe.process, "echo", tuple(atom("echo"), probe.process.pid, atom("nothing_else")));
    expect(await probe.next()).toEqual(atom("nothing_else"));
    probe.process.exit();
  });

  test("of the node on ours: down with the reason, by pid and by name; noproc", async () => {
    const probe = new Probe();
    probe.process.register("watched");
    const name = `{watched, '${connection.localName}'}`;
    const down = node.eval(`R = erlang:monitor(process, ${name}), ${name} ! ready,
      receive {'DOWN', R, process, Who, Why} -> {Who, Why} end`);
    expect(await probe.next()).toEqual(atom("ready"));
    probe.process.exit(tuple(atom("done"), 1));
    expect(await down).toBe(`{{watched,'${connection.localName}'},{done,1}}`);
    expect(
      await node.eval(
        `R = erlang:monitor(process, ${name}), receive {'DOWN', R, process, _, Why} -> Why end`,
      ),
    ).toBe("noproc");
  });
});

describe("links", () => {
  test("a linked process that ends takes ours along, unless it traps exits", async () => {
    const plain = connection.spawn({});
    const trapping = new Probe();
    const pid = await remoteProcess();
    connection.link(plain, pid);
    connection.link(trapping.process, pid);
    await end(pid, "broken");
    expect(await trapping.next()).toEqual(tuple(atom("exit"), pid, atom("broken")));
    expect(await plain.exited).toEqual({ reason: atom("broken") });
    trapping.process.exit();
  });

  test("ours that ends takes a linked process along", async () => {
    const mine = connection.spawn({});
    const watcher = new Probe();
    const pid = await remoteProcess();
    connection.link(mine, pid);
    const ref = connection.monitor(watcher.process, pid);
    mine.exit(atom("ours_ended"));
    expect(await watcher.next()).toEqual(tuple(atom("down"), ref, pid, atom("ours_ended")));
    watcher.process.exit();
  });

  test("unlinked in time, nothing happens; linked again, it does", async () => {
    const probe = new Probe();
    const pid = await remoteProcess();
    connection.link(probe.process, pid);
    connection.unlink(probe.process, pid);
    connection.link(probe.process, pid);
    connection.unlink(probe.process, pid);
    await end(pid, "kill");
    const again = await remoteProcess();
    connection.link(probe.process, again);
    connection.unlink(probe.process, again);
    connection.link(probe.process, again);
    await end(again, "second");
    expect(await probe.next()).toEqual(tuple(atom("exit"), again, atom("second")));
    probe.process.exit();
  });

  test("from Erlang: link, unlink, and noproc for what is not there", async () => {
    const probe = new Probe();
    probe.process.register("linkee");
    const us = `'${connection.localName}'`;
    // Our pid goes over as a message; the node links to it, unlinks, links again, and ends.
    const done = node.eval(`process_flag(trap_exit, true), {linkee, ${us}} ! {hello, self()},
      receive {pid, P} -> ok end,
      link(P), unlink(P), link(P), {links, L} = process_info(self(), links), [P] = [X || X <- L, X =:= P],
      {linkee, ${us}} ! linked, receive {'EXIT', P, R} -> R end`);
    const hello = await probe.next();
    connection.send(probe.process, element(hello, 1) as Pid, tuple(atom("pid"), probe.process.pid));
    expect(await probe.next()).toEqual(atom("linked"));
    probe.process.exit(atom("bye"));
    expect(await done).toBe("bye");
    const dead = probe.process.pid;
    const late = new Probe();
    late.process.register("late");
    const noproc = node.eval(`process_flag(trap_exit, true), {late, ${us}} ! {hello, self()},
      receive {pid, P} -> link(P) end, receive {'EXIT', P, R} -> R end`);
    connection.send(late.process, element(await late.next(), 1) as Pid, tuple(atom("pid"), dead));
    expect(await noproc).toBe("noproc");
    late.process.exit();
  });
});

describe("exits", () => {
  test("exit/2 from the node: trapped, or fatal, and kill in any case", async () => {
    const trapping = new Probe();
    await connection.rpc("erlang", "exit", [trapping.process.pid, atom("please")]);
    expect(inspect(element(await trapping.next(), 2)!)).toBe(":please");
    await connection.rpc("erlang", "exit", [trapping.process.pid, atom("kill")]);
    expect(await trapping.process.exited).toEqual({ reason: atom("killed") });
    const plain = connection.spawn({});
    await connection.rpc("erlang", "exit", [plain.pid, atom("normal")]);
    await connection.rpc("erlang", "exit", [plain.pid, atom("please")]);
    expect(await plain.exited).toEqual({ reason: atom("please") });
  });

  test("our exit/2 ends a process of the node", async () => {
    const probe = new Probe();
    const pid = await remoteProcess();
    const ref = connection.monitor(probe.process, pid);
    connection.exit(probe.process, pid, tuple(atom("shutdown"), atom("now")));
    expect(await probe.next()).toEqual(tuple(atom("down"), ref, pid, tuple(atom("shutdown"), atom("now"))));
    probe.process.exit();
  });

  test("a handler that throws is a crash: reported here, seen there", async () => {
    const process = connection.spawn({
      onMessage: () => {
        throw new RangeError("too far");
      },
    });
    process.register("fragile");
    const down = node.eval(`P = {fragile, '${connection.localName}'}, R = erlang:monitor(process, P), P ! go,
      receive {'DOWN', R, process, _, Why} -> Why end`);
    expect(await down).toBe('{js_exception,<<"RangeError: too far">>}');
    expect((await process.exited).error?.message).toBe("too far");
    expect(crashes.map((error) => error.message)).toEqual(["too far"]);
  });
});

describe("spawn requests", () => {
  test("of ours start a process, linked and monitored at once", async () => {
    const probe = new Probe();
    const { pid, ref } = await connection.spawnRequest(probe.process, "erlang", "exit", [atom("at_once")], {
      link: true,
      monitor: true,
    });
    const events = [await probe.next(), await probe.next()];
    expect(events).toContainEqual(tuple(atom("down"), ref, pid, atom("at_once")));
    expect(events).toContainEqual(tuple(atom("exit"), pid, atom("at_once")));
    probe.process.exit();
  });

  test("what cannot be started says why", async () => {
    const full = await startErlangNode({ args: ["+P", "1024"] });
    const there = await DistConnection.connect({
      node: full.name,
      cookie: full.cookie,
      epmdPort: full.epmdPort,
    });
    try {
      await full.eval(`Up = self(), spawn(fun() ->
        register(filler, self()),
        (fun F() -> try spawn_link(timer, sleep, [infinity]) of _ -> F() catch error:system_limit -> ok end end)(),
        Up ! full, receive free -> exit(free) end end), receive full -> ok end`);
      const mine = there.spawn({});
      // A process that ended since the node was full may have left a place.
      let error: unknown;
      for (let i = 0; i < 50 && error === undefined; i++) {
        error = await there.spawnRequest(mine, "timer", "sleep", [60_000]).then(
          () => undefined,
          (reason: unknown) => reason,
        );
      }
      expect(error).toMatchObject({ code: "DIST_SPAWN_FAILED", details: { reason: "system_limit" } });
      there.send(mine, "filler", atom("free"));
    } finally {
      await there.close();
      await full.stop();
    }
  });

  test("from Erlang are refused politely", async () => {
    expect(
      await node.eval(`R = spawn_request('${connection.localName}', erlang, self, [], [{reply, yes}]),
        receive {spawn_reply, R, Result, Why} -> {Result, Why} end`),
    ).toBe("{error,notsup}");
  });
});

describe("the end of the connection", () => {
  test("by us: Erlang's monitors and links see noconnection, our monitors too", async () => {
    const other = await DistConnection.connect({
      node: node.name,
      cookie: node.cookie,
      epmdPort: node.epmdPort,
    });
    const down: string[] = [];
    const process = other.spawn({
      onDown: (_ref, from, reason) =>
        down.push(`${from instanceof Atom ? from.name : "pid"} ${inspect(reason)}`),
    });
    process.register("leaving");
    other.monitor(process, "echo");
    const monitored = new Promise<void>((resolve) => {
      other.spawn({ onMessage: () => resolve() }).register("told");
    });
    const seen =
      node.eval(`R = erlang:monitor(process, {leaving, '${other.localName}'}), {told, '${other.localName}'} ! monitored,
      receive {'DOWN', R, process, _, Why} -> Why end`);
    await monitored;
    await other.close();
    expect(await seen).toBe("noconnection");
    expect(down).toEqual(["echo :noconnection"]);
    expect(await process.exited).toEqual({ reason: atom("noconnection") });
    expect(() => other.send(undefined, "echo", atom("x"))).toThrow(/closed by us/);
    expect(() => other.spawn({})).toThrow(/Connect again/);
  });

  test("by kill -9 of the node: closed says so, what waits fails", async () => {
    const victim = await startErlangNode();
    const doomed = await DistConnection.connect({
      node: victim.name,
      cookie: victim.cookie,
      epmdPort: victim.epmdPort,
    });
    const waiting = doomed.rpc("timer", "sleep", [atom("infinity")], { timeoutMs: Number.POSITIVE_INFINITY });
    const calling = doomed
      .genServerCall("kernel_sup", atom("which_children"), 60_000)
      .then(() => doomed.genServerCall("init", atom("never_answered"), 60_000));
    const failures = Promise.allSettled([waiting, calling]);
    await doomed.rpc("erlang", "node", []);
    process.kill(victim.pid, "SIGKILL");
    for (const outcome of await failures) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "DIST_CLOSED" } });
    }
    expect(["closed_by_peer", "socket_error"]).toContain((await doomed.closed).cause);
    await victim.stop();
  });
});
