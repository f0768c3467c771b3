import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { pressKeys, watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

let recording: ShownRecording;
let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  recording = await ShownRecording.open("phoenix-1.8");
  browser = await launchBrowser();
  ({ page, problems } = await watchedPage(browser));
});
afterAll(async () => {
  await browser?.close();
  await recording?.close();
});
afterEach(() => {
  expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
});

const params = (): URLSearchParams => new URL(page.url()).searchParams;
const result = () => page.getByRole("grid", { name: "Result" });
const row = (index: number) => result().getByRole("row").nth(index);
const ask = (sql: string): Promise<void> =>
  recording.visit(page, `/query?${new URLSearchParams({ sql }).toString()}`);

describe("the console for queries", () => {
  it("takes SQL, completes it, shows the answer as a table, and keeps it in the URL", async () => {
    await recording.visit(page, "/");
    await page.getByText("recording", { exact: true }).waitFor();
    await pressKeys(page, "g q");
    const editor = page.getByRole("textbox", { name: "SQL" });
    await expect.poll(() => editor.evaluate((element) => element.matches(":focus"))).toBe(true);
    await page.keyboard.type("SELECT kind, count(*) AS n FROM events_rea");
    // By the mouse: a key in the moment in which the list opens is taken as typed, so that nobody accepts what they did not see.
    await page.getByRole("option", { name: "events_readable" }).click();
    await expect.poll(() => editor.textContent()).toContain("FROM events_readable");
    await page.keyboard.type(" GROUP BY kind ORDER BY n DESC");
    await page.keyboard.press("Control+Enter");
    const sql = "SELECT kind, count(*) AS n FROM events_readable GROUP BY kind ORDER BY n DESC";
    const { rows } = await recording.ask("query", { sql });
    await expect.poll(() => row(1).textContent()).toBe(rows[0]!.join(""));
    await expect.poll(() => params().get("sql")?.replaceAll(/\s+/g, " ")).toBe(sql);
    await result().getByRole("button", { name: "kind" }).click();
    const kinds = rows.map(([kind]) => String(kind)).toSorted();
    await expect.poll(() => row(1).textContent()).toContain(kinds[0]);
    await expect
      .poll(() => result().getByRole("columnheader", { name: "kind" }).getAttribute("aria-sort"))
      .toBe("ascending");
  });

  it("leads from ids, pids and times in an answer to what they name", async () => {
    const sql = "SELECT id, time, pid, kind FROM events_readable WHERE kind = 'exit' ORDER BY id";
    await ask(sql);
    const { rows } = await recording.ask("query", { sql });
    const [id, , pid] = rows[0]!;
    await row(1)
      .getByRole("link", { name: String(id), exact: true })
      .click();
    await expect.poll(() => params().get("sel")).toBe(`e-${String(id)}`);
    expect((await recording.ask("event", { id: Number(id) })).kind).toBe("exit");
    await row(1).getByTitle("Go to this instant").click();
    const { t } = await recording.ask("event", { id: Number(id) });
    await expect.poll(() => params().get("t")).toBe(String(t));
    await row(1)
      .getByRole("link", { name: String(pid), exact: true })
      .click();
    await page
      .getByRole("heading", { name: String(pid) })
      .or(page.getByText(String(pid)))
      .first()
      .waitFor();
    await expect.poll(() => page.url()).toContain("/processes/");
  });

  it("is drawn as a chart, saved as CSV and NDJSON", async () => {
    const sql =
      "SELECT time_bucket(INTERVAL 1 SECOND, time) AS since, count(*) AS events FROM events_readable GROUP BY ALL ORDER BY since";
    await ask(sql);
    const { rows } = await recording.ask("query", { sql });
    await page.getByRole("radio", { name: "Chart" }).check();
    await page
      .getByRole("img", { name: `events over since, ${rows.length} points` })
      .locator("canvas")
      .waitFor();
    await expect.poll(() => params().get("drawn")).toBe("1");
    const saved = async (button: string): Promise<string> => {
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: button }).click();
      return readFile(await (await download).path(), "utf8");
    };
    expect(await saved("save as CSV")).toBe(
      ["since,events", ...rows.map((one) => one.join(",")), ""].join("\r\n"),
    );
    const [since, events] = rows[0]!;
    expect(JSON.parse((await saved("save as NDJSON")).split("\n")[0]!)).toEqual({ since, events });
  });

  it("marks the word that is wrong", async () => {
    await ask("SELECT kind,\n  nonsense FROM events_readable");
    await page
      .getByRole("alert")
      .getByText(/nonsense/)
      .waitFor();
    await expect.poll(() => page.locator(".sql-problem").textContent()).toBe("nonsense");
    expect(problems.splice(0)).toEqual([expect.stringContaining("422")]);
  });

  it("stops what takes long, and then answers the next question", async () => {
    const sql = "SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range";
    await ask(sql);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("heading", { name: "Stopped" }).waitFor();
    await page.getByRole("link", { name: "What there is, by kind" }).click();
    await row(1).waitFor();
  });

  it("asks the questions of the catalogue by a form, and says what is missing", async () => {
    await recording.visit(page, "/query");
    await page.getByRole("searchbox", { name: "Search questions" }).fill("states of a process");
    await page.getByRole("link", { name: /^states/ }).click();
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByRole("alert").getByText("is needed").waitFor();
    await page.getByLabel("process (needed)").fill("Hello.Counters.Worker");
    await page.getByLabel("limit").fill("3");
    await page.keyboard.press("Enter");
    const { rows } = await recording.ask("states", { process: "Hello.Counters.Worker", limit: 3 });
    await expect.poll(() => result().getByRole("row").count()).toBe(rows.length + 1);
    await expect
      .poll(() => Object.fromEntries(params()))
      .toMatchObject({
        "in.process": "Hello.Counters.Worker",
        "in.limit": "3",
      });
    await page.getByRole("searchbox", { name: "Search questions" }).fill("");
    await page.getByRole("link", { name: "states process=Hello.Counters.Worker limit=3" }).waitFor();
  });

  it("is saved by a name in the browser where the recording is only read", async () => {
    await recording.visit(page, "/query/hot");
    await row(1).waitFor();
    await page.getByRole("button", { name: "Saved views" }).click();
    const menu = page.getByRole("dialog", { name: "Saved views" });
    await menu.getByLabel("Name of this view").fill("Hot");
    await page.keyboard.press("Enter");
    await page.getByText("Saved as Hot in this browser: the recording is only read.").waitFor();
    await menu.getByText("this browser", { exact: true }).waitFor();
    expect(problems.splice(0)).toEqual([expect.stringContaining("422")]);
  });
});
