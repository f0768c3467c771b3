import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Engine, runJob } from "elixirscope/engine";
import type { Status } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CutProxy, startCutProxy } from "../testkit/cut-proxy.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { tracesOfUs, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

// Whoever runs the node, and whoever answers for what was done there.

interface Line extends Readonly<Record<string, unknown>> {
  readonly act: string;
}

let node: ErlangNode;
let engine: Engine;
let folder: string;
let file: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "operator_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
});
afterAll(() => node.stop());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "operator-test-"));
  file = join(folder, "state", "audit.jsonl");
});
afterEach(async () => {
  await engine?.stop();
  await expect.poll(() => node.eval("nodes(hidden)")).toBe("[]");
  rmSync(folder, { recursive: true });
});

async function start(required = false): Promise<void> {
  engine = await Engine.start({
    version: "1.2.3",
    recording: join(folder, required ? "required.esrec" : "r.esrec"),
    audit: { file, required },
  });
}

const attach = (more: object = {}): Promise<Status> =>
  engine.call("attach", { node: node.name, cookie: node.cookie, level: "observe", ...more });

const text = (): Promise<string> => readFile(file, "utf8").catch(() => "");
const log = async (): Promise<readonly Line[]> =>
  (await text())
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
const acts = async (): Promise<readonly string[]> => (await log()).map(({ act }) => act);

const state = async (): Promise<string> => (await engine.call("status", {})).nodes[0]?.state ?? "none";

describe("the audit log", () => {
  it("tells who did what on which node, from where, and what it came to; no secret is in it [audit.acts] [audit.secrets]", async () => {
    await start();
    await attach();
    const wrong = { level: "calls", patterns: ['lists:seq(1, "hunter2")'] } as const;
    await expect(engine.call("tracing", wrong, undefined, { surface: "ui" })).rejects.toMatchObject({
      code: "BAD_MFA_PATTERN",
    });
    await engine.call("tracing", { level: "calls", patterns: [":lists.seq(1, 77)"] }, undefined, {
      surface: "mcp",
      pid: 4711,
    });
    await engine.call("detach", {}, undefined, { surface: "ui" });
    await expect.poll(acts).toEqual(["attach", "attached", "tracing", "refused", "tracing", "detached"]);
    const [asked, done, , refused, changed, ended] = (await log()) as Line[];
    const who = { user: userInfo().username, host: hostname(), pid: process.pid, node: node.name };
    expect(asked).toMatchObject({ ...who, surface: "cli", level: "observe" });
    expect(done).toMatchObject({ ...who, otp: String(node.otp), level: "observe" });
    expect(refused).toMatchObject({ ...who, surface: "ui", of: "tracing", code: "BAD_MFA_PATTERN" });
    expect(changed).toMatchObject({
      ...who,
      surface: "mcp",
      commandPid: 4711,
      before: { level: "observe" },
      after: { level: "calls", patterns: [":lists.seq(…)"] },
    });
    expect(ended).toMatchObject({ ...who, surface: "ui", dropped: 0 });
    expect(ended!.events).toBeGreaterThan(0);
    expect(ended!.memoryPeakBytes).toBeGreaterThan(0);
    expect(ended!.seconds).toBeGreaterThanOrEqual(0);
    const all = await text();
    for (const secret of [node.cookie, "hunter2"]) expect(all).not.toContain(secret);
  });

  it("tells of a node that was lost, and of the one that is back [audit.lost]", async () => {
    const proxy: CutProxy = await startCutProxy(node);
    process.env.ERL_EPMD_PORT = String(proxy.epmdPort);
    try {
      await start();
      await attach();
      proxy.cut("reset");
      await expect.poll(acts).toEqual(["attach", "attached", "lost"]);
      proxy.restore();
      await expect.poll(acts).toEqual(["attach", "attached", "lost", "back"]);
      await engine.stop();
      expect(await acts()).toEqual(["attach", "attached", "lost", "back", "detached"]);
      expect((await log())[2]).toMatchObject({ node: node.name, reason: expect.any(String) });
      // Nobody did that.
      expect((await log())[2]).not.toHaveProperty("surface");
    } finally {
      process.env.ERL_EPMD_PORT = String(node.epmdPort);
      await proxy.stop();
    }
  });

  it("is warned of where it cannot be written, and the attach goes on; where it is required, nothing is done [audit.required]", async () => {
    await writeFile(join(folder, "state"), "not a folder");
    await start();
    const { nodes } = await attach();
    expect(nodes[0]?.state).toBe("connected");
    const { auditTrouble } = await engine.call("status", {});
    expect(auditTrouble).toMatch(/cannot be written \(E[A-Z]+\)/);
    await expect(
      engine.call("attach", { node: "nobody@127.0.0.1", cookie: node.cookie, requireAudit: true }),
    ).rejects.toMatchObject({ code: "AUDIT_NOT_WRITTEN" });
    // From then on it is required for all that is done on a node, and to let go is always allowed.
    await expect(engine.call("tracing", { level: "messages" })).rejects.toMatchObject({
      code: "AUDIT_NOT_WRITTEN",
    });
    expect((await engine.call("status", {})).nodes[0]?.level).toBe("observe");
    await engine.call("detach", {});
    expect(await tracesOfUs(node)).toBe("[]");
    await engine.stop();
    await start(true);
    await expect(attach()).rejects.toMatchObject({ code: "AUDIT_NOT_WRITTEN" });
    expect(await tracesOfUs(node)).toBe("[]");
  });

  it("goes with a recording as who made it, and not with a copy to give away [audit.recording]", async () => {
    await start();
    const made = async (): Promise<readonly unknown[]> =>
      (await engine.call("query", { sql: "SELECT value FROM meta WHERE key = 'made_by'" })).rows;
    expect(JSON.stringify(await made())).toContain(userInfo().username);
    await attach();
    await engine.stop();
    const out = join(folder, "copy.esrec");
    const job = {
      type: "share",
      recordings: [join(folder, "r.esrec")],
      out,
      choice: {},
      version: "1.2.3",
    } as const;
    const { signal } = new AbortController();
    await runJob({ ...job, words: [], hidden: [] }, { onProgress: () => undefined, signal });
    engine = await Engine.start({ version: "1.2.3", open: out, audit: { file, required: false } });
    expect(await made()).toEqual([]);
  });
});

describe("whoever runs the node", () => {
  it("sends ElixirScope away with one call; it is gone, says so, and does not come back by itself [operator.stop]", async () => {
    await start();
    await attach({ level: "messages" });
    await node.eval(
      "register(busy, spawn(fun L() -> self() ! x, receive x -> ok end, timer:sleep(1), L() end))",
    );
    const began = performance.now();
    expect(await node.eval("elixirscope_agent:stop()")).toBe("ok");
    const took = performance.now() - began;
    expect(await tracesOfUs(node)).toBe("[]");
    console.log(`gone ${Math.round(took)} ms after elixirscope_agent:stop()`);
    await expect.poll(state).toBe("ended");
    const { reason } = (await engine.call("status", {})).nodes[0]!;
    expect(reason).toContain("elixirscope_agent:stop()");
    await expect.poll(acts).toEqual(["attach", "attached", "sent_away"]);
    // Several times as long as it would have taken to come back.
    await node.eval("timer:sleep(1500)");
    expect(await tracesOfUs(node)).toBe("[]");
    expect(await state()).toBe("ended");
    // Somebody who wants that can.
    await attach();
    expect(await state()).toBe("connected");
    const gaps = (await engine.call("gaps", {})).filter(({ cause }) => cause === "detached");
    expect(gaps).toHaveLength(1);
    await node.eval("exit(whereis(busy), kill)");
  });

  it("allows nobody, or a level at most: refused with nothing changed, before any code is loaded [operator.allow]", async () => {
    await start();
    try {
      await node.eval("application:set_env(kernel, elixirscope, false)");
      await expect(attach()).rejects.toMatchObject({
        code: "TRACER_NOT_ALLOWED",
        message: expect.stringContaining("does not allow ElixirScope to attach"),
      });
      expect(await tracesOfUs(node)).toBe("[]");
      await node.eval("application:set_env(kernel, elixirscope, messages)");
      await expect(attach({ level: "state" })).rejects.toMatchObject({
        code: "TRACER_NOT_ALLOWED",
        message: expect.stringContaining("the level messages at most"),
      });
      await untilNoTraceOfUs(node, 1_000);
      await attach({ level: "messages" });
      await expect(engine.call("tracing", { level: "state" })).rejects.toMatchObject({
        code: "TRACER_NOT_ALLOWED",
      });
      await expect(
        engine.call("tracing", { level: "observe", patterns: [":lists.seq/2"] }),
      ).rejects.toMatchObject({ code: "TRACER_NOT_ALLOWED" });
      expect((await engine.call("status", {})).nodes[0]?.level).toBe("messages");
    } finally {
      await node.eval("application:unset_env(kernel, elixirscope)");
    }
  });

  it("that forbids it while it was out of reach has it stay away [operator.allow]", async () => {
    const proxy: CutProxy = await startCutProxy(node);
    process.env.ERL_EPMD_PORT = String(proxy.epmdPort);
    try {
      await start();
      await attach();
      proxy.cut("reset");
      await expect.poll(state).toBe("disconnected");
      await node.eval("application:set_env(kernel, elixirscope, false)");
      await untilNoTraceOfUs(node, 2_000);
      proxy.restore();
      await expect.poll(state).toBe("ended");
      await expect.poll(acts).toEqual(["attach", "attached", "lost", "sent_away"]);
    } finally {
      await node.eval("application:unset_env(kernel, elixirscope)");
      process.env.ERL_EPMD_PORT = String(node.epmdPort);
      await proxy.stop();
    }
  });

  it("reads in its own log who attached, at which level, and that we left; unless told not to [operator.notice]", async () => {
    await start();
    // As no other test here does.
    await attach({ level: "flows" });
    await engine.call("detach", {});
    const who = `${userInfo().username}@${hostname()} (elixirscope 1.2.3, process ${process.pid}), level flows`;
    await expect.poll(() => node.output()).toContain(`ElixirScope left, detached: ${who}`);
    expect(node.output()).toContain(`ElixirScope attached: ${who}`);
    const said = node.output().split("ElixirScope").length;
    await attach({ level: "flows", notice: false });
    await engine.call("detach", {});
    // What is logged comes out in order.
    await node.eval('logger:notice("the_end_of_it")');
    await expect.poll(() => node.output()).toContain("the_end_of_it");
    expect(node.output().split("ElixirScope")).toHaveLength(said);
  });
});
