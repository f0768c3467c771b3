import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { type CliProcess, CliWorld, jsonLines } from "./support/cli-process.ts";
import { type BuiltHello, buildHello, leftovers, NOTHING_LEFT, startHello } from "./support/hello.ts";

interface Ready {
  readonly url: string;
  readonly port: number;
  readonly node: string;
  readonly recording: string | null;
}
interface Summary {
  readonly events: number;
  readonly dropped: number;
  readonly gaps: number;
  readonly processes: number;
  readonly seconds: number;
  readonly recording: string | null;
}
interface Failure {
  readonly error: { readonly code: string; readonly message: string };
}
interface Call {
  readonly request: { readonly summary: string };
  readonly latencyNs: number;
  readonly workNs: number;
}
interface Event {
  readonly id: number;
  readonly kind: string;
  readonly process: { readonly label: string } | null;
  readonly peer: { readonly label: string } | null;
}

let hello: BuiltHello;
let node: ErlangNode;
let world: CliWorld;

beforeAll(async () => {
  hello = await buildHello();
  node = await startHello(hello);
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
});

afterAll(async () => {
  await node.stop();
  await world.remove();
  await hello.remove();
});

const runtimeFiles = (): Promise<string[]> => readdir(join(world.home, "run", "elixirscope")).catch(() => []);

describe("without a command", () => {
  it("lists the nodes where there is nobody to choose", async () => {
    const { code, stdout, stderr } = await world.run();
    expect(code).toBe(0);
    expect(stdout).toBe(`${node.name.split("@")[0]}\n`);
    expect(stderr).toContain("elixirscope attach NODE");
    const json = await world.run("--json");
    expect(JSON.parse(json.stdout)).toMatchObject([{ name: node.name.split("@")[0], attached: false }]);
  });

  it("says how to get a node where there is none", async () => {
    const empty = await CliWorld.create({ epmdPort: 1 });
    const { code, stderr } = await empty.run();
    expect(code).toBe(3);
    expect(stderr).toContain("elixirscope run -- mix phx.server");
    await empty.remove();
  });
});

describe("attach", () => {
  it("ends by itself with --for, and answers in JSON lines", async () => {
    const { code, stdout, stderr } = await world.run("attach", node.name, "--for", "3s", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [ready, summary, ...rest] = jsonLines<Ready & Summary>(stdout);
    expect(rest).toEqual([]);
    expect(ready?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=.+/);
    expect(ready?.node).toBe(node.name);
    expect(summary).toMatchObject({ dropped: 0, gaps: expect.any(Number), recording: null });
    expect(summary?.events).toBeGreaterThan(100);
    expect(summary?.processes).toBeGreaterThan(50);
    expect(summary?.seconds).toBeGreaterThan(0);
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);
  });

  it("finds out the host of a node given without", async () => {
    const { code, stdout } = await world.run("attach", node.name.split("@")[0]!, "--for", "100ms", "--json");
    expect(code).toBe(0);
    expect(jsonLines<Ready>(stdout)[0]?.node).toBe(node.name);
  });

  it("stays until Ctrl-C, serves a UI behind a token, and leaves nothing behind", async () => {
    const cli = world.start("attach", node.name);
    await cli.said(/token=\S+\n/);
    expect(cli.stderr).toContain(`Attached to ${node.name}`);
    const url = new URL(/http:\S+/.exec(cli.stdout)?.[0] ?? "");
    const ask = (token: string): Promise<Response> =>
      fetch(`${url.origin}/api/status`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: "{}",
      });
    expect((await ask("wrong")).status).toBe(401);
    expect(await (await ask(url.hash.slice("#token=".length))).json()).toMatchObject({
      nodes: [{ name: node.name, state: "connected", level: "observe" }],
    });
    expect(await leftovers(node)).toContain("elixirscope_agent");
    const file = join(world.home, "run", "elixirscope", `${cli.pid}.json`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    cli.signal("SIGINT");
    const { code, stderr } = await cli.finished();
    expect(code).toBe(0);
    expect(stderr).toMatch(/events of \d+ processes in .*nothing dropped/);
    expect(stderr).toContain("temporary and is discarded");
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);
    expect(await runtimeFiles()).toEqual([]);
  });

  it("cut short by Ctrl-C says so with its exit code, and still sums up", async () => {
    const cli = world.start("attach", node.name, "--for", "1h", "--json");
    await cli.firstJson<Ready>();
    cli.signal("SIGINT");
    const { code, stdout } = await cli.finished();
    expect(code).toBe(130);
    expect(jsonLines<Summary>(stdout).at(-1)).toMatchObject({ dropped: 0 });
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);
  });
});

describe("while one is attached", () => {
  let cli: CliProcess;
  beforeAll(async () => {
    cli = world.start("attach", node.name, "--level", "messages", "--json");
    await cli.firstJson<Ready>();
  });
  afterAll(async () => {
    cli.signal("SIGTERM");
    await cli.finished();
  });

  it("ps asks it", async () => {
    const ps = await world.run("ps", "--sort", "label", "--limit", "1000", "--json");
    const list = JSON.parse(ps.stdout) as { total: number; rows: { label: string; alive: boolean }[] };
    expect(list.rows.map(({ label }) => label)).toContain("Hello.Counter");
    expect(list.rows.every(({ alive }) => alive)).toBe(true);
    expect((await world.run("ps", "--search", "Hello.Counter")).stdout).toMatch(/^PID +PROCESS +MEMORY/);
    expect((await world.run("ps", "--search", "no such process at all")).code).toBe(3);
  });

  it("tree asks it, also by the short name of the node", async () => {
    const tree = await world.run("tree", node.name.split("@")[0]!);
    expect(tree.stdout).toMatch(/^ {3}[├└]─ Hello\.CounterSupervisor .*#PID<[\d.]+>/m);
    expect(JSON.parse((await world.run("tree", "--json")).stdout)).toMatchObject({
      roots: expect.any(Array),
    });
  });

  it("events prints what was, and follows what comes", async () => {
    const sends = await world.run("events", "--kind", "send,receive", "--limit", "5");
    expect(sends.code).toBe(0);
    expect(sends.stdout.trim().split("\n")).toHaveLength(5);
    expect(sends.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{6} {2}(send|receive) /);

    const follow = world.start("events", "--follow", "--kind", "spawned,register", "--json");
    // The first line is of the past: from then on it misses nothing.
    await follow.said(/"kind":"spawned"/);
    await node.eval("spawn(fun() -> register(followed, self()) end)");
    await follow.said(/"summary":"[^"]*followed/);
    follow.signal("SIGINT");
    expect((await follow.finished()).code).toBe(0);
  });

  it("calls lists calls with their replies", async () => {
    await node.eval("gen_server:call(kernel_sup, which_children)");
    const calls = (): ReturnType<CliWorld["run"]> =>
      world.run("calls", "--callee", "kernel_sup", "--newest", "--json");
    await expect.poll(async () => (await calls()).stdout, { timeout: 60_000 }).toContain('"answered"');
    const [newest] = jsonLines<Call>((await calls()).stdout);
    expect(newest).toMatchObject({ to: { name: ":kernel_sup" }, outcome: "answered", why: "" });
    expect(newest!.request.summary).toContain(":which_children");
    expect(newest!.latencyNs).toBeGreaterThanOrEqual(newest!.workNs);
    expect((await world.run("calls", "--callee", "kernel_sup")).stdout).toMatch(
      /^ *LATENCY +MAILBOX +WORK +CALLER +CALLEE +REQUEST\n(?=.* :which_children)/,
    );
    expect((await world.run("calls", "--caller", "kernel_sup", "--callee", "kernel_sup")).code).toBe(3);
  });

  it("a name stands for everyone who held it", async () => {
    await node.eval("'Elixir.Hello.Flaky':crash()");
    const exits = ["events", "--process", "Hello.Flaky", "--kind", "exit", "--json"];
    await expect
      .poll(async () => (await world.run(...exits)).stdout, { timeout: 60_000 })
      .toContain('"exit"');
  });

  it("a second attach is refused", async () => {
    const again = await world.run("attach", node.name, "--for", "1s", "--json");
    expect(again.code).toBe(4);
    expect(jsonLines<Failure>(again.stdout)[0]?.error.code).toBe("TRACER_ALREADY_ATTACHED");
  });

  it("detach takes it off the node, once; its recording stays open for questions", async () => {
    const detach = await world.run("detach", "--json");
    expect(detach.code).toBe(0);
    expect(JSON.parse(detach.stdout)).toMatchObject({ node: node.name, dropped: 0 });
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);
    expect((await world.run("detach")).code).toBe(3);
    expect((await world.run("events", "--kind", "exit")).code).toBe(0);
  });
});

describe("after kill -9", () => {
  it("finds no ElixirScope that was killed, and the node is clean by itself", async () => {
    const cli = world.start("attach", node.name, "--json");
    await cli.firstJson<Ready>();
    expect(await runtimeFiles()).toHaveLength(1);
    cli.signal("SIGKILL");
    await cli.finished().catch(() => undefined);
    const { code, stderr } = await world.run("detach");
    expect(code).toBe(3);
    expect(stderr).toContain("No ElixirScope is attached");
    expect(await runtimeFiles()).toEqual([]);
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);
  });
});

describe("while none is attached", () => {
  it("ps, tree and events attach for the moment", async () => {
    const ps = await world.run("ps", node.name, "--limit", "3", "--json");
    expect(ps.code).toBe(0);
    expect(JSON.parse(ps.stdout)).toMatchObject({ rows: [{}, {}, {}] });
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);

    const tree = await world.run("tree", node.name);
    expect(tree.stdout).toContain("Hello.Users.People");
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);

    const events = await world.run("events", node.name, "--kind", "supervisor", "--for", "2s", "--json");
    expect(events.code).toBe(0);
    expect(jsonLines<Event>(events.stdout).map(({ process }) => process?.label)).toContain(
      "Hello.Supervisor",
    );
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);
  });

  it("detach has nothing to do", async () => {
    expect((await world.run("detach", "--json")).code).toBe(3);
  });
});

describe("record, open and questions to a recording", () => {
  it("keeps what happened", async () => {
    const file = world.path("hello.esrec");
    const record = await world.run("record", node.name, "--level", "messages", "--for", "3s", "--out", file);
    expect(record.code).toBe(0);
    expect(record.stderr).toContain(`Recording: ${file}`);
    await expect.poll(() => leftovers(node)).toBe(NOTHING_LEFT);

    const again = await world.run("record", node.name, "--for", "1s", "--out", file, "--json");
    expect(again.code).toBe(1);
    expect(jsonLines<Failure>(again.stdout)[0]?.error.code).toBe("CLI_FILE_EXISTS");

    const all = jsonLines<Event>(
      (await world.run("events", "--recording", file, "--limit", "all", "--json")).stdout,
    );
    expect(all.map(({ id }) => id)).toEqual(all.map((_, i) => i + 1));
    const ask = ["events", "--recording", file, "--process", "Hello.Counter", "--kind", "receive"];
    const filtered = await world.run(...ask, "--limit", "all", "--json");
    const received = jsonLines<Event>(filtered.stdout);
    expect(received.length).toBeGreaterThan(0);
    expect(received.map(({ id }) => id)).toEqual(
      all.filter((e) => e.kind === "receive" && e.process?.label === "Hello.Counter").map(({ id }) => id),
    );
    const none = await world.run("events", "--recording", file, "--from", "1h");
    expect(none.code).toBe(3);
    expect(none.stderr).toContain("No event matches");
    expect((await world.run("events", "--recording", file, "--process", "Nobody")).code).toBe(3);
    expect((await world.run("ps", "--recording", file)).stdout).toContain("Hello.");
    expect((await world.run("tree", "--recording", file)).stdout).toContain("Hello.Supervisor");

    const unread = await world.runIntoClosedPipe("events", "--recording", file, "--limit", "all");
    expect(unread).toMatchObject({ code: 141, stderr: "" });

    const open = world.start("open", file, "--json");
    expect(await open.firstJson<Ready>()).toMatchObject({ node: node.name, recording: file });
    open.signal("SIGINT");
    expect((await open.finished()).code).toBe(0);
  });

  it("takes nothing else for a recording", async () => {
    expect((await world.run("open", "nowhere.esrec")).code).toBe(3);
    await writeFile(world.path("note.txt"), "hello");
    const { code, stdout } = await world.run("open", "note.txt", "--json");
    expect(code).toBe(1);
    expect(jsonLines<Failure>(stdout)[0]?.error.code).toBe("STORE_NOT_A_RECORDING");
    expect((await world.run("ps", "a@b", "--recording", "note.txt")).code).toBe(2);
  });
});

it("Ctrl-C ends an attach that gets no answer", async () => {
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const lonely = await CliWorld.create({ cookie: "x", epmdPort: (silent.address() as AddressInfo).port });
  const cli = lonely.start("attach", "nobody@127.0.0.1");
  await once(silent, "connection");
  cli.signal("SIGINT");
  expect((await cli.finished()).code).toBe(130);
  silent.close();
  await lonely.remove();
});

describe("what is refused", () => {
  it("an unknown node", async () => {
    const { code, stderr } = await world.run("attach", "nobody@127.0.0.1");
    expect(code).toBe(3);
    expect(stderr).toContain("nobody");
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("a wrong cookie, which is never shown", async () => {
    const wrong = "SOMETHINGELSE";
    const given = await world.run("attach", node.name, "--cookie", wrong, "--json");
    expect(given.code).toBe(4);
    expect(jsonLines<Failure>(given.stdout)[0]?.error.code).toBe("DIST_COOKIE_REJECTED");
    expect(given.stderr).toContain("--cookie-file");
    expect(given.stdout + given.stderr).not.toContain(wrong);
    expect(given.stdout + given.stderr).not.toContain(node.cookie);
  });

  it("no cookie at all", async () => {
    const cookieless = await CliWorld.create({ epmdPort: node.epmdPort });
    expect((await cookieless.run("attach", node.name)).code).toBe(4);
    // Nothing is left of what could not be recorded, so that the next try finds the name free.
    const out = cookieless.path("later.esrec");
    expect((await cookieless.run("record", node.name, "--for", "1s", "--out", out)).code).toBe(4);
    expect(existsSync(out)).toBe(false);
    const piped = cookieless.start("attach", node.name, "--cookie-file", "-", "--for", "100ms", "--json");
    piped.input(`${node.cookie}\n`);
    expect((await piped.finished()).code).toBe(0);
    await writeFile(cookieless.path("cookie"), `${node.cookie}\n`);
    expect((await cookieless.run("ps", node.name, "--cookie-file", "cookie")).code).toBe(0);
    expect((await cookieless.run("ps", node.name, "--cookie-file", "nowhere")).code).toBe(2);
    await cookieless.remove();
  });

  it("a node whose tracer is taken", async () => {
    // Trace sessions of their own, from OTP 27 on, do not get into each other's way.
    const other = await startErlangNode({ cookie: node.cookie, epmdPort: node.epmdPort });
    await other.eval("{ok, _} = dbg:tracer(), dbg:p(all, [call])");
    const { code } = await world.run("attach", other.name, "--for", "100ms");
    expect(code).toBe(other.otp < 27 ? 4 : 0);
    await other.stop();
  });

  it("the end of the node", async () => {
    const other = await startErlangNode({ cookie: node.cookie, epmdPort: node.epmdPort });
    const cli = world.start("attach", other.name, "--for", "1h", "--json");
    await cli.firstJson<Ready>();
    await other.stop();
    const status = (): Promise<string> =>
      world.run("ps", other.name, "--all", "--json").then(({ stdout }) => stdout);
    await expect.poll(status, { timeout: 60_000 }).not.toContain('"alive":true');
    cli.signal("SIGINT");
    const { code, stdout } = await cli.finished();
    expect(code).toBe(5);
    expect(jsonLines<Failure & Summary>(stdout).slice(1)).toMatchObject([
      { error: { code: "CLI_NODE_LOST" } },
      { dropped: 0 },
    ]);
  });
});
