// Does the page keep its memory while a node tells it of tens of thousands of events a second, for an hour?
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { loading } from "@elixirscope/test/testkit/erlang-module";
import { type ErlangNode, startErlangNode } from "@elixirscope/test/testkit/erlang-node";
import type { Status } from "elixirscope/protocol";
import type { Browser, CDPSession, Page } from "playwright-core";

/** One look at everything, once a minute. */
export interface Look {
  readonly minute: number;
  /** Since the look before. */
  readonly eventsPerSecond: number;
  readonly droppedPerSecond: number;
  readonly level: string;
  /** Of the command, which keeps all of it on disk. */
  readonly commandMB: number;
  /** By view: the heap after a forced collection, and what the page has of the DOM. */
  readonly heapMB: Readonly<Record<string, number>>;
  readonly domNodes: Readonly<Record<string, number>>;
  readonly listeners: Readonly<Record<string, number>>;
}

export interface LiveOptions {
  readonly main: string;
  readonly folder: string;
  readonly minutes: number;
  /** Events a second. */
  readonly rate: number;
  readonly onLook: (look: Look) => void;
}

const VIEWS = { overview: "/", events: "/events", timeline: "/timeline" } as const;
const PAIRS = 20;
const TICK_MS = 20;
/** A message there and one back: each is sent and received. */
const EVENTS_PER_TURN = 4;

// Each pair has its turns of a tick, then rests until the next one is due: a node that was held up makes up for it.
const LOAD = `
  -module(live_load).
  -export([start/2]).
  start(Pairs, Turns) -> [spawn(fun() -> pair(Turns) end) || _ <- lists:seq(1, Pairs)], ok.
  pair(Turns) ->
    Self = self(),
    ticks(spawn_link(fun() -> echo(Self) end), Turns, 0, erlang:monotonic_time(millisecond)).
  echo(Peer) -> receive {turn, N} -> Peer ! {turned, N, <<"of the load">>}, echo(Peer) end.
  ticks(Peer, Turns, N, Due) ->
    turns(Peer, N, N + Turns),
    Next = Due + ${TICK_MS},
    timer:sleep(max(0, Next - erlang:monotonic_time(millisecond))),
    ticks(Peer, Turns, N + Turns, Next).
  turns(_, N, N) -> ok;
  turns(Peer, N, Last) -> Peer ! {turn, N}, receive {turned, N, _} -> turns(Peer, N + 1, Last) end.
`;

interface Watched {
  readonly name: string;
  readonly page: Page;
  readonly cdp: CDPSession;
}

/** Attaches the command to a node under load, opens a page for each of three views, and looks at them every minute. */
export async function liveUpdates(browser: Browser, options: LiveOptions): Promise<readonly Look[]> {
  const node = await startErlangNode();
  const { child, url } = await attached(node, options);
  try {
    const turns = Math.round(options.rate / EVENTS_PER_TURN / PAIRS / (1_000 / TICK_MS));
    await node.eval(`${loading(LOAD)}, live_load:start(${PAIRS}, ${turns})`);
    const pages = await Promise.all(
      Object.entries(VIEWS).map(([name, path]) => opened(browser, name, url, path)),
    );
    return await looks(pages, url, child.pid ?? 0, options);
  } finally {
    if (child.exitCode === null) {
      child.kill("SIGINT");
      await once(child, "exit");
    }
    await node.stop();
  }
}

async function attached(
  node: ErlangNode,
  { main, folder }: LiveOptions,
): Promise<{ readonly child: ChildProcess; readonly url: URL }> {
  const env = {
    ...process.env,
    XDG_RUNTIME_DIR: folder,
    ERL_EPMD_PORT: String(node.epmdPort),
    ELIXIRSCOPE_COOKIE: node.cookie,
  };
  const args = ["attach", node.name, "--level", "messages", "--json", "--no-open"];
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [first] = (await once(lines, "line")) as [string];
  return { child, url: new URL((JSON.parse(first) as { readonly url: string }).url) };
}

async function opened(browser: Browser, name: string, url: URL, path: string): Promise<Watched> {
  // A context of its own is a process of its own: no view's heap is another's.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${url.origin}${path}${url.hash}`);
  await page.getByRole("slider", { name: "Time cursor" }).waitFor();
  return { name, page, cdp: await context.newCDPSession(page) };
}

async function looks(
  pages: readonly Watched[],
  url: URL,
  pid: number,
  { minutes, onLook }: LiveOptions,
): Promise<readonly Look[]> {
  const done: Look[] = [];
  let before = await status(url);
  let at = performance.now();
  for (let minute = 0; minute <= minutes; minute++) {
    if (minute > 0) await delay(60_000);
    const now = await status(url);
    const seconds = Math.max(0.001, (performance.now() - at) / 1_000);
    const look = {
      minute,
      eventsPerSecond: minute === 0 ? 0 : Math.round((now.lastEventId - before.lastEventId) / seconds),
      droppedPerSecond: minute === 0 ? 0 : Math.round((now.dropped - before.dropped) / seconds),
      level: now.nodes[0]?.level ?? "",
      commandMB: residentMB(pid),
      ...(await heaps(pages)),
    };
    [before, at] = [now, performance.now()];
    done.push(look);
    onLook(look);
  }
  return done;
}

async function heaps(pages: readonly Watched[]): Promise<Pick<Look, "heapMB" | "domNodes" | "listeners">> {
  const [heapMB, domNodes, listeners]: Record<string, number>[] = [{}, {}, {}];
  for (const { name, cdp } of pages) {
    await cdp.send("HeapProfiler.collectGarbage");
    const { usedSize } = await cdp.send("Runtime.getHeapUsage");
    const dom = await cdp.send("Memory.getDOMCounters");
    heapMB![name] = Number((usedSize / 1e6).toFixed(2));
    domNodes![name] = dom.nodes;
    listeners![name] = dom.jsEventListeners;
  }
  return { heapMB: heapMB!, domNodes: domNodes!, listeners: listeners! };
}

const residentMB = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_000);

async function status(url: URL): Promise<Status> {
  const answer = await fetch(new URL("/api/status", url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${url.hash.replace("#token=", "")}`,
    },
    body: "{}",
  });
  return (await answer.json()) as Status;
}
