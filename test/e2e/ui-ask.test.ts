import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { pressKeys, watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";
import { QUESTION } from "./support/views.ts";

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
const answer = () => page.getByRole("region", { name: "Answer" });

it("answers a question with sentences whose citations select the event and take the cursor there [insight.panel]", async () => {
  await page.goto(recording.at("/"));
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  await pressKeys(page, "g a");
  await page.getByRole("searchbox", { name: "Question" }).fill(QUESTION);
  await page.keyboard.press("Enter");
  const told = await recording.ask("ask", { question: QUESTION });
  const cause = answer().getByText(told.sentences[1]!.text);
  await cause.waitFor();
  await expect.poll(() => params().get("question")).toBe(QUESTION);
  const id = told.sentences[1]!.evidence[0]!;
  await cause.getByRole("link", { name: String(id), exact: true }).click();
  const { t } = await recording.ask("event", { id });
  await expect.poll(() => [params().get("sel"), params().get("t")]).toEqual([`e-${id}`, String(t)]);
  await page.getByRole("complementary", { name: "Inspector" }).getByText("counter:udpates").first().waitFor();
  await answer().getByText(told.todo).waitFor();
});

it("lists what went wrong with one flow, from the flow and from a link [insight.panel]", async () => {
  const { rows } = await recording.ask("broadcasts", { unheard: true, topic: "counter:udpates" });
  const flow = rows[0]!.flow!;
  await page.goto(recording.at(`/flows/${flow}`));
  await page.getByRole("link", { name: "why?" }).click();
  await expect.poll(() => params().get("about")).toBe(`flow:${flow}`);
  const told = await recording.ask("diagnose", { flow });
  const findings = page.getByRole("list", { name: "Findings" }).getByRole("listitem");
  await expect.poll(() => findings.count()).toBe(told.rows.length);
  await findings.filter({ hasText: told.rows[0]!.summary }).getByText(told.rows[0]!.todo).waitFor();
  await page.getByRole("button", { name: "everything that went wrong" }).click();
  const all = await recording.ask("diagnose", {});
  await expect.poll(() => findings.count()).toBe(all.rows.length);
});

it("suggests what was clicked and what crashed, and takes a question from the palette [insight.panel]", async () => {
  await page.goto(recording.at("/ask"));
  const suggestion = page
    .getByRole("list", { name: "Suggestions" })
    .getByRole("button", { name: "Why did nothing change when I clicked increment?" });
  await suggestion.click();
  await answer().waitFor();
  await expect.poll(() => params().get("question")).toBe("Why did nothing change when I clicked increment?");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Go to, find, do" }).fill("why did the page crash");
  await page.getByRole("option", { name: /^Ask: why did the page crash/ }).click();
  await expect.poll(() => params().get("question")).toBe("why did the page crash");
  await answer().waitFor();
});
