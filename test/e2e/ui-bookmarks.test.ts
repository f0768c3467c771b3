import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { violations } from "./support/axe.ts";
import { pressKeys, watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

let recording: ShownRecording;
let browser: Browser;
let page: Page;
let other: Page;
let problems: string[];

beforeAll(async () => {
  recording = await ShownRecording.open("phoenix-1.8");
  browser = await launchBrowser();
  ({ page, problems } = await watchedPage(browser));
  other = (await watchedPage(browser)).page;
});
afterAll(async () => {
  await browser?.close();
  await recording?.close();
});
afterEach(() => {
  expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
});

const entries = (of: Page) => of.getByRole("list", { name: "Bookmarks" }).locator(":scope > li");

it("bookmarks the selected event by a key, and others see it and what is said to it at once [insight.bookmarks]", async () => {
  await other.goto(recording.at("/bookmarks"));
  await other.getByText("No bookmarks").waitFor();
  const { rows } = await recording.ask("broadcasts", { unheard: true, topic: "counter:udpates" });
  const { id, t } = rows[0]!;
  await page.goto(recording.at(`/events?sel=e-${id}`));
  await page.getByRole("complementary", { name: "Inspector" }).getByText(`#${id}`).waitFor();
  await pressKeys(page, "b");
  const dialog = page.getByRole("dialog", { name: "Bookmark" });
  await dialog.getByRole("textbox", { name: "Your name" }).fill("Ada");
  await dialog.getByRole("textbox", { name: "Comment" }).fill("nobody <b>hears</b> this");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await entries(other).getByText("nobody <b>hears</b> this").waitFor();
  await entries(other).getByText("Ada").waitFor();
  expect(await recording.ask("bookmarks", {})).toMatchObject([
    { on: { type: "event", id }, from: t, by: "Ada" },
  ]);
  await entries(other).getByRole("textbox", { name: "Comment to b-1" }).fill("I see it too");
  await entries(other).getByRole("button", { name: "Comment", exact: true }).click();
  await pressKeys(page, "g b");
  await entries(page).getByText("I see it too").waitFor();
  expect(await violations(page)).toEqual([]);
  await entries(page).getByRole("link").first().click();
  await expect
    .poll(() => Object.fromEntries(new URL(page.url()).searchParams))
    .toEqual({
      sel: `e-${id}`,
      t: String(t),
    });
});

it("bookmarks a range that is marked, leads back to it, and lets it go [insight.bookmarks]", async () => {
  await page.goto(recording.at("/flows?from=1000000000&to=3000000000"));
  await page.getByRole("button", { name: "drop the range" }).waitFor();
  await pressKeys(page, "b");
  await page.getByRole("dialog", { name: "Bookmark" }).getByRole("button", { name: "Bookmark" }).click();
  const range = entries(other).filter({ hasText: "range" });
  await range.getByRole("link").first().click();
  await expect.poll(() => new URL(other.url()).searchParams.get("from")).toBe("1000000000");
  expect(new URL(other.url()).pathname).toBe("/timeline");
  await pressKeys(other, "g b");
  await range.getByRole("button", { name: /^Delete b-/ }).click();
  await range.waitFor({ state: "detached" });
  expect(await recording.ask("bookmarks", {})).toHaveLength(1);
});
