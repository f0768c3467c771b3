import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { startGuarded } from "./guarded.mjs";

const FOREVER = ["-e", "console.log(process.pid); setInterval(() => {}, 1000)"];

/** True when the process is gone; asks until it is, since nothing tells about the end of somebody else's child. */
async function gone(pid) {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const firstLine = (stream) => once(createInterface({ input: stream }), "line").then(([line]) => line);

test("output by lines, the exit code, and the directory that goes with it", async () => {
  const dir = mkdtempSync(join(tmpdir(), "elixirscope-guard-"));
  const lines = [];
  const program = "console.log('one\\ntwo'); console.error('three'); process.exit(7)";
  const guarded = startGuarded(process.execPath, ["-e", program], {
    onLine: (line) => lines.push(line),
    thenRemove: dir,
  });
  expect(await guarded.ended).toBe(7);
  expect(lines).toEqual(["one", "two"]);
  expect(guarded.tail().split("\n").sort()).toEqual(["one", "three", "two"]);
  expect(existsSync(dir)).toBe(false);
});

test("a program that is not there", async () => {
  const guarded = startGuarded("/no/such/program", []);
  expect(await guarded.ended).toBe(127);
  expect(guarded.tail()).toMatch(/could not be started/);
});

test("ends when it is stopped", async () => {
  let pid;
  const up = new Promise((resolve) => {
    pid = resolve;
  });
  const guarded = startGuarded(process.execPath, FOREVER, { onLine: (line) => pid(Number(line)) });
  const child = await up;
  await guarded.stop();
  expect(await gone(child)).toBe(true);
});

test("ends when whoever started it is killed", async () => {
  const module = new URL("./guarded.mjs", import.meta.url).href;
  const program = `
    const { startGuarded } = await import(${JSON.stringify(module)});
    startGuarded(process.execPath, ${JSON.stringify(FOREVER)}, { onLine: console.log });`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = Number(await firstLine(parent.stdout));
  expect(pid).toBeGreaterThan(0);
  parent.kill("SIGKILL");
  expect(await gone(pid)).toBe(true);
});
