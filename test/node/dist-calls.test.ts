/** rpc, GenServer calls in both directions, and what Elixir sees of us. */
import { DistConnection, DistError } from "@elixirscope/dist";
import { Atom, atom, binary, ErlangMap, inspect, Pid, type Term, tuple } from "@elixirscope/etf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  await node.eval(
    'code:add_paths(filelib:wildcard("/usr/lib/elixir/lib/*/ebin")), {ok, _} = application:ensure_all_started(elixir)',
  );
});
afterAll(async () => {
  await connection?.close();
  await node?.stop();
});

const failed = async (call: Promise<unknown>): Promise<DistError> => {
  const error = await call.then(
    () => new Error("it worked"),
    (reason: unknown) => reason,
  );
  if (error instanceof DistError) return error;
  throw error;
};

const elixir = (code: string): Promise<Term> => connection.rpc("Elixir.Code", "eval_string", [binary(code)]);

describe("rpc", () => {
  test("answers, about 0.3 ms each", async () => {
    expect(await connection.rpc("lists", "reverse", [[1, 2, 3]])).toEqual([3, 2, 1]);
    const calls = 500;
    for (let i = 0; i < 100; i++) await connection.rpc("erlang", "node", []);
    const start = performance.now();
    for (let i = 0; i < calls; i++) await connection.rpc("erlang", "node", []);
    const each = (performance.now() - start) / calls;
    console.log(`OTP ${node.otp}: rpc ${each.toFixed(2)} ms`);
    expect(each).toBeLessThan(20);
  });

  test("many at a time do not get mixed up", async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, i) => connection.rpc("erlang", "+", [i, 1_000])),
    );
    expect(answers).toEqual(Array.from({ length: 500 }, (_, i) => i + 1_000));
  });

  test("an error brings class, reason and the remote stack, and our caller's", async () => {
    const error = await failed(connection.rpc("lists", "map", [atom("no_fun"), [1]]));
    expect(error.code).toBe("DIST_RPC_ERROR");
    expect(error.details).toMatchObject({
      node: node.name,
      module: "lists",
      function: "map",
      arity: 2,
      class: "error",
    });
    expect(error.details.remoteStack).toMatch(/lists\.erl:\d+: :lists\.map\/2/);
    expect(error.details.remoteStack).not.toMatch(/erl_eval/);
    expect(error.message).toContain(String(error.details.remoteStack));
    expect(error.stack).toContain("dist-calls.test.ts");
  });

  test("throw and exit bring theirs as well, with a stack", async () => {
    const exit = await failed(connection.rpc("gen_server", "call", [atom("nobody_there"), atom("x")]));
    expect(exit.details).toMatchObject({ class: "exit" });
    expect(exit.details.reason).toContain(":noproc");
    expect(exit.details.remoteStack).toMatch(/:gen_server\.call\/2/);
    const thrown = await failed(elixir("throw({:ball, 1})"));
    expect(thrown.details).toMatchObject({ class: "throw", reason: "{:ball, 1}" });
    expect(thrown.reason).toEqual(tuple(atom("ball"), 1));
    expect(thrown.details.remoteStack).toMatch(/code\.ex:\d+: Code\./);
  });

  test("an Elixir exception shows its name and message", async () => {
    const error = await failed(elixir('raise ArgumentError, "no such cart"'));
    expect(error.details.reason).toBe("(ArgumentError) no such cart");
    expect(error.message).toMatch(
      /^Code\.eval_string\/1 on .* failed with error: \(ArgumentError\) no such cart/,
    );
  });

  test("an unknown function", async () => {
    const error = await failed(connection.rpc("no_such_module", "f", []));
    expect(error.details).toMatchObject({ class: "error", reason: ":undef" });
    expect(error.details.remoteStack).toContain(":no_such_module.f/0");
  });

  test("a timeout ends the process there", async () => {
    const before = await connection.rpc("erlang", "system_info", [atom("process_count")]);
    const error = await failed(connection.rpc("timer", "sleep", [atom("infinity")], { timeoutMs: 50 }));
    expect(error.code).toBe("DIST_RPC_TIMEOUT");
    await expect.poll(() => connection.rpc("erlang", "system_info", [atom("process_count")])).toBe(before);
  });

  test("can be aborted, before and while it runs", async () => {
    const aborter = new AbortController();
    const running = failed(connection.rpc("timer", "sleep", [10_000], { signal: aborter.signal }));
    aborter.abort();
    expect((await running).code).toBe("DIST_RPC_ABORTED");
    const late = await failed(
      connection.rpc("persistent_term", "put", [atom("ran"), atom("late")], { signal: aborter.signal }),
    );
    expect(late.code).toBe("DIST_RPC_ABORTED");
    expect(await connection.rpc("persistent_term", "get", [atom("ran"), atom("never")])).toEqual(
      atom("never"),
    );
  });

  test("a process that is killed under it is told", async () => {
    const error = await failed(
      connection.rpc("erlang", "apply", [atom("erlang"), atom("exit"), [atom("self"), atom("kill")]]),
    );
    expect(error.code).toBe("DIST_RPC_ERROR");
    const killed = await failed(elixir("Process.exit(self(), :kill)"));
    expect(killed.details.reason).toBe(":killed");
  });

  test("code that prints does not wait for us", async () => {
    expect(await connection.rpc("io", "format", [binary("hello~n")])).toEqual(atom("ok"));
    expect(inspect(await elixir('IO.puts("hello"); IO.gets("more? ")'))).toBe("{:eof, []}");
  });

  test("gets results of tens of megabytes", async () => {
    const big = await connection.rpc("binary", "copy", [new Uint8Array([7]), 30_000_000]);
    expect((big as Uint8Array).length).toBe(30_000_000);
  });

  test("an answer nested too deep fails that call only", async () => {
    const nested = "Enum.reduce(1..100_000, [], fn _, acc -> [acc] end)";
    const other = connection.rpc("timer", "sleep", [50]);
    const error = await failed(elixir(nested));
    expect(error.code).toBe("DIST_RPC_ERROR");
    expect(error.message).toContain("cannot decode");
    expect(await other).toEqual(atom("ok"));
  });

  test("may take as long as it likes, where the timeout says so", async () => {
    const options = { timeoutMs: 2 ** 40 };
    expect(await connection.rpc("timer", "sleep", [20], options)).toEqual(atom("ok"));
  });

  test("what is no term is refused before anything is sent", async () => {
    await expect(connection.rpc("erlang", "node", [undefined as unknown as Term])).rejects.toMatchObject({
      code: "ETF_UNENCODABLE",
    });
    expect(await connection.rpc("erlang", "node", [])).toEqual(atom(node.name));
  });

  test("sys calls go through it", async () => {
    await elixir("Agent.start(fn -> %{count: 41} end, name: :counter)");
    const state = await connection.rpc("sys", "get_state", [atom("counter")]);
    expect(inspect(state)).toBe("%{count: 41}");
  });
});

describe("GenServer.call out", () => {
  test("gets the reply, by name and by pid", async () => {
    const children = await connection.genServerCall("kernel_sup", atom("which_children"));
    expect(Array.isArray(children)).toBe(true);
    const pid = await connection.rpc("erlang", "whereis", [atom("kernel_sup")]);
    expect(await connection.genServerCall(pid as Pid, atom("which_children"))).toEqual(children);
  });

  test("with a request that is no term leaves nothing behind", async () => {
    const monitors = (): Promise<Term> =>
      connection.rpc("erlang", "apply", [
        atom("erlang"),
        atom("process_info"),
        [kernelSup, atom("monitored_by")],
      ]);
    const kernelSup = await connection.rpc("erlang", "whereis", [atom("kernel_sup")]);
    const before = await monitors();
    await expect(connection.genServerCall("kernel_sup", undefined as unknown as Term)).rejects.toMatchObject({
      code: "ETF_UNENCODABLE",
    });
    expect(await monitors()).toEqual(before);
  });

  test("to nobody, to one that crashes, to one that does not answer", async () => {
    const nobody = await failed(connection.genServerCall("nobody_there", atom("x")));
    expect(nobody.code).toBe("DIST_CALL_FAILED");
    expect(nobody.message).toContain("No process nobody_there");
    await elixir("Agent.start(fn -> 1 end, name: :fragile)");
    const crash = await failed(connection.genServerCall("fragile", tuple(atom("get"), atom("no_fun"))));
    expect(crash.code).toBe("DIST_CALL_FAILED");
    expect(crash.message).toContain("ended during a GenServer.call");
    const silent = await failed(connection.genServerCall("init", atom("x"), 50));
    expect(silent.code).toBe("DIST_CALL_TIMEOUT");
    expect(silent.stack).toContain("dist-calls.test.ts");
  });
});

describe("what Elixir asks us", () => {
  test("GenServer.call to our registered name is answered with Elixir terms, also later", async () => {
    const server = connection.serve("elixirscope", async (request, from) => {
      expect(from.pid).toBeInstanceOf(Pid);
      if (request instanceof Atom) return tuple(atom("ok"), new ErlangMap([[atom("asked"), request]]));
      return connection.rpc("erlang", "node", []);
    });
    const us = `{:elixirscope, :"${connection.localName}"}`;
    expect(inspect(await elixir(`GenServer.call(${us}, :why)`))).toBe("{{:ok, %{asked: :why}}, []}");
    expect(inspect(await elixir(`GenServer.call(${us}, "where")`))).toContain(node.name);
    expect(
      inspect(
        await elixir(
          `1..50 |> Task.async_stream(fn i -> GenServer.call(${us}, :"q#{i}") end) |> Enum.count()`,
        ),
      ),
    ).toBe("{50, []}");
    server.exit();
    const gone = await failed(elixir(`GenServer.call(${us}, :why)`));
    expect(gone.details.reason).toContain(":noproc");
  });

  test("requests of gen_server's newer kind, with labels, are answered", async () => {
    const server = connection.serve("labelled", (request) => tuple(atom("got"), request));
    expect(
      await node.eval(`P = {labelled, '${connection.localName}'},
        C = gen_server:send_request(P, a, la, gen_server:send_request(P, b, lb, gen_server:reqids_new())),
        {{reply, R1}, L1, C1} = gen_server:receive_response(C, 5000, true),
        {{reply, R2}, L2, _} = gen_server:receive_response(C1, 5000, true),
        lists:sort([{L1, R1}, {L2, R2}])`),
    ).toBe("[{la,{got,a}},{lb,{got,b}}]");
    server.exit();
  });

  test("a handler that fails lets that call exit, and the server lives", async () => {
    const server = connection.serve("moody", (request) => {
      if (request instanceof Atom && request.name === "bad") throw new TypeError("not like this");
      return atom("fine");
    });
    const us = `{:moody, :"${connection.localName}"}`;
    const error = await failed(elixir(`GenServer.call(${us}, :bad)`));
    expect(error.details.reason).toContain("TypeError: not like this");
    expect(inspect(await elixir(`GenServer.call(${us}, :good)`))).toBe("{:fine, []}");
    server.exit();
  });

  test("a cast is taken; one that fails is reported", async () => {
    const casts: Term[] = [];
    const server = connection.serve("caster", (request, from) => {
      casts.push(request);
      if (from.kind !== "cast" || !(request instanceof Atom)) throw new Error("no good cast");
      return atom("ignored");
    });
    crashes.length = 0;
    const us = `{:caster, :"${connection.localName}"}`;
    await elixir(
      `GenServer.cast(${us}, :one); GenServer.cast(${us}, 2); GenServer.call(${us}, :three, 50) |> is_atom()`,
    ).catch(() => undefined);
    expect(casts).toEqual([atom("one"), 2, atom("three")]);
    expect(crashes.map((error) => error.message)).toEqual(["no good cast"]);
    server.exit();
  });

  test("Node.ping says pong", async () => {
    expect(inspect(await elixir(`Node.ping(:"${connection.localName}")`))).toBe("{:pong, []}");
  });

  test("Node.list shows us only among the hidden", async () => {
    expect(inspect(await elixir("{Node.list(), Node.list(:hidden)}"))).toBe(
      `{{[], [:"${connection.localName}"]}, []}`,
    );
  });

  test("a name is given once", () => {
    const server = connection.serve("once", () => atom("ok"));
    expect(() => connection.serve("once", () => atom("ok"))).toThrow(/registered already/);
    server.exit();
    connection.serve("once", () => atom("ok")).exit();
  });
});
