// `npm run demo` as people have it: a summary at the end, and nothing left however it ends.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const DEMO = fileURLToPath(new URL("../../scripts/demo.mjs", import.meta.url));

let scratch: string;
let demo: ChildProcessWithoutNullStreams;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "demo-test-"));
});
afterEach(() => {
  demo.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  demo = spawn(process.execPath, [DEMO, "--no-open", ...args], { env: { ...process.env, TMPDIR: scratch } });
  return demo;
}

/** The first match of `pattern` in what the demo tells people. */
async function told(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<string> {
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    seen.push(line);
    const match = pattern.exec(line);
    if (match) return match[0];
  }
  throw new Error(`the demo ended without ${String(pattern)}:\n${seen.join("\n")}`);
}

/** Everything that `pid` started, and what that started. */
function descendants(pid: number): readonly number[] {
  const table = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" });
  const rows = table.trim().split("\n");
  const parents = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  const below = (parent: number): number[] =>
    parents.flatMap(([child, of]) => (of === parent ? [child, ...below(child)] : []));
  return below(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("--for ends by itself, with the summary as one line of JSON alone on standard output", async () => {
  const child = start(["--for", "2s", "--json"]);
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    stdout += piece;
  });
  child.stderr.resume();
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  const summary = JSON.parse(stdout);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  expect(Object.keys(summary)).toEqual(["events", "dropped", "gaps", "processes", "seconds"]);
  expect(summary.events).toBeGreaterThan(100);
  expect(summary.processes).toBeGreaterThan(50);
  expect(summary.seconds).toBeGreaterThanOrEqual(2);
  expect(readdirSync(scratch)).toEqual([]);
});

test.each([
  ["SIGINT", 0],
  ["SIGTERM", 0],
  ["SIGKILL", null],
] as const)("live, it shows the UI; %s leaves nothing", async (signal, expected) => {
  const child = start([]);
  const url = new URL(await told(child, /http:\S+/));
  const page = await fetch(new URL("/", url));
  expect(page.status).toBe(200);
  const pids = descendants(child.pid!);
  // Three guards, and EPMD, the example and ElixirScope under them.
  expect(pids.length).toBeGreaterThanOrEqual(6);
  child.kill(signal);
  const [code] = await once(child, "exit");
  expect(code).toBe(expected);
  await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
  expect(readdirSync(scratch)).toEqual([]);
});

test("--recording shows real Phoenix in the UI, without a node; SIGTERM leaves nothing", async () => {
  const child = start(["--recording"]);
  const url = new URL(await told(child, /http:\S+/));
  const token = new URLSearchParams(url.hash.slice(1)).get("token");
  const answer = await fetch(new URL("/api/broadcasts", url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ unheard: true, topic: "counter:udpates" }),
  });
  expect(JSON.stringify(await answer.json())).toContain("counter:updates has 1 subscriber");
  const pids = descendants(child.pid!);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
  expect(readdirSync(scratch)).toEqual([]);
});

test.each([
  ["--recording --for 1s --which phoenix-1.7", 0],
  ["--recording --which phoenix-9", 2],
])("%s ends with exit code %d", async (args, expected) => {
  const child = start(args.split(" "));
  child.stdout.resume();
  if (expected === 2) expect(await told(child, /There are: .*phoenix-1\.8/)).toBeTruthy();
  else child.stderr.resume();
  const [code] = await once(child, "exit");
  expect(code).toBe(expected);
  await expect.poll(() => readdirSync(scratch), { timeout: 60_000 }).toEqual([]);
});

test("wrong use is told before anything is started", async () => {
  const child = start(["--for", "soon"]);
  expect(await told(child, /"soon" is not a duration/)).toBeTruthy();
  const [code] = await once(child, "close");
  expect(code).toBe(2);
});
