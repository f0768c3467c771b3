import type { SnapshotRow, TreeNode } from "elixirscope/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { lacking, watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

// One time cursor for everything: what the views show at an instant is what the protocol answers for it.

describe("the UI at an instant of a recording", () => {
  let recording: ShownRecording;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  /** Before and after a click on a LiveView, and after its crash. */
  let instants: readonly number[];

  beforeAll(async () => {
    recording = await ShownRecording.open("phoenix-1.8");
    browser = await launchBrowser();
    ({ page, problems } = await watchedPage(browser));
    const crash = (await ask("crashes", {})).rows.find(({ process }) =>
      process.label.includes("CounterLive"),
    )!;
    const clicks = (await ask("flows", { entry: "click increment", to: crash.exit.t })).rows;
    instants = [clicks[0]!.t - 1e6, crash.exit.t - 1e6, crash.exit.t + 1e6];
  });
  afterAll(async () => {
    await browser?.close();
    await recording?.close();
  });

  afterEach(() => {
    expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
  });

  const ask: ShownRecording["ask"] = (method, input) => recording.ask(method, input);
  const open = (path: string, t: number): Promise<unknown> =>
    recording.visit(page, `${path}${path.includes("?") ? "&" : "?"}t=${t}`);
  const cursor = (): number => Number(new URL(page.url()).searchParams.get("t"));
  const texts = (label: string): Promise<readonly string[]> =>
    page.getByRole("list", { name: label }).getByRole("listitem").allInnerTexts();

  it("processes: tree and table are those of the instant, and say so", async () => {
    const seen: (readonly string[])[] = [];
    for (const t of instants) {
      const { rows, tree } = await ask("snapshotAt", { t, tree: true, search: "CounterLive", limit: 10 });
      const pids = rows.map(({ pid }) => pid).toSorted();
      await open("/processes?show=table&q=CounterLive", t);
      await page.getByText(/as it was at/).waitFor();
      const table = page.getByRole("grid", { name: "Processes at this instant" });
      const cells = table.locator("[role=gridcell].pid");
      const shown = async (): Promise<readonly string[]> => (await cells.allInnerTexts()).toSorted();
      await expect.poll(shown).toEqual(pids);
      seen.push(pids);
      await open("/processes?q=CounterLive", t);
      if (pids.length === 0) await page.getByText(/No process matches/).waitFor();
      for (const pid of pids) await page.getByRole("tree").getByText(pid).waitFor();
      const lines = page.getByRole("tree").locator(".pid").filter({ hasText: /./ });
      const there = new Set(pidsOf(tree!));
      const others = async (): Promise<readonly string[]> =>
        (await lines.allInnerTexts()).filter((pid) => !there.has(pid));
      await expect.poll(others).toEqual([]);
    }
    expect(seen.map(({ length }) => length)).toEqual([1, 1, 0]);
  });

  it("a process's life: callbacks, memory and mailbox until the instant, and whom it has to do with", async () => {
    const process = (await ask("processes", { search: "Hello.Counters.Worker" })).rows[0]!.handle;
    const counts = new Set<number>();
    for (const t of instants) {
      const { rows } = await ask("states", { process, to: t, limit: 500 });
      const { points } = await ask("history", { process, to: t, points: 300 });
      const hot = await ask("hot", { process, to: t, limit: 20 });
      await open(`/processes/${process}?tab=life`, t);
      const life = page.getByRole("region", { name: "Callbacks over time" });
      await life.getByText(`${rows.length} callback`).waitFor();
      await expect.poll(() => life.locator(".life-mark").count()).toBe(rows.length);
      await page.getByRole("img", { name: `Memory over time: ${points.length} point` }).waitFor();
      const most = Math.max(...points.map(({ mailbox }) => mailbox));
      await page
        .getByRole("img", { name: new RegExp(`^Mailbox over time: .* at most ${most} message`) })
        .waitFor();
      const table = page.getByRole("table", { name: "Callbacks" });
      for (const row of hot.rows)
        await table.getByRole("row", { name: `${row.name} ${row.count}` }).waitFor();
      counts.add(rows.length);
    }
    expect(counts.size).toBeGreaterThan(1);
    const graph = page.getByRole("region", { name: "Links and monitors of the process" });
    await graph.getByRole("button", { name: "Hello.Supervisor" }).click();
    await page.getByRole("heading", { name: "Hello.Supervisor" }).waitFor();
  });

  it("a process: state, mailbox, links and topics are those of the instant", async () => {
    const counts = new Set<string>();
    for (const t of instants.slice(0, 2)) {
      const { rows } = await ask("snapshotAt", { t, search: "CounterLive", limit: 10 });
      const { handle } = rows[0]!;
      const [row] = (await ask("snapshotAt", { t, process: handle })).rows;
      await open(`/processes/${handle}`, t);
      const about = page.getByRole("complementary", { name: "About the process" });
      const count = countOf(row!);
      await about
        .getByRole("region", { name: "State at this instant" })
        .getByText(`count: ${count}`)
        .waitFor();
      counts.add(count);
      const mailbox = about.getByRole("region", { name: "Mailbox at this instant" });
      await mailbox.getByText(row!.mailbox.length === 0 ? "empty" : /message|known|sample/).waitFor();
      for (const { topic } of row!.subscriptions) await about.getByText(topic).waitFor();
      for (const { label } of row!.links) await about.getByText(label).first().waitFor();
    }
    expect(counts.size).toBe(2);
  });

  it("a process that was not alive then is said not to have been", async () => {
    const [crash] = (await ask("crashes", {})).rows;
    await open(`/processes/${crash!.process.handle}`, crash!.exit.t + 1e6);
    await page.getByText("Not alive at this instant").waitFor();
  });

  it("requests, LiveViews, topics, broadcasts and flows are those of the instant", async () => {
    for (const t of instants) {
      const [requests, views, topics, broadcasts, flows] = [
        (await ask("requests", { t })).rows,
        (await ask("liveViews", { t })).rows,
        (await ask("topics", { t })).rows,
        (await ask("broadcasts", { t })).rows,
        (await ask("flows", { to: t })).rows,
      ];
      const expected = [
        ["/web/requests", "Requests", requests.map(({ path, status }) => [path, String(status ?? "…")])],
        ["/web/liveviews", "LiveViews", views.map(({ view, events }) => [view!, `${events} event`])],
        [
          "/web/topics",
          "Topics",
          topics.map(({ topic, broadcasts: n, unheard }) => [
            topic,
            `${n} broadcast`,
            unheard > 0 ? `${unheard} reached nobody` : "",
          ]),
        ],
        ["/web/broadcasts", "Broadcasts", broadcasts.map(({ verdict }) => [verdict])],
        ["/flows", "Flows", flows.map(({ title }) => [title])],
      ] as const;
      for (const [path, label, rows] of expected) {
        await open(path, t);
        if (rows.length === 0) continue;
        await page.getByText(/as it was at/).waitFor();
        await expect.poll(async () => lacking(await texts(label), rows)).toEqual([]);
      }
    }
  });

  it("the cursor is dragged on the axis of the time bar, and everything follows; Space lets go of it", async () => {
    await recording.visit(page, `/web/topics`);
    const bar = page.getByRole("slider", { name: "Time cursor" });
    await bar.waitFor();
    const box = (await bar.boundingBox())!;
    const axis = box.y + box.height - 5;
    await page.mouse.move(box.x + box.width * 0.8, axis);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, axis, { steps: 8 });
    await expect.poll(cursor).toBeGreaterThan(0);
    const moving = cursor();
    await page.mouse.move(box.x + box.width * 0.25, axis, { steps: 8 });
    await page.mouse.up();
    await expect.poll(cursor).toBeLessThan(moving);
    expect(new URL(page.url()).searchParams.has("from")).toBe(false);
    const { rows } = await ask("topics", { t: cursor() });
    await expect.poll(async () => (await texts("Topics")).length).toBe(rows.length);
    await page.keyboard.press("Space");
    await expect.poll(() => new URL(page.url()).searchParams.has("t")).toBe(false);
    await expect.poll(() => page.getByText(/as it was at/).count()).toBe(0);
  });

  it("arrows step by event, with Shift by process, with Alt by flow", async () => {
    const { rows } = await ask("flows", { entry: "click increment" });
    const id = Number(rows.at(-1)!.id.slice(2));
    const { process } = await ask("event", { id });
    const steps = [
      ["ArrowRight", { by: "event" }],
      ["Shift+ArrowRight", { by: "process", process: process!.handle }],
      ["Alt+ArrowRight", { by: "flow" }],
    ] as const;
    for (const [keys, by] of steps) {
      await recording.visit(page, `/events?sel=e-${id}`);
      await page.getByRole("complementary", { name: "Inspector" }).getByText(`#${id}`).waitFor();
      await page.keyboard.press(keys);
      const { event } = await ask("step", { direction: "forward", cursor: id, ...by });
      await expect.poll(() => new URL(page.url()).searchParams.get("sel")).toBe(`e-${event!.id}`);
      await expect.poll(cursor).toBe(event!.t);
      await page.keyboard.press(keys.replace("Right", "Left"));
      await expect.poll(() => new URL(page.url()).searchParams.get("sel")).toBe(`e-${id}`);
    }
  });
});

const pidsOf = (nodes: readonly TreeNode[]): readonly string[] =>
  nodes.flatMap(({ process, children }) => [...(process ? [process.pid] : []), ...pidsOf(children)]);

const countOf = ({ state }: SnapshotRow): string => /count: (\d+)/.exec(state!.term.text)![1]!;
