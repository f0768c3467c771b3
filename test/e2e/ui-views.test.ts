import type { FlowSpan } from "elixirscope/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { violations, violationsOfView } from "./support/axe.ts";
import { lacking, watchedPage } from "./support/page.ts";
import type { ShownRecording } from "./support/recording.ts";
import {
  CHOICES,
  QUESTION,
  ShownRecordings,
  SQL,
  VIEW_NAMES,
  VIEWS,
  type ViewName,
} from "./support/views.ts";

// Every view: whether all of them are looked at here, whether anybody can use them, and whether they tell the truth.

let recordings: ShownRecordings;
let browser: Browser;
// One page for all of them: what it loaded once it has.
let page: Page;
let problems: string[];

beforeAll(async () => {
  recordings = await ShownRecordings.open();
  browser = await launchBrowser();
  ({ page, problems } = await watchedPage(browser));
});
afterAll(async () => {
  await browser?.close();
  await recordings?.close();
});
afterEach(() => {
  expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
});

const ask: ShownRecording["ask"] = (method, input) => recordings.of("overview").ask(method, input);
const texts = (name: string): Promise<readonly string[]> =>
  page.getByRole("list", { name, exact: true }).getByRole("listitem").allInnerTexts();

it("has each stop of the rail, and each choice within a view, in the list of views", async () => {
  await recordings.show(page, "overview");
  const stops = await page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts();
  expect(new Set(stops)).toEqual(new Set(Object.values(VIEWS).map(({ stop }) => stop)));
  const paths = await Promise.all(VIEW_NAMES.map((name) => recordings.path(name)));
  for (const { open, label, of } of CHOICES) {
    await recordings.show(page, open);
    const radios = page.getByRole("group", { name: label, exact: true }).getByRole("radio");
    const offered = (): Promise<readonly string[]> =>
      radios.evaluateAll((found) => found.map((one) => one.getAttribute("value") ?? ""));
    const listed = [...new Set(paths.flatMap((path) => of(path) ?? []))].toSorted();
    await expect.poll(async () => (await offered()).toSorted(), { message: open }).toEqual(listed);
  }
});

/** What happened in a flow, whoever did it. */
const stepsOf = ({ steps, hops }: FlowSpan): readonly string[] => [
  ...steps.map(({ text }) => text),
  ...hops.flatMap(({ span }) => (span ? stepsOf(span) : [])),
];

describe("axe finds no violation", () => {
  it("in the frame around the views, light and dark", async () => {
    await recordings.show(page, "event");
    expect(await violations(page)).toEqual([]);
  });

  it.each(VIEW_NAMES)("in the view %s, light and dark", async (name) => {
    await recordings.show(page, name);
    expect(await violationsOfView(page)).toEqual([]);
  });

  it("with the help sheet, the palette and the menu of the node open", async () => {
    const dialog = (label: string | RegExp) => page.getByRole("dialog", { name: label });
    const opened = [
      ["help", () => page.keyboard.press("?"), dialog("Help"), "dialog"],
      ["palette", () => page.keyboard.press("Control+k"), dialog("Palette"), "dialog"],
      ["node", () => page.locator(".node-button").click(), dialog(/^Node /), "header"],
    ] as const;
    await recordings.show(page, "overview");
    for (const [name, open, box, within] of opened) {
      await open();
      await box.waitFor();
      expect({ name, found: await violations(page, within) }).toEqual({ name, found: [] });
      await page.keyboard.press("Escape");
      await box.waitFor({ state: "detached" });
    }
  });
});

describe("at a chosen instant", () => {
  /** Between the clicks and the crash of a LiveView. */
  let t: number;
  /** Of the shop between its two jobs, of the room once somebody has joined: all that is later than `t`. */
  let instants: Partial<Record<ViewName, number>>;
  beforeAll(async () => {
    const jobs = (await recordings.of("jobs").ask("jobs", {})).rows;
    const shopT = Math.round((jobs[0]!.t + jobs[1]!.t) / 2);
    const joined = (await ask("presences", {})).rows[0]!.t + 1e6;
    instants = { queries: shopT, jobs: shopT, channels: joined, presence: joined };
    const { rows } = await ask("crashes", {});
    t = rows.find(({ process }) => process.label.includes("CounterLive"))!.exit.t - 1e6;
  });

  const ofNow = (): Promise<void> => page.getByText(/figures are of now/).waitFor();
  const asItWas = (): Promise<void> =>
    page
      .getByText(/as it was at/)
      .first()
      .waitFor();
  const linesHave = async (name: string, rows: readonly (readonly string[])[]): Promise<void> => {
    await asItWas();
    expect(rows.length).toBeGreaterThan(0);
    await expect.poll(async () => lacking(await texts(name), rows)).toEqual([]);
  };
  const tableHas = async (name: string, parts: readonly string[]): Promise<void> => {
    await asItWas();
    expect(parts.length).toBeGreaterThan(0);
    const rows = page.getByRole("table", { name }).getByRole("row");
    const lines = async (): Promise<readonly string[]> => (await rows.allInnerTexts()).slice(1);
    await expect
      .poll(async () =>
        lacking(
          await lines(),
          parts.map((part) => [part]),
        ),
      )
      .toEqual([]);
  };
  const eventRows = () => page.getByRole("grid", { name: "Events" }).getByRole("row");
  /** The line of the cursor is that of the last event up to the instant. */
  const cursorLine = async (process?: string): Promise<void> => {
    const input = {
      to: t,
      order: "newest_first",
      limit: 50,
      ...(process !== undefined && { process }),
    } as const;
    const { rows } = await ask("events", input);
    // Samples are not shown where nobody asks for them.
    const last = rows.find(({ kind }) => kind !== "sample");
    await expect.poll(() => page.locator(".at-cursor").getAttribute("id")).toBe(`event-${last!.id}`);
    await expect.poll(() => eventRows().count()).toBeGreaterThan(1);
  };

  /** What each view has to say at the instant, by the answers of the protocol. */
  const AGREES: Readonly<Record<ViewName, () => Promise<void>>> = {
    overview: async () => {
      await ofNow();
      const { processesAlive } = await ask("status", {});
      await page.getByText("alive at the end").waitFor();
      const figures = page.locator(".key-figures .figure").filter({ hasText: "processes" });
      await expect.poll(() => figures.innerText()).toContain(String(processesAlive));
    },
    timeline: async () => {
      const { rows } = await ask("liveViews", {});
      const tracks = page.getByRole("tree", { name: "Tracks" }).getByRole("treeitem");
      await expect
        .poll(() => tracks.filter({ hasText: "HelloWeb.CounterLive" }).count())
        .toBe(rows.filter(({ view }) => view === "HelloWeb.CounterLive").length);
      const cursor = page.getByRole("slider", { name: "Time cursor" });
      await expect.poll(() => cursor.getAttribute("aria-valuenow")).toBe(String(t));
    },
    "processes-tree": async () => {
      await asItWas();
      const { rows } = await ask("snapshotAt", { t, limit: 500 });
      const alive = new Set(rows.map(({ pid }) => pid));
      const shown = page.getByRole("tree").locator(".pid").filter({ hasText: /./ });
      await expect.poll(() => shown.count()).toBeGreaterThan(5);
      const others = async (): Promise<readonly string[]> =>
        (await shown.allInnerTexts()).filter((pid) => !alive.has(pid));
      await expect.poll(others).toEqual([]);
    },
    "processes-table": async () => {
      await asItWas();
      const { rows, alive } = await ask("snapshotAt", { t, limit: 500 });
      await page.getByText(`${alive} processes alive then`).waitFor();
      const table = page.getByRole("grid", { name: "Processes at this instant" });
      const cells = table.locator("[role=gridcell].pid");
      await cells.first().waitFor();
      const pids = rows.map(({ pid }) => pid);
      const firstOthers = async (): Promise<number> =>
        (await cells.allInnerTexts()).findIndex((pid, index) => pid !== pids[index]);
      await expect.poll(firstOthers).toBe(-1);
    },
    process: async () => {
      await asItWas();
      await cursorLine("Hello.Counters.Worker");
      const [row] = (await ask("snapshotAt", { t, process: "Hello.Counters.Worker" })).rows;
      const about = page.getByRole("complementary", { name: "About the process" });
      await about.getByText(row!.pid).first().waitFor();
      const state = about.getByRole("region", { name: "State at this instant" });
      const count = /count: \d+/.exec(row!.state!.term.text)![0];
      await state.getByText(count).first().waitFor();
    },
    "process-state": async () => {
      const input = { process: "Hello.Counters.Worker", to: t, order: "newest_first", limit: 200 } as const;
      const { rows } = await ask("states", input);
      const versions = page.getByRole("list", { name: "Versions of the state" }).getByRole("listitem");
      await expect.poll(() => versions.count()).toBe(rows.length);
      const count = /count: \d+/.exec(rows[0]!.state.text)![0];
      await page.getByRole("tree", { name: "State" }).getByText(count).first().waitFor();
    },
    "process-life": async () => {
      const input = { process: "Hello.Counters.Worker", to: t, order: "newest_first", limit: 500 } as const;
      const { rows } = await ask("states", input);
      expect(rows.length).toBeGreaterThan(1);
      const over = page.getByRole("region", { name: "Callbacks over time" });
      await over.getByText(`${rows.length} callbacks`, { exact: true }).waitFor();
    },
    flows: async () =>
      linesHave(
        "Flows",
        (await ask("flows", { to: t, limit: 200 })).rows.map(({ title }) => [title]),
      ),
    // One flow is one thing that happened: it is all there at every instant.
    flow: async () => {
      const { root } = await ask("flow", { flow: idIn(page.url()) });
      const steps = stepsOf(root);
      expect(steps.length).toBeGreaterThan(2);
      const titles = page.getByRole("listbox").locator("title");
      const missing = async (): Promise<readonly string[]> => {
        const lines = await titles.allTextContents();
        return steps.filter((text) => !lines.some((line) => line.includes(text)));
      };
      await expect.poll(missing).toEqual([]);
    },
    "flow-tree": async () => {
      const { root } = await ask("flow", { flow: idIn(page.url()) });
      expect(stepsOf(root).length).toBeGreaterThan(2);
      for (const text of stepsOf(root)) await page.getByRole("button").getByText(text).first().waitFor();
    },
    requests: async () =>
      linesHave(
        "Requests",
        (await ask("requests", { t })).rows.map(({ path, status }) => [path, String(status ?? "…")]),
      ),
    request: async () => {
      // The one that is open came later: it is not in the list of that instant.
      const { rows } = await ask("requests", { t });
      expect(rows.map(({ id }) => String(id))).not.toContain(idIn(page.url()));
      await linesHave(
        "Requests",
        rows.map(({ path }) => [path]),
      );
    },
    liveviews: async () =>
      linesHave(
        "LiveViews",
        (await ask("liveViews", { t })).rows.map(({ view, events }) => [view!, `${events} event`]),
      ),
    liveview: async () => {
      const { steps, assigns } = await ask("liveView", { liveView: idIn(page.url()), t });
      await linesHave(
        "Steps",
        steps.map(({ name }) => [name ?? ""]),
      );
      const count = assigns.find(({ key }) => key === "count")!.value.text;
      const holdings = page.getByRole("complementary").filter({ hasText: "Components" });
      await expect
        .poll(async () => (await holdings.innerText()).split("\n").join(" "))
        .toContain(`count ${count}`);
    },
    topics: async () =>
      linesHave(
        "Topics",
        (await ask("topics", { t })).rows.map(({ topic, broadcasts }) => [topic, `${broadcasts} broadcast`]),
      ),
    broadcasts: async () =>
      linesHave(
        "Broadcasts",
        (await ask("broadcasts", { t })).rows.map(({ verdict }) => [verdict]),
      ),
    channels: async () =>
      linesHave(
        "Channels",
        (await ask("channels", { t: instants.channels })).rows.map(({ topic, steps }) => [
          topic,
          `${steps.length} step`,
        ]),
      ),
    presence: async () =>
      linesHave(
        "Presence",
        (await ask("presences", { t: instants.presence })).rows.map(({ key, leftAt, by }) => [
          key,
          leftAt === null ? "there" : by === "ended" ? "its process ended at" : "left at",
        ]),
      ),
    queries: async () =>
      linesHave(
        "Queries",
        (await recordings.of("queries").ask("queries", { t: instants.queries })).rows.map(
          ({ query, count }) => [query.slice(0, 20), `${count} time`],
        ),
      ),
    jobs: async () =>
      linesHave(
        "Jobs",
        (await recordings.of("jobs").ask("jobs", { t: instants.jobs })).rows.map(({ job, worker }) => [
          `#${job}`,
          worker,
        ]),
      ),
    contexts: async () => {
      const { why } = await ask("boundaries", {});
      expect(why).not.toBe("");
      await page.getByText(why, { exact: true }).waitFor();
    },
    // Modules are those of all of the recording.
    code: async () => {
      const known = (await ask("modules", {})).map(({ module }) => module);
      const listed = async (): Promise<readonly (string | undefined)[]> =>
        (await texts("Modules")).map((line) => line.split("\n")[0]);
      await expect.poll(async () => (await listed()).length).toBe(Math.min(300, known.length));
      expect(known).toEqual(expect.arrayContaining([...(await listed())]));
    },
    performance: async () => {
      await asItWas();
      const { roots } = await ask("flame", { to: t });
      // What is too narrow to be seen is not drawn; the widest is.
      const frames = page.getByRole("tree", { name: "Frames" }).getByRole("treeitem");
      await expect.poll(() => frames.first().textContent()).toBe(roots[0]!.name);
    },
    "performance-hot": async () => {
      const { rows } = await ask("hot", { to: t, limit: 200 });
      await tableHas(
        "Hot functions",
        rows.map(({ name }) => name),
      );
    },
    "performance-waits": async () => {
      const { rows } = await ask("waits", { to: t, limit: 200 });
      await tableHas(
        "Waiting and work",
        rows.map(({ process }) => process!.label),
      );
    },
    node: async () => {
      await ofNow();
      const { applications } = await ask("inventory", {});
      const rows = page.getByRole("table", { name: "Applications" }).getByRole("row");
      await expect.poll(() => rows.count()).toBe(applications.length + 1);
    },
    events: () => cursorLine(),
    event: async () => {
      await cursorLine();
      const id = Number(/sel=e-(\d+)/.exec(page.url())![1]);
      const { process } = await ask("event", { id });
      const inspector = page.getByRole("complementary", { name: "Inspector" });
      await inspector.getByText(process!.label).first().waitFor();
    },
    // A query is about all of the recording, wherever the cursor is.
    query: async () => {
      const { rows } = await ask("query", { sql: SQL });
      const result = page.getByRole("grid", { name: "Result" }).getByRole("row");
      for (const [index, row] of rows.slice(0, 3).entries())
        await expect.poll(() => result.nth(index + 1).innerText()).toBe(row.join("\n"));
    },
    ask: async () => {
      await ofNow();
      const { rows } = await ask("diagnose", {});
      for (const { summary } of rows) await page.getByText(summary).first().waitFor();
    },
    // With bookmarks in it: ui-bookmarks.test.ts. They are of all of the recording.
    bookmarks: async () => {
      expect(await ask("bookmarks", {})).toEqual([]);
      await page.getByText("No bookmarks").waitFor();
    },
    "ask-answer": async () => {
      await ofNow();
      const { sentences } = await ask("ask", { question: QUESTION });
      for (const { text } of sentences) await page.getByText(text).first().waitFor();
    },
  };

  const idIn = (url: string): string => decodeURIComponent(new URL(url).pathname.split("/").at(-1)!);

  // Of a request that came later the list alone is there.
  const OPENED: Partial<Record<ViewName, ViewName>> = { request: "requests" };

  it.each(VIEW_NAMES)("the view %s says what the protocol answers", async (name) => {
    await recordings.show(page, name, instants[name] ?? t, OPENED[name]);
    await AGREES[name]();
  });
});
