import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld } from "./support/cli-process.ts";
import { pressKeys, watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";
import { VIEWS, type ViewName } from "./support/views.ts";

// Without a mouse: from the first screen to the cause of a bug, and each key that the help sheet tells of.

const VERDICT = "broadcast on counter:udpates reached nobody; counter:updates has 1 subscriber";
const CLICK = "click increment on HelloWeb.CounterLive";
const WORKER = "Hello.Counters.Worker";

let recording: ShownRecording;
let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  [recording, browser] = await Promise.all([ShownRecording.open("phoenix-1.8"), launchBrowser()]);
  ({ page, problems } = await watchedPage(browser));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(recording.at("/"));
});
afterAll(async () => {
  await browser?.close();
  await recording?.close();
});
afterEach(() => {
  expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
});

const press = (key: string): Promise<void> => page.keyboard.press(key);
const path = (): string => new URL(page.url()).pathname;
const params = (): URLSearchParams => new URL(page.url()).searchParams;
const selected = (): string | null => params().get("sel");
/** What has the focus says; nothing where it is on nothing. */
const focused = (): Promise<string> =>
  page.evaluate<string>("document.activeElement === document.body ? '' : document.activeElement.textContent");
const inspector = () => page.getByRole("complementary", { name: "Inspector" });
const ready = (name: ViewName): Promise<void> => VIEWS[name].ready(page).waitFor();
const open = async (where: string, name: ViewName): Promise<void> => {
  await recording.visit(page, where);
  await ready(name);
};

/** Presses `key` until the focus, or what is marked, is where `there` says; fails at the end of the list. */
async function pressUntil(key: string, there: () => Promise<boolean>): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await there()) return;
    await press(key);
  }
  throw new Error(`${key} does not lead there`);
}

describe("by the keyboard alone", () => {
  it("one gets from the first screen to the cause of a counter that does not update", async () => {
    await ready("overview");
    // What is wrong is on the first screen; what it was about, one key and Enter away.
    await pressUntil("j", async () => (await focused()).includes(VERDICT));
    await press("Enter");
    await inspector().getByText("counter:udpates").first().waitFor();
    await inspector().getByText(WORKER).first().waitFor();
    const broadcast = selected();
    // What led to it: the click, with everything that followed from it.
    await pressKeys(page, "g f");
    await ready("flows");
    await pressUntil("j", async () => (await focused()).includes(CLICK));
    await press("Enter");
    await page.getByRole("heading", { name: CLICK }).waitFor();
    await ready("flow");
    await pressUntil("j", async () => selected() === broadcast);
    await page.getByRole("option", { name: VERDICT, selected: true }).waitFor();
    // Who did it, with what it held before and after.
    await pressKeys(page, "g e");
    await page.getByRole("grid", { name: "Events" }).getByRole("row", { selected: true }).waitFor();
    await press("Enter");
    await page.getByRole("heading", { name: WORKER }).waitFor();
    // The topic that was meant, and who listens there.
    await press("Control+k");
    await page.keyboard.type("go to topics");
    await page.getByRole("option", { name: /^Go to Topics/, selected: true }).waitFor();
    await press("Enter");
    await ready("topics");
    await pressUntil("j", async () => (await focused()).startsWith("counter:udpates"));
    await press("Enter");
    await page.getByRole("list", { name: "Broadcasts on counter:udpates" }).getByText(VERDICT).waitFor();
  });
});

/** `g` and a letter leads to a view. */
const goes = (keys: string, name: ViewName) => async (): Promise<void> => {
  await open(name === "events" ? "/flows" : "/events", name === "events" ? "flows" : "events");
  await pressKeys(page, keys);
  await ready(name);
};

const lengthInSight = async (): Promise<number> => {
  const text = (await page.getByRole("status", { name: "In sight" }).textContent()) ?? "";
  const [, digits, unit] = /^([\d.]+)\s*(\S+)$/.exec(text) ?? [];
  return Number(digits) * (unit === "s" ? 1 : unit === "ms" ? 1e-3 : Number.NaN);
};
/** Where what is in sight begins, once it stands in the address. */
const sightFrom = (): number => Number(params().get("sight")?.split("_")[0] ?? Number.NaN);

/** Holds a key down until something is so. */
async function hold(key: string, until: () => Promise<void>): Promise<void> {
  await page.keyboard.down(key);
  try {
    await until();
  } finally {
    await page.keyboard.up(key);
  }
}

/** Both arrows, from an event in the middle of a flow, in the steps of the protocol. */
const steps = (held: "" | "Shift+" | "Alt+", by: "event" | "process" | "flow") => async (): Promise<void> => {
  const { rows } = await recording.ask("flows", { entry: "click increment" });
  const id = Number(rows.at(-1)!.id.slice(2));
  const { process } = await recording.ask("event", { id });
  await open(`/events?sel=e-${id}`, "events");
  await inspector().getByText(`#${id}`).waitFor();
  const within = by === "process" ? { by, process: process!.handle } : { by };
  const { event } = await recording.ask("step", { direction: "forward", cursor: id, ...within });
  await press(`${held}ArrowRight`);
  await expect.poll(selected).toBe(`e-${event!.id}`);
  await press(`${held}ArrowLeft`);
  await expect.poll(selected).toBe(`e-${id}`);
};

const grid = () => page.getByRole("grid", { name: "Events" });
const tree = () => page.getByRole("tree", { name: "Process tree" });
const marked = () => tree().locator(".row.active");
const children = () => tree().locator('[role=treeitem][aria-level="2"]');

/** What each key of the help sheet does, by how the sheet writes it. */
const PRESSED: Readonly<Record<string, () => Promise<void>>> = {
  "g n": goes("g n", "overview"),
  "g t": goes("g t", "timeline"),
  "g p": goes("g p", "processes-tree"),
  "g f": goes("g f", "flows"),
  "g w": goes("g w", "requests"),
  "g c": goes("g c", "code"),
  "g i": goes("g i", "node"),
  "g e": goes("g e", "events"),
  "g h": goes("g h", "performance"),
  "g a": goes("g a", "ask"),
  "g b": goes("g b", "bookmarks"),
  "g q": async () => {
    await open("/events", "events");
    await pressKeys(page, "g q");
    await page.getByRole("textbox", { name: "SQL" }).waitFor();
  },
  "Ctrl .": () => stopsANode(),
  "Ctrl K": async () => {
    await open("/events", "events");
    await press("Control+k");
    const palette = page.getByRole("dialog", { name: "Palette" });
    await palette.waitFor();
    await page.keyboard.type("go to flows");
    await palette.getByRole("option", { name: /^Go to Flows/, selected: true }).waitFor();
    await press("Enter");
    await ready("flows");
  },
  "/": async () => {
    await open("/processes", "processes-tree");
    await press("/");
    await expect.poll(() => isFocused(page.getByLabel("Search processes"))).toBe(true);
    await page.keyboard.type("Counters");
    await expect.poll(() => params().get("q")).toBe("Counters");
    await press("Escape");
  },
  Esc: async () => {
    const [event] = (await recording.ask("events", { limit: 1, order: "oldest_first" })).rows;
    await open(`/events?sel=e-${event!.id}&t=${event!.t}`, "events");
    await press("Escape");
    await expect.poll(selected).toBe(null);
    await expect.poll(() => params().get("t")).toBe(String(event!.t));
    await press("Escape");
    await expect.poll(() => params().has("t")).toBe(false);
  },
  "?": async () => {
    await press("?");
    await sheet().waitFor();
    await press("Escape");
    await sheet().waitFor({ state: "detached" });
  },
  Space: async () => {
    await open("/flows", "flows");
    await press("Space");
    await expect.poll(() => params().has("t")).toBe(true);
    await press("Space");
    await expect.poll(() => params().has("t")).toBe(false);
  },
  "← →": steps("", "event"),
  "⇧ ← →": steps("Shift+", "process"),
  "Alt ← →": steps("Alt+", "flow"),
  "w s": async () => {
    await open("/timeline", "timeline");
    const all = await lengthInSight();
    expect(all).toBeGreaterThan(1);
    await hold("w", () => expect.poll(lengthInSight).toBeLessThan(all / 2));
    await hold("s", () => expect.poll(lengthInSight).toBeGreaterThanOrEqual(all));
  },
  "a d": async () => {
    const { t } = await recording.ask("status", {});
    const [from, length] = [Math.round(t / 2), 1e9];
    await open(`/timeline?sight=${from}_${from + length}`, "timeline");
    const picture = page.getByRole("img", { name: /of all tracks/ });
    const moves = async (): Promise<void> => {
      const before = await picture.screenshot();
      await expect.poll(async () => (await picture.screenshot()).equals(before)).toBe(false);
    };
    // The address has it once one rests.
    await hold("d", moves);
    await expect.poll(sightFrom).toBeGreaterThan(from);
    const later = sightFrom();
    await hold("a", moves);
    await expect.poll(sightFrom).toBeLessThan(later);
  },
  drag: async () => {
    await open("/flows", "flows");
    const box = (await page.getByRole("slider", { name: "Time cursor" }).boundingBox())!;
    const [x, axis, bars] = [box.x + box.width / 2, box.y + box.height - 5, box.y + 10];
    await page.mouse.move(x, axis);
    await page.mouse.down();
    await page.mouse.move(x + 60, axis, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => params().has("t")).toBe(true);
    await page.mouse.move(x, bars);
    await page.mouse.down();
    await page.mouse.move(x + 60, bars, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => params().has("from") && params().has("to")).toBe(true);
  },
  "j k ↓ ↑": async () => {
    await open("/flows", "flows");
    const rows = (await recording.ask("flows", { limit: 200 })).rows.slice(0, 3);
    const lines = page.getByRole("list", { name: "Flows" }).getByRole("link");
    for (const [key, index] of [
      ["j", 0],
      ["j", 1],
      ["ArrowDown", 2],
      ["ArrowUp", 1],
      ["k", 0],
    ] as const) {
      await press(key);
      await expect.poll(() => isFocused(lines.nth(index)), { message: `${key} to ${index}` }).toBe(true);
      expect(await focused()).toContain(rows[index]!.title);
    }
    await open("/events", "events");
    await grid().focus();
    const seen: (string | null)[] = [null];
    for (const key of ["k", "k", "ArrowUp", "j", "ArrowDown"]) {
      await press(key);
      await expect.poll(selected, { message: key }).not.toBe(seen.at(-1));
      seen.push(selected());
    }
    expect(seen[4]).toBe(seen[2]);
    expect(seen[5]).toBe(seen[1]);
  },
  "Home End": async () => {
    await open("/flows", "flows");
    const lines = page.getByRole("list", { name: "Flows" }).getByRole("link");
    await press("j");
    await press("End");
    await expect.poll(() => isFocused(lines.last())).toBe(true);
    await press("Home");
    await expect.poll(() => isFocused(lines.first())).toBe(true);
    await open("/processes", "processes-tree");
    await tree().focus();
    await press("End");
    await expect.poll(() => marked().getAttribute("id")).not.toBe(null);
    const last = await marked().getAttribute("id");
    await press("Home");
    await expect.poll(() => marked().getAttribute("id")).not.toBe(last);
    await expect.poll(() => marked().getAttribute("aria-level")).toBe("1");
  },
  Enter: async () => {
    await open("/processes", "processes-tree");
    await tree().focus();
    await pressUntil("j", async () => (selected() ?? "").startsWith("p-"));
    const handle = selected();
    await press("Enter");
    await expect.poll(path).toBe(`/processes/${handle}`);
    await ready("process");
  },
  "→ ←": async () => {
    await open("/processes", "processes-tree");
    await tree().focus();
    await press("Home");
    await children().first().waitFor();
    const count = await children().count();
    await press("ArrowLeft");
    await expect.poll(() => marked().getAttribute("aria-expanded")).toBe("false");
    await expect.poll(() => children().count()).not.toBe(count);
    await press("ArrowRight");
    await expect.poll(() => marked().getAttribute("aria-expanded")).toBe("true");
    await expect.poll(() => children().count()).toBe(count);
  },
  "[ ]": async () => {
    await open("/processes", "processes-tree");
    await tree().focus();
    await press("[");
    await expect.poll(() => tree().locator("[aria-expanded=true]").count()).toBe(0);
    await press("]");
    await expect.poll(() => children().count()).toBeGreaterThan(0);
  },
  b: async () => {
    await open("/flows", "flows");
    await press("b");
    const dialog = page.getByRole("dialog", { name: "Bookmark" });
    await dialog.waitFor();
    await press("Escape");
    await dialog.waitFor({ state: "detached" });
  },
  y: async () => {
    const [state] = (await recording.ask("states", { process: WORKER, limit: 1 })).rows;
    await open(`/events?sel=e-${state!.id}`, "events");
    await inspector().getByText(`#${state!.id}`).waitFor();
    await press("y");
    await page.getByText("Copied as Elixir.").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(state!.state.text);
  },
};

const isFocused = (place: Locator): Promise<boolean> => place.evaluate((one) => one.matches(":focus"));
const sheet = () => page.getByRole("dialog", { name: "Help" });

/** The one key that is about a node: on one, beside the recording. */
async function stopsANode(): Promise<void> {
  let node: ErlangNode | undefined;
  let world: CliWorld | undefined;
  let live: Page | undefined;
  try {
    node = await startErlangNode();
    world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
    const cli = world.start("attach", node.name, "--level", "observe", "--json", "--no-open");
    const { url } = await cli.firstJson<{ readonly url: string }>();
    live = (await watchedPage(browser)).page;
    await live.goto(url);
    await live.getByRole("button", { name: "Stop", exact: true }).waitFor();
    await live.keyboard.press("Control+.");
    await live.getByText(`Detached from ${node.name}.`).waitFor();
  } finally {
    await live?.close();
    await world?.remove();
    await node?.stop();
  }
}

describe("the help sheet", () => {
  it("tells of the keys that are pressed here, and of no other", async () => {
    await press("?");
    await sheet().waitFor();
    const told = await sheet().locator(".key-list kbd").allTextContents();
    await press("Escape");
    expect(told.toSorted()).toEqual(Object.keys(PRESSED).toSorted());
  });

  it.each(Object.keys(PRESSED))("%s does what it says", (keys) => PRESSED[keys]!());
});
