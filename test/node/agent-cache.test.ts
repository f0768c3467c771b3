import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { loadLook, tracesOfUs, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

let node: ErlangNode;
/** As a release is that leaves out the compiler: what it was is gone from the code path. */
let slim: ErlangNode;
let cache: string;
const before = process.env.XDG_CACHE_HOME;

beforeAll(async () => {
  node = await startErlangNode({ name: "cache_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  slim = await startErlangNode({ name: "cache_slim", epmdPort: node.epmdPort });
  await loadLook(slim);
  await slim.eval(
    "true = code:del_path(compiler), code:purge(compile), code:delete(compile), non_existing = code:which(compile)",
  );
});
afterAll(async () => {
  await slim.stop();
  await node.stop();
});

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "agent-cache-"));
  process.env.XDG_CACHE_HOME = cache;
});
afterEach(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  rmSync(cache, { recursive: true });
});

async function attached(to: ErlangNode): Promise<void> {
  const engine = await Engine.start({ version: "0.0.0", recording: join(cache, "r.esrec") });
  try {
    await engine.call("attach", { node: to.name, cookie: to.cookie, level: "observe" });
    await engine.call("detach", {});
    await untilNoTraceOfUs(to, 30_000);
    expect(await tracesOfUs(to)).toBe("[]");
  } finally {
    await engine.stop();
    rmSync(join(cache, "r.esrec"), { force: true });
  }
}

describe("the agent's code", () => {
  it("is compiled once for a runtime, and then loads where there is no compiler", async () => {
    await expect(attached(slim)).rejects.toMatchObject({ code: "TRACER_NO_COMPILER" });
    await attached(node);
    const kept = readdirSync(join(cache, "elixirscope", "agent"));
    expect(kept).toHaveLength(1);
    await attached(slim);
    await attached(node);
    expect(readdirSync(join(cache, "elixirscope", "agent"))).toEqual(kept);
  });
});
