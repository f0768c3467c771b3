// The UI in headless Chromium on a recording: first paint, until it can be used, frames while the timeline is moved and
// zoomed, taken from a trace of the browser. `node bench/dist/ui.bench.js [--recording FILE | --events N] [--json]`
// With `--minutes 60 [--rate 50000]`, instead: a node that tells so many events a second, three views that follow it, and
// their heaps after a forced collection, minute by minute.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { launchBrowser } from "@elixirscope/test/testkit/browser";
import type { Browser, Page } from "playwright-core";
import { make } from "./store-scale-make.ts";
import { type Look, liveUpdates } from "./ui-live.ts";

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

interface TraceEvent {
  readonly name: string;
  readonly ts: number;
  readonly dur?: number;
}

const { values } = parseArgs({
  options: {
    recording: { type: "string" },
    events: { type: "string" },
    minutes: { type: "string" },
    rate: { type: "string", default: "50000" },
    json: { type: "boolean", default: false },
  },
});
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here("../../packages/elixirscope/dist/cli/main.js");
const CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline.frame", "toplevel"];
const MOVE_MS = 3_000;

const folder = mkdtempSync(join(tmpdir(), "ui-bench-"));
const rows: Row[] = [];
const add = (name: string, value: number, unit: string): void => {
  rows.push({ name, value: Number(value.toPrecision(3)), unit });
};

/** The recording to show: one of real Phoenix, where neither one nor a size is named. */
async function recording(): Promise<string> {
  if (values.recording !== undefined) return values.recording;
  if (values.events !== undefined) {
    const file = join(folder, "made.esrec");
    await make(file, Number(values.events));
    return file;
  }
  const file = join(folder, "phoenix-1.8.esrec");
  writeFileSync(file, gunzipSync(readFileSync(here("../../test/recordings/phoenix-1.8.esrec.gz"))));
  return file;
}

async function opened(file: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const env = { ...process.env, XDG_RUNTIME_DIR: folder };
  const child = spawn(process.execPath, [MAIN, "open", file, "--json", "--no-open"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { readonly url: string };
    return { child, url };
  }
  throw new Error("elixirscope open ended without an address");
}

async function loading(page: Page, url: string): Promise<void> {
  const began = performance.now();
  await page.goto(url);
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  await page.getByRole("slider", { name: "Time cursor" }).waitFor();
  add("until the first screen can be used", performance.now() - began, "ms");
  const paint = await page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN",
  );
  add("first paint", paint, "ms");
  const bytes = await page.evaluate<number>(
    "performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js')).reduce((sum, one) => sum + one.encodedBodySize, 0)",
  );
  add("script of the first screen, as sent", bytes / 1_000, "kB");
}

/** Frames of a trace: how many a second, and the longest time without one. */
function frames(trace: readonly TraceEvent[], what: string): void {
  const drawn = trace
    .filter(({ name }) => name === "DrawFrame")
    .map(({ ts }) => ts)
    .toSorted((a, b) => a - b);
  const gaps = drawn.slice(1).map((ts, index) => (ts - drawn[index]!) / 1_000);
  const seconds = ((drawn.at(-1) ?? 0) - (drawn[0] ?? 0)) / 1e6;
  add(`${what}: frames`, gaps.length / seconds, "/s");
  add(`${what}: longest frame`, Math.max(0, ...gaps), "ms");
  const long = trace.filter(({ name, dur = 0 }) => name.endsWith("RunTask") && dur > 50_000);
  add(`${what}: tasks of more than 50 ms`, long.length, "");
}

async function moving(browser: Browser, page: Page, key: string, what: string): Promise<void> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await page.keyboard.down(key);
  await page.waitForTimeout(MOVE_MS);
  await page.keyboard.up(key);
  const trace = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: readonly TraceEvent[];
  };
  frames(trace.traceEvents, what);
}

/** One line a minute while it goes on: an hour is long. */
const toldLook = (look: Look): void => void process.stderr.write(`${JSON.stringify(look)}\n`);

async function live(minutes: number): Promise<void> {
  const browser = await launchBrowser();
  try {
    const options = { main: MAIN, folder, minutes, rate: Number(values.rate), onLook: toldLook };
    const looks = await liveUpdates(browser, options);
    // The first minutes fill what is kept: growth is counted from a tenth of the time on.
    const [early, last] = [looks[Math.ceil(minutes / 10)]!, looks.at(-1)!];
    const rates = looks.slice(1).map(({ eventsPerSecond }) => eventsPerSecond);
    add("events recorded", rates.reduce((sum, rate) => sum + rate, 0) / rates.length, "/s");
    for (const [view, heap] of Object.entries(last.heapMB)) {
      add(`${view}: heap at the end`, heap, "MB");
      add(`${view}: heap more than after ${early.minute} min`, heap - early.heapMB[view]!, "MB");
    }
    add("command: memory at the end", last.commandMB, "MB");
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(): Promise<void> {
  const { child, url } = await opened(await recording());
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await loading(page, url);
    const began = performance.now();
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.getByRole("tree", { name: "Tracks" }).getByRole("treeitem").first().waitFor();
    await page.waitForLoadState("networkidle");
    add("timeline, until all in sight is drawn", performance.now() - began, "ms");
    await page.getByRole("tree", { name: "Tracks" }).focus();
    await moving(browser, page, "w", "zooming in");
    await moving(browser, page, "a", "panning");
    await moving(browser, page, "s", "zooming out");
  } finally {
    await browser.close();
    child.kill("SIGINT");
    await once(child, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}

await (values.minutes === undefined ? run() : live(Number(values.minutes)));
if (values.json) process.stdout.write(`${JSON.stringify({ rows })}\n`);
else for (const { name, value, unit } of rows) process.stdout.write(`${name}: ${value} ${unit}\n`);
