import type { Status } from "elixirscope/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import { watchedPage } from "./support/page.ts";
import { ShownRecording } from "./support/recording.ts";

// Queries, jobs and what the overview says of a shop on Ecto and Oban (test/recordings/README.md).

describe("the UI on a recording of a shop", () => {
  let recording: ShownRecording;
  let browser: Browser;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    recording = await ShownRecording.open("ecto");
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

  const list = (label: string) => page.getByRole("list", { name: label });
  const inspector = () => page.getByRole("complementary", { name: "Inspector" });

  it("tells of each query what it cost, and of n + 1 where it was asked", async () => {
    const { rows } = await recording.ask("queries", { limit: 200 });
    const worst = rows.find(({ repeats }) => repeats.length > 0)!;
    await recording.visit(page, "/web/queries");
    await expect
      .poll(() => list("Queries").getByRole("button", { expanded: false }).count())
      .toBe(rows.length);
    await list("Queries")
      .getByRole("button", { name: /n \+ 1: 12 in one/ })
      .click();
    await expect.poll(() => page.url()).toContain(`/web/queries/${worst.id}`);
    await list("Asked again and again")
      .getByRole("button", { name: worst.repeats[0]!.verdict })
      .first()
      .click();
    await inspector()
      .getByText(/repo\.query/)
      .first()
      .waitFor();
    await list("Queries")
      .getByRole("button", { name: /select nothing from nowhere 1 failed/ })
      .waitFor();
    await page.getByRole("radio", { name: "Slowest" }).click();
    const slowest = (await recording.ask("queries", { sort: "slowest" })).rows[0]!;
    await expect
      .poll(() => list("Queries").getByRole("listitem").first().textContent())
      .toContain(slowest.query.slice(0, 20));
  });

  it("tells of each job how it went, with what failed and who asked for it", async () => {
    await recording.visit(page, "/web/jobs");
    await list("Jobs")
      .getByRole("button", { name: /discard Shop\.Mail/ })
      .click();
    const [failed] = (await recording.ask("jobs", { failed: true })).rows;
    await page.getByText(failed!.error!.message!).first().waitFor();
    await list("Jobs").getByRole("button", { name: failed!.inserted!.work!.what }).click();
    await inspector().getByText(`#${failed!.inserted!.id}`).first().waitFor();
  });

  it("has the slowest flows on its first screen, each a way to its diagram", async () => {
    const [slowest] = (await recording.ask("flows", { sort: "slowest", limit: 1 })).rows;
    await recording.visit(page, "/");
    const panel = page.getByRole("region", { name: "Slowest flows" });
    await panel.getByRole("link").nth(1).click();
    await page.getByRole("heading", { name: slowest!.title }).waitFor();
    await expect.poll(() => page.url()).toContain(`/flows/${slowest!.id}`);
  });

  /** A page of its own that is told of a status that is otherwise in this; `done` closes it. */
  const pageTold = async (
    other: Partial<Status>,
  ): Promise<{ readonly told: Page; readonly done: () => Promise<void> }> => {
    const watched = await watchedPage(browser);
    const { page: told } = watched;
    await told.routeWebSocket(/\/api\/live/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        const push = JSON.parse(String(message));
        socket.send(JSON.stringify({ ...push, status: { ...push.status, ...other } }));
      });
    });
    // The status is asked for as well, once.
    const status = await recording.ask("status", {});
    await told.route(/\/api\/status/, (route) => route.fulfill({ json: { ...status, ...other } }));
    await told.goto(recording.at("/"));
    const done = async (): Promise<void> => {
      await told.close();
      expect(watched.problems).toEqual([]);
    };
    return { told, done };
  };

  it("tells on its first screen what came otherwise than before, each a way to its stretch of time", async () => {
    const { rows } = await recording.ask("anomalies", { read: 10_000 });
    // Nobody is asked of a recording as short as this one, as nothing is usual yet.
    const { told, done } = await pageTold({ seconds: 90 });
    const panel = told.getByRole("region", { name: "Unusual" });
    await panel.getByRole("button", { name: rows[0]!.summary }).first().click();
    await told.getByRole("tree", { name: "Tracks" }).waitFor();
    const { searchParams } = new URL(told.url());
    expect([searchParams.get("from"), searchParams.get("to")].map(Number)).toEqual([
      rows[0]!.from,
      rows[0]!.to,
    ]);
    await done();
  });

  it("says across the view when what happens is not being stored", async () => {
    const trouble = "The database shop cannot be reached: connection refused";
    const { told, done } = await pageTold({ storeTrouble: trouble });
    const alert = told.getByRole("alert");
    await alert.getByText("What happens is not being stored.").waitFor();
    await alert.getByText(trouble).waitFor();
    await done();
  });

  it("says across the view when what is done is not in the audit log", async () => {
    const trouble = "The audit log /state/audit.jsonl cannot be written (ENOSPC)";
    const { told, done } = await pageTold({ auditTrouble: trouble });
    const alert = told.getByRole("alert");
    await alert.getByText("What is done on the node is not being written down.").waitFor();
    await alert.getByText(trouble).waitFor();
    await done();
  });
});
