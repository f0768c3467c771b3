import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

let recording: ShownRecording;
let browser: Browser;

beforeAll(async () => {
  recording = await ShownRecording.open("phoenix-1.8");
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await recording?.close();
});

it("shows tests of a state, a process and a flow, and why there is none", async () => {
  const { page, problems } = await watchedPage(browser);
  const dialog = page.getByRole("dialog", { name: "Tests" });
  const open = async (path: string): Promise<string> => {
    await page.goto(recording.at(path));
    await page.getByRole("button", { name: "test", exact: true }).first().click();
    return (await dialog.locator("pre").textContent()) ?? "";
  };
  const worker = "Hello.Counters.Worker";
  const ofProcess = await open(`/processes/${worker}`);
  expect(ofProcess).toBe((await recording.ask("generateTests", { process: worker })).source);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  const { rows: states } = await recording.ask("states", { process: worker, limit: 10 });
  const state = states.findLast(({ cause }) => cause !== null)!;
  expect(await open(`/events?sel=e-${state.id}`)).toContain(`(event ${state.id})`);

  const { rows: flows } = await recording.ask("flows", { entry: "click increment" });
  expect(await open(`/flows/${flows[0]!.id}`)).toContain(`defmodule ${worker}.RecordedTest do`);

  const { rows: requests } = await recording.ask("requests", {});
  const login = requests.find(({ method }) => method === "POST")!;
  await page.goto(recording.at(`/web/requests/${login.id}`));
  await page.getByRole("button", { name: "test", exact: true }).first().click();
  await dialog.getByRole("list", { name: "Not tested" }).getByText("secrets").waitFor();
  expect(problems).toEqual([]);
  await page.close();
});
