import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cachePath, sealed, writeCache } from "./agent-cache.ts";
import type { AgentFiles } from "./agent-files.ts";
import { builtName, codeOfOlder, codeOfRuntime } from "./agent-prebuilt.ts";

let agent: AgentFiles;
const before = { ...process.env };

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "agent-built-"));
  mkdirSync(join(folder, "built"));
  agent = { folder, files: [], texts: [], hash: "0123456789abcdef" };
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  // No Erlang.
  process.env.PATH = "";
});
afterEach(() => {
  process.env.PATH = before.PATH;
  if (before.XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before.XDG_CACHE_HOME;
  rmSync(agent.folder, { recursive: true });
});

const codeFrom = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (code: Uint8Array | undefined): string | undefined => code && new TextDecoder().decode(code);

/** As `npm run pack` puts it there. */
const ship = (otp: number, hash = agent.hash, bytes = sealed(codeFrom(`shipped ${otp}`))): void =>
  writeFileSync(join(agent.folder, "built", builtName(hash, otp)), bytes);
const keep = (erts: string): Promise<void> =>
  writeCache(cachePath(agent.hash, erts), codeFrom(`kept ${erts}`));

const exact = async (otp: number, erts: string): Promise<string | undefined> =>
  textOf(await codeOfRuntime(agent, { otp, erts }));
const older = async (otp: number, erts: string): Promise<string | undefined> =>
  textOf((await codeOfOlder(agent, { otp, erts })).code);

describe("the agent for a runtime", () => {
  it("is what that very runtime compiled, else what came for its OTP release", async () => {
    expect(await exact(25, "13.1.5")).toBeUndefined();
    ship(25);
    expect(await exact(25, "13.1.5")).toBe("shipped 25");
    await keep("13.1.5");
    expect(await exact(25, "13.1.5")).toBe("kept 13.1.5");
    expect(await exact(25, "13.2")).toBe("shipped 25");
    expect(await exact(26, "14.0")).toBeUndefined();
  });

  it("is not one of other sources, nor a damaged one", async () => {
    ship(25, "fedcba9876543210");
    expect(await exact(25, "13.1.5")).toBeUndefined();
    ship(25, agent.hash, sealed(codeFrom("shipped 25")).subarray(0, -1));
    expect(await exact(25, "13.1.5")).toBeUndefined();
    expect(await older(26, "14.0")).toBeUndefined();
  });
});

describe("the agent for a node that cannot compile", () => {
  it("is the newest that came and is not newer than the node, not the newest of all", async () => {
    for (const otp of [25, 29, 27]) ship(otp);
    expect(await older(28, "16.1")).toBe("shipped 27");
    expect(await older(26, "14.2")).toBe("shipped 25");
    expect(await older(32, "20.0")).toBeUndefined();
    expect(await older(30, "18.0")).toBe("shipped 29");
  });

  it("is the newest kept of the runtimes that are not newer, by number and not by letter", async () => {
    for (const erts of ["13.1.5", "13.10", "13.2", "15.0"]) await keep(erts);
    expect(await older(26, "14.0")).toBe("kept 13.10");
    expect(await older(25, "13.9")).toBe("kept 13.2");
    expect(await older(29, "17.0")).toBe("kept 15.0");
    expect(await older(30, "18.0")).toBeUndefined();
  });

  it("says where it was looked for, and what there was", async () => {
    for (const otp of [27, 29]) ship(otp);
    await keep("15.0");
    expect(await codeOfOlder(agent, { otp: 25, erts: "13.1.5" })).toEqual({
      looked: [
        "With ElixirScope comes one for OTP 27, 29.",
        "There is no Erlang on this machine (erl in the PATH).",
      ],
    });
  });
});
