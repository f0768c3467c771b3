import { mkdtemp, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Epmd, startEpmd } from "../testkit/erlang-node.ts";
import { CliWorld, type Finished, jsonLines } from "./support/cli-process.ts";
import { type BuiltHello, buildHello, HELLO } from "./support/hello.ts";

interface Event {
  readonly kind: string;
  readonly process: { readonly label: string } | null;
  readonly summary: string;
}
interface Summary {
  readonly events: number;
  readonly dropped: number;
  readonly gaps: number;
}

let epmd: Epmd;
let hello: BuiltHello;
let world: CliWorld;

beforeAll(async () => {
  epmd = await startEpmd();
  hello = await buildHello();
  world = await CliWorld.create({ epmdPort: epmd.port });
  world.env.MIX_BUILD_PATH = hello.buildPath;
  world.env.HELLO_LOAD = "0";
});

afterAll(async () => {
  await world.remove();
  await hello.remove();
  await epmd.stop();
});

const run = (...args: readonly string[]): Promise<Finished> => world.run("run", ...args);

/** `events` with a recording, all of them. */
const recorded = (recording: string, kind: string, ...more: readonly string[]): Promise<Finished> =>
  world.run("events", "--recording", recording, "--kind", kind, "--limit", "all", ...more);

const spawned = async (recording: string): Promise<readonly (string | undefined)[]> =>
  jsonLines<Event>((await recorded(recording, "spawned", "--json")).stdout).map(
    ({ process }) => process?.label,
  );

describe("run", () => {
  it("makes a cookie file where there is none, as a node would", async () => {
    const { code, stdout } = await run(
      "--",
      "erl",
      "-noshell",
      "-eval",
      'io:format("~s", [erlang:get_cookie()]), halt().',
    );
    expect(code).toBe(0);
    const file = world.path(".erlang.cookie");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(stdout).toMatch(/^[A-Z]{32}$/);
  });

  it("sees an application under mix from its first process on", async () => {
    const file = world.path("mix.esrec");
    const script = `File.cd!(${JSON.stringify(HELLO)}); Mix.start(); Mix.CLI.main(["run", "-e", "Hello.click(); Process.sleep(500)"])`;
    const { code } = await run("--out", file, "--", "elixir", "-e", script);
    expect(code).toBe(0);
    const labels = await spawned(file);
    // Supervisors start their children in the order of the README: none is missing, none was there before.
    const order = [
      "Hello.Supervisor",
      "Hello.PubSub",
      "Hello.Audit",
      "Hello.CounterSupervisor",
      "Hello.Counter",
    ];
    expect(labels.filter((label) => order.includes(label ?? ""))).toEqual(order);
    expect(labels.indexOf("Logger.Supervisor")).toBeLessThan(labels.indexOf("Hello.Supervisor"));
  });

  it("sees a plain Erlang application that a shell script starts at boot", async () => {
    const file = world.path("erl.esrec");
    const script = "exec erl -noshell -s crypto -eval 'timer:sleep(1000), halt(3).'";
    const { code } = await run("--out", file, "--", "sh", "-c", script);
    expect(code).toBe(3);
    // Not only what comes after the kernel application: the rest of the kernel itself too.
    const { stdout } = await recorded(file, "spawned");
    const at = ["kernel_safe_sup", "{:appl, :stdlib,", "{:appl, :crypto,"].map((text) =>
      stdout.indexOf(text),
    );
    expect(at).not.toContain(-1);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
  });

  it("keeps its words apart from those of the command", async () => {
    const { code, stdout, stderr } = await run(
      "--json",
      "--",
      "elixir",
      "-e",
      'IO.puts("out"); IO.puts(:stderr, "err"); System.halt(7)',
    );
    expect(code).toBe(7);
    expect(stdout).toBe("out\n");
    const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
    const [ready, summary] = jsonLines<{ url: string } & Summary>(lines.join("\n"));
    expect(ready?.url).toMatch(/^http:/);
    expect(summary).toMatchObject({ dropped: 0 });
    expect(summary?.events).toBeGreaterThan(0);
    expect(stderr).toContain("err\n");
  });

  it("gives the command's standard input to the command", async () => {
    const cli = world.start("run", "--", "elixir", "-e", "IO.puts(String.upcase(IO.read(:eof)))");
    cli.input("hello");
    expect((await cli.finished()).stdout).toContain("HELLO");
  });

  it("listens on loopback only, with the cookie in nobody's argv or environment", async () => {
    const code = `
      :ok = IO.puts(Node.self())
      {:ok, interface} = :application.get_env(:kernel, :inet_dist_use_interface)
      cookie = Atom.to_string(Node.get_cookie())
      IO.inspect(interface)
      IO.inspect(Enum.any?(:init.get_arguments(), &String.contains?(inspect(&1), cookie)))
      IO.inspect(Enum.any?(System.get_env(), fn {_, value} -> String.contains?(value, cookie) end))`;
    const { stdout } = await run("--", "elixir", "-e", code);
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^elixirscope_run_[0-9a-f]{8}@127\.0\.0\.1$/),
      "{127, 0, 0, 1}",
      "false",
      "false",
      "",
    ]);
  });

  it("lets the node start nodes of its own", async () => {
    const inner = 'System.cmd("elixir", ["-e", "IO.inspect(Node.self())"]) |> elem(0) |> IO.write()';
    const { stdout } = await run("--", "elixir", "-e", `IO.inspect(System.get_env("ERL_AFLAGS")); ${inner}`);
    expect(stdout).toBe("nil\n:nonode@nohost\n");
  });

  it("follows a script that starts one node after the other", async () => {
    const file = world.path("two.esrec");
    const script =
      "erl -noshell -eval 'halt().'; exec erl -noshell -eval 'register(second, self()), timer:sleep(1000), halt(4).'";
    const { code } = await run("--out", file, "--", "sh", "-c", script);
    expect(code).toBe(4);
    const { stdout } = await recorded(file, "register");
    expect(stdout).toContain("second");
  });

  it("takes the name that the command gives its node", async () => {
    const { stdout, stderr } = await run(
      "--",
      "elixir",
      "--name",
      "mine@127.0.0.1",
      "-e",
      "IO.puts(Node.self())",
    );
    expect(stdout).toBe("mine@127.0.0.1\n");
    expect(stderr).toContain("Attached to mine@127.0.0.1");
  });

  it("is found by the other commands", async () => {
    const cli = world.start("run", "--", "elixir", "-e", "IO.read(:eof)");
    await cli.said(/token=/);
    const { stdout } = await world.run("tree");
    expect(stdout).toContain(":kernel_sup");
    cli.input("");
    expect((await cli.finished()).code).toBe(0);
    expect((await world.run("detach")).code).toBe(3);
  });

  it("exits as the command does, whatever it is", async () => {
    const { code, stderr } = await run("--", "sh", "-c", "exit 9");
    expect(code).toBe(9);
    expect(stderr).toContain("started no Erlang node");
    expect((await run("--", "sh", "-c", "kill -TERM $$")).code).toBe(143);
    expect((await run("--", "no-such-command-anywhere")).code).toBe(127);
    expect((await run("--", HELLO)).code).toBe(126);
  });

  it.each([
    ["SIGINT", "INT"],
    ["SIGTERM", "TERM"],
  ] as const)("hands %s on to the command", async (signal, name) => {
    const script = `trap 'exit 42' ${name}; echo ready; while :; do sleep 0.05; done`;
    const cli = world.start("run", "--", "sh", "-c", script);
    await cli.said(/ready/);
    cli.signal(signal);
    expect((await cli.finished()).code).toBe(42);
  });

  it("does not start the command where the recording cannot be made", async () => {
    const marker = world.path("started");
    const { code } = await run("--out", join(world.home, "no", "folder.esrec"), "--", "touch", marker);
    expect(code).toBe(1);
    await expect(stat(marker)).rejects.toThrow("ENOENT");
  });
});

it("leaves no temporary files", async () => {
  const tmp = await mkdtemp(world.path("tmp-"));
  world.env.TMPDIR = tmp;
  await run("--", "elixir", "-e", ":ok");
  expect(await readdir(tmp)).toEqual([]);
});
