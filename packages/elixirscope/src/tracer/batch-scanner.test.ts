import { atom, binary, decodeTerm, encode, inspect, Pid, type Term, tuple } from "@elixirscope/etf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EventBatch, isNodeEntry, kindOf, NONE } from "../model/index.ts";
import { BatchScanner } from "./batch-scanner.ts";
import { Dictionary } from "./dictionary.ts";
import { NameRegistry } from "./scan-target.ts";

const NODE = "demo@127.0.0.1";
const pid = (id: number): Pid => new Pid(NODE, id, 0, 7);
const trace = (...fields: readonly Term[]): Term => tuple(atom("trace_ts"), ...fields);

function scanner(timeOffset = 0n): {
  readonly scan: (events: readonly Term[]) => EventBatch;
  readonly dictionary: Dictionary;
  readonly names: NameRegistry;
} {
  const dictionary = new Dictionary();
  const names = new NameRegistry();
  const batches = new BatchScanner(dictionary, {
    node: 0,
    nodeName: NODE,
    timeOffset,
    names,
    numbering: { batch: 0, id: 1 },
  });
  return { dictionary, names, scan: (events) => batches.scan(encode(events)) };
}

/** Rows as people would write them, so that a failure reads well. */
function rows(batch: EventBatch, dictionary: Dictionary): readonly string[] {
  const process = (index: number): string =>
    index === NONE ? "-" : `<${dictionary.processes.entries[index]!.id}>`;
  return Array.from({ length: batch.count }, (_, i) => {
    const mfa = dictionary.functions.entries[batch.mfa[i]!];
    const payload = batch.length[i] ? inspect(decodeTerm(batch.bytes, batch.offset[i]!).term) : "";
    return [
      kindOf(batch.kind[i]!),
      process(batch.pid[i]!),
      process(batch.peer[i]!),
      mfa ? `${mfa.module}.${mfa.function}/${mfa.arity}` : "-",
      batch.tag[i] === NONE ? "-" : dictionary.atoms.name(batch.tag[i]!),
      payload,
      String(batch.ts[i]),
    ].join(" ");
  });
}

describe("BatchScanner", () => {
  it("reads each type of trace message and each event of the agent", () => {
    const { scan, dictionary } = scanner();
    const batch = scan([
      trace(pid(1), atom("send"), tuple(atom("set"), 3), pid(2), 10),
      trace(pid(1), atom("send"), atom("tick"), atom("nobody"), 11),
      trace(pid(1), atom("send_to_non_existing_process"), 5, pid(9), 12),
      trace(pid(2), atom("receive"), tuple(atom("set"), 3), 13),
      trace(pid(1), atom("call"), tuple(atom("lists"), atom("map"), [atom("f"), [1]]), 14),
      trace(pid(1), atom("call"), tuple(atom("lists"), atom("seq"), [1, 2]), 15),
      trace(pid(1), atom("return_from"), tuple(atom("lists"), atom("map"), 2), [], 16),
      trace(
        pid(1),
        atom("exception_from"),
        tuple(atom("lists"), atom("map"), 2),
        tuple(atom("error"), atom("badarg")),
        17,
      ),
      trace(pid(1), atom("spawn"), pid(3), tuple(atom("erlang"), atom("apply"), [atom("x"), []]), 18),
      trace(pid(3), atom("spawned"), pid(1), tuple(atom("erlang"), atom("apply"), [atom("x"), []]), 19),
      trace(pid(3), atom("register"), atom("worker"), 20),
      trace(pid(1), atom("send"), 1, atom("worker"), 21),
      trace(pid(3), atom("unregister"), atom("worker"), 22),
      trace(pid(1), atom("link"), pid(3), 23),
      trace(pid(3), atom("exit"), tuple(atom("shutdown"), atom("x")), 24),
      tuple(
        atom("es"),
        atom("sample"),
        pid(1),
        tuple(100, 0, 7, atom("waiting"), tuple(atom("gen"), atom("loop"), 3)),
        25,
      ),
      tuple(atom("es"), atom("gap"), pid(8), tuple(atom("no_credit"), 1, 2, []), 26),
    ]);
    expect(rows(batch, dictionary)).toEqual([
      "send <1> <2> - set {:set, 3} 10",
      "send <1> - - tick :tick 11",
      "send_to_dead <1> <9> - - 5 12",
      "receive <2> - - set {:set, 3} 13",
      "call <1> - lists.map/2 - [:f, [1]] 14",
      "call <1> - lists.seq/2 - [1, 2] 15",
      "return <1> - lists.map/2 - [] 16",
      "exception <1> - lists.map/2 error {:error, :badarg} 17",
      "spawn <1> <3> erlang.apply/2 - [:x, []] 18",
      "spawned <3> <1> erlang.apply/2 - [:x, []] 19",
      "register <3> - - worker :worker 20",
      "send <1> <3> - - 1 21",
      "unregister <3> - - worker :worker 22",
      expect.stringMatching(/^link <1> <3> - - #PID<.*> 23$/),
      "exit <3> - - shutdown {:shutdown, :x} 24",
      "sample <1> - gen.loop/3 waiting {100, 0, 7, :waiting, {:gen, :loop, 3}} 25",
      "gap <8> - - no_credit {:no_credit, 1, 2, []} 26",
    ]);
  });

  it("makes telemetry, pubsub and phoenix of calls that carry one; the event's name is the tag", () => {
    const { scan, dictionary } = scanner();
    const execute = tuple(atom("telemetry"), atom("execute"), 3);
    const name = [atom("phoenix"), atom("endpoint"), atom("stop")];
    const telemetry = (payload: Term): Term => tuple(atom("es_telemetry"), payload);
    const batch = scan([
      trace(pid(1), atom("call"), execute, telemetry(tuple(name, 1, 2)), 1),
      trace(pid(1), atom("call"), execute, telemetry(tuple([atom("one")], 1, 2)), 2),
      trace(pid(1), atom("call"), execute, telemetry(tuple([], 1, 2)), 3),
      trace(pid(1), atom("call"), execute, telemetry(tuple([1, 2], 1, 2)), 4),
      trace(pid(1), atom("call"), execute, tuple(atom("es_pubsub"), tuple(atom("subscribe"), atom("p"))), 5),
      trace(pid(1), atom("call"), execute, tuple(atom("es_phoenix"), tuple(atom("push"), binary("t"))), 6),
      tuple(atom("es"), atom("pubsub"), pid(8), tuple(atom("subscriptions"), atom("p"), []), 7),
    ]);
    expect(rows(batch, dictionary)).toEqual([
      "telemetry <1> - telemetry.execute/3 phoenix.endpoint.stop {[:phoenix, :endpoint, :stop], 1, 2} 1",
      "telemetry <1> - telemetry.execute/3 one {[:one], 1, 2} 2",
      "telemetry <1> - telemetry.execute/3 - {[], 1, 2} 3",
      "telemetry <1> - telemetry.execute/3 - {[1, 2], 1, 2} 4",
      "pubsub <1> - telemetry.execute/3 subscribe {:subscribe, :p} 5",
      'phoenix <1> - telemetry.execute/3 push {:push, "t"} 6',
      "pubsub <8> - - subscriptions {:subscriptions, :p, []} 7",
    ]);
  });

  it("makes states of calls that carry one, and takes arguments from where the agent puts them", () => {
    const { scan, dictionary } = scanner();
    const loop = tuple(atom("gen_server"), atom("loop"), 7);
    const seq = tuple(atom("lists"), atom("seq"), 2);
    const caller = (line: number | undefined): Term =>
      tuple(
        atom("Elixir.Shop"),
        atom("run"),
        1,
        line === undefined ? atom("undefined") : tuple([...binary("lib/shop.ex")], line),
      );
    const batch = scan([
      trace(pid(1), atom("call"), loop, tuple(atom("es_state"), atom("shop"), tuple(atom("n"), 1)), 1),
      trace(pid(1), atom("call"), seq, tuple(atom("es_args"), [7, 2000], caller(17)), 2),
      trace(pid(1), atom("call"), seq, tuple(atom("es_args"), [7, 2000], caller(70_000)), 2),
      trace(pid(1), atom("call"), seq, tuple(atom("es_args"), [7, 2000], caller(undefined)), 2),
      trace(pid(1), atom("call"), seq, tuple(atom("es_args"), [7, 2000], atom("undefined")), 2),
      trace(
        pid(1),
        atom("call"),
        tuple(atom("shop"), atom("-elixirscope-line-"), 2),
        tuple(atom("es_line"), 300, atom("add"), 2, tuple(300, [tuple(atom("n"), 1)], [299])),
        2,
      ),
      trace(pid(1), atom("call"), seq, tuple(atom("mine"), atom("shop"), 3), 3),
      trace(pid(1), atom("call"), tuple(atom("lists"), atom("seq"), [1, 2]), 4),
    ]);
    expect(rows(batch, dictionary)).toEqual([
      "state <1> - gen_server.loop/7 shop {:n, 1} 1",
      "call <1> - lists.seq/2 Elixir.Shop.run/1:17 [7, 2000] 2",
      "call <1> - lists.seq/2 Elixir.Shop.run/1:70000 [7, 2000] 2",
      "call <1> - lists.seq/2 Elixir.Shop.run/1 [7, 2000] 2",
      "call <1> - lists.seq/2 - [7, 2000] 2",
      "line <1> - shop.add/2 300 {300, [n: 1], [299]} 2",
      "call <1> - lists.seq/2 - 2 3",
      "call <1> - lists.seq/2 - [1, 2] 4",
    ]);
  });

  it("makes dispatches and timers of calls that carry one, and of a timer function's value as well", () => {
    const { scan, dictionary } = scanner();
    const mfa = (m: string, f: string, arity: number): Term => tuple(atom(m), atom(f), arity);
    const call = (fun: Term, own: Term, ts: number): Term => trace(pid(1), atom("call"), fun, own, ts);
    const dispatch = (callback: Term, tag: Term, by: Term, ts: number): Term =>
      call(mfa("gen_server", "try_dispatch", 4), tuple(atom("es_dispatch"), callback, tag, by), ts);
    const setting = mfa("erlang", "send_after", 3);
    const timer = (dest: Term, what: Term, ts: number): Term =>
      call(setting, tuple(atom("es_timer"), dest, what), ts);
    const batch = scan([
      dispatch(mfa("shop", "handle_call", 3), atom("add"), tuple(pid(2), 7), 1),
      dispatch(mfa("shop", "handle_info", 2), atom("DOWN"), 77, 2),
      dispatch(mfa("shop", "init", 1), [], [], 3),
      timer(pid(2), tuple(50, tuple(atom("tick"), 1)), 4),
      trace(pid(1), atom("return_from"), setting, 99, 5),
      timer(tuple(1, 2), tuple(50, 3), 6),
      call(mfa("erlang", "cancel_timer", 1), tuple(atom("es_timer"), atom("none"), 99), 7),
      trace(pid(1), atom("return_from"), mfa("lists", "seq", 2), 99, 8),
    ]);
    expect(rows(batch, dictionary)).toEqual([
      expect.stringMatching(/^dispatch <1> <2> shop.handle_call\/3 add \{#PID<.*>, 7\} 1$/),
      "dispatch <1> - shop.handle_info/2 DOWN 77 2",
      "dispatch <1> - shop.init/1 -  3",
      "timer <1> <2> erlang.send_after/3 tick {50, {:tick, 1}} 4",
      "timer <1> - erlang.send_after/3 result 99 5",
      "timer <1> - erlang.send_after/3 - {50, 3} 6",
      "timer <1> - erlang.cancel_timer/1 - 99 7",
      "return <1> - lists.seq/2 - 99 8",
    ]);
  });

  it("knows a send to a name that nobody holds once it knows all names, and names the node of one that leaves", () => {
    const { scan, dictionary, names } = scanner();
    const send = (to: Term, ts: number): Term => trace(pid(1), atom("send"), atom("hello"), to, ts);
    const there = tuple(atom("worker"), atom("other@host"));
    const here = tuple(atom("worker"), atom(NODE));
    // The columns hold until the next batch only.
    const before = rows(scan([send(atom("worker"), 1)]), dictionary);
    names.complete = true;
    const after = scan([
      send(atom("worker"), 2),
      send(here, 3),
      send(there, 4),
      trace(pid(3), atom("register"), atom("worker"), 5),
      send(here, 6),
    ]);
    expect([...before, ...rows(after, dictionary)]).toEqual([
      "send <1> - - hello :hello 1",
      "send_to_dead <1> - - worker :hello 2",
      "send_to_dead <1> - - worker :hello 3",
      "send <1> <0> - worker :hello 4",
      "register <3> - - worker :worker 5",
      "send <1> <3> - hello :hello 6",
    ]);
    expect(dictionary.processes.entries.filter(isNodeEntry).map(({ node }) => node)).toEqual(["other@host"]);
  });

  it("numbers batches and events without holes", () => {
    const { scan } = scanner();
    const event = trace(pid(1), atom("receive"), 1, 1);
    expect(
      [scan([event, event]), scan([]), scan([event])].map(({ batch, firstId, count }) => [
        batch,
        firstId,
        count,
      ]),
    ).toEqual([
      [0, 1, 2],
      [1, 3, 0],
      [2, 3, 1],
    ]);
  });

  it("adds the time offset to any timestamp as 64-bit integers do", () => {
    const int64 = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n - 1n });
    fc.assert(
      fc.property(int64, int64, (ts, offset) => {
        const wire = ts >= -(2n ** 53n) && ts <= 2n ** 53n ? Number(ts) : ts;
        const batch = scanner(offset).scan([trace(pid(1), atom("receive"), 1, wire)]);
        expect(batch.ts[0]).toBe(ts + offset);
      }),
    );
  });

  it("refuses what the agent does not send, with the place", () => {
    const { scan } = scanner();
    expect(() => scan([1, 2, 300])).toThrow(expect.objectContaining({ code: "TRACER_BAD_BATCH" }));
    expect(() => scan([trace(pid(1), atom("strange"), 1, 1)])).toThrow(/unknown type strange/);
    expect(() => scan([trace(pid(1), atom("receive"), 1, atom("late"))])).toThrow(/timestamp/);
  });

  it("survives a batch that is cut or altered anywhere: an error, or columns within bounds", () => {
    const bytes = encode([
      trace(pid(1), atom("send"), tuple(atom("set"), binary("text")), pid(2), 10n ** 15n),
      trace(pid(1), atom("call"), tuple(atom("lists"), atom("seq"), [1, 2]), -5),
      trace(pid(1), atom("call"), tuple(atom("m"), atom("f"), 1), tuple(atom("es_state"), atom("m"), 1), 6),
      trace(
        pid(1),
        atom("call"),
        tuple(atom("m"), atom("f"), 1),
        tuple(atom("es_args"), [1], tuple(atom("m"), atom("g"), 2, tuple([109], 300))),
        6,
      ),
    ]);
    const mutation = fc.record({
      at: fc.nat(bytes.length - 1),
      value: fc.nat(255),
      cut: fc.nat(bytes.length),
    });
    fc.assert(
      fc.property(mutation, ({ at, value, cut }) => {
        const altered = bytes.slice(0, cut);
        if (at < cut) altered[at] = value;
        const batches = new BatchScanner(new Dictionary(), {
          node: 0,
          nodeName: NODE,
          timeOffset: 0n,
          names: new NameRegistry(),
          numbering: { batch: 0, id: 1 },
        });
        try {
          const batch = batches.scan(altered);
          for (let i = 0; i < batch.count; i++) {
            expect(batch.offset[i]! + batch.length[i]!).toBeLessThanOrEqual(altered.length);
          }
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^(TRACER_BAD_BATCH|ETF_)/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
