import { connect } from "node:net";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { launchBrowser } from "../testkit/browser.ts";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld } from "./support/cli-process.ts";
import { watchedPage } from "./support/page.ts";
import { ShownRecordings, VIEW_NAMES } from "./support/views.ts";

// An application that has HTML wherever it can: in a state, in messages, in a crash, in the name of a process and of a
// table. It is text everywhere, and never parsed as anything else.
const HTML = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>";
const MODULE = `
  -module(evil). -behaviour(gen_server).
  -export([start/0, html/0, init/1, handle_call/3, handle_cast/2]).
  html() -> "${HTML}".
  start() ->
    {ok, Pid} = gen_server:start({local, list_to_atom(html())}, evil, [], []),
    gen_server:call(Pid, {say, list_to_binary(html())}),
    Pid.
  init([]) ->
    ets:new(list_to_atom("table " ++ html()), [named_table]),
    {ok, #{html => list_to_binary(html()), list_to_atom(html()) => 0}}.
  handle_call(What, _, State) -> {reply, {What, list_to_binary(html())}, State#{last => What}}.
  handle_cast(boom, _) -> logger:error(html()), exit({list_to_binary(html()), html()}).
`;

let node: ErlangNode;
let world: CliWorld;
let browser: Browser;
let page: Page;
let problems: string[];
let url: URL;

beforeAll(async () => {
  [node, browser] = await Promise.all([startErlangNode(), launchBrowser()]);
  // The console is what the node is asked on: a crash report must not be printed there.
  await node.eval(
    `[logger:set_handler_config(Id, level, none) || Id <- logger:get_handler_ids()], ${loading(MODULE)}`,
  );
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  const cli = world.start("attach", node.name, "--level", "state", "--json", "--no-open");
  url = new URL((await cli.firstJson<{ readonly url: string }>()).url);
  ({ page, problems } = await watchedPage(browser));
  // One crashes, one lives; both are called with HTML.
  await node.eval(`
    First = evil:start(), Monitor = monitor(process, First), gen_server:cast(First, boom),
    receive {'DOWN', Monitor, _, _, _} -> ok end,
    evil:start()`);
});
afterAll(async () => {
  await browser?.close();
  await world?.remove();
  await node?.stop();
});
afterEach(() => {
  expect(problems.splice(0), "nothing fails silently in the page").toEqual([]);
});

const token = (): string => url.hash.replace("#token=", "");

/** It is there, and as nothing but text. */
async function isText(on: Page, place: Locator): Promise<void> {
  await place
    .filter({ hasText: /onerror=/ })
    .first()
    .waitFor();
  expect(await on.evaluate("document.querySelectorAll('img, iframe, body script').length")).toBe(0);
  expect(await on.title()).toBe("ElixirScope");
  // Also what the policy of the page would have stopped: it must not come to that.
  expect(problems).toEqual([]);
}

describe("HTML in what an application has is text", () => {
  const name = encodeURIComponent(`:"${HTML}"`);
  const sql = new URLSearchParams({ sql: `SELECT '${HTML.replaceAll("'", "''")}' AS html` });
  const region = (label: string) => page.getByRole("region", { name: label });
  const rows = () => page.getByRole("grid", { name: "Events" }).getByRole("row");
  const dialog = (label: string) => page.getByRole("dialog", { name: label });
  const visit = (path: string): Promise<unknown> =>
    new URL(page.url()).origin === url.origin
      ? page.evaluate(`history.pushState(null, "", ${JSON.stringify(path)})`)
      : page.goto(`${url.origin}${path}${url.hash}`);

  it.each<[string, string, () => Locator]>([
    ["a crash on the overview", "/", () => region("Crashes")],
    ["the tree of processes", "/processes?q=script", () => page.getByRole("treeitem")],
    ["the table of processes", "/processes?show=table&q=script", () => page.getByRole("gridcell")],
    ["the page of a process", `/processes/${name}`, () => page.getByRole("heading", { level: 1 })],
    ["its states", `/processes/${name}?tab=state`, () => page.getByRole("tree", { name: "State" })],
    ["messages and states", `/events?kinds=send,receive,state&process=${name}`, rows],
    ["the end of a process", "/events?kinds=exit", rows],
    ["what was logged", "/events?kinds=log", rows],
    ["the timeline", "/timeline", () => page.getByRole("tree", { name: "Tracks" })],
    ["waiting and work", "/performance/waits", () => page.getByRole("table")],
    ["the node’s tables", "/inventory", () => page.getByRole("table", { name: "ETS tables" })],
    ["the console", `/query?${sql.toString()}`, () => page.getByRole("grid", { name: "Result" })],
  ])("in %s", async (_what, path, place) => {
    await visit(path);
    await isText(page, place());
  });

  it("in the inspector, the palette and a bookmark", async () => {
    await visit(`/events?kinds=state&process=${name}`);
    await rows()
      .filter({ hasText: /onerror=/ })
      .first()
      .click();
    await isText(page, page.getByRole("complementary", { name: "Inspector" }));
    await page.keyboard.press("Control+k");
    await page.keyboard.type("script");
    await isText(page, dialog("Palette").getByRole("option"));
    await page.keyboard.press("Escape");
    await dialog("Palette").waitFor({ state: "detached" });
    await page.keyboard.press("b");
    await dialog("Bookmark").getByRole("textbox", { name: "Your name" }).fill(HTML);
    await dialog("Bookmark").getByRole("textbox", { name: "Comment" }).fill(HTML);
    await page.keyboard.press("Enter");
    await dialog("Bookmark").waitFor({ state: "detached" });
    await visit("/bookmarks");
    await isText(page, page.getByRole("list", { name: "Bookmarks" }));
  });
});

/** Words that people or their code choose, by the names under which the protocol answers them. */
const TEXTS: ReadonlySet<string> = new Set(
  "label text name title verdict path view topic message why summary tag reason query worker what entry after before preview description module".split(
    " ",
  ),
);

/** The same answer, with HTML in all such words. */
function withHtml(value: unknown, key = ""): unknown {
  if (typeof value === "string") return TEXTS.has(key) && value !== "" ? `${value} ${HTML}` : value;
  if (Array.isArray(value)) return value.map((one) => withHtml(one, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withHtml(one, name)]));
}

describe("HTML in every answer of the protocol", () => {
  let recordings: ShownRecordings;
  let shown: Page;
  beforeAll(async () => {
    recordings = await ShownRecordings.open();
    shown = await browser.newPage();
    shown.on("pageerror", (error) => problems.push(error.message));
    shown.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await shown.route(/\/api\/(?!status)/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: withHtml(await response.json()) });
    });
  });
  afterAll(async () => {
    await shown?.close();
    await recordings?.close();
  });

  // A recording has no bookmarks; they are looked at above.
  it.each(VIEW_NAMES.filter((name) => name !== "bookmarks"))("is text in the view %s", async (name) => {
    await recordings.show(shown, name);
    await isText(shown, shown.getByRole("main"));
  });
});

describe("the server of the UI", () => {
  it("listens on the loopback address alone", async () => {
    const answer = (host: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(Number(url.port), host);
        socket.once("connect", () => {
          resolve("connected");
          socket.destroy();
        });
        socket.once("error", ({ message }) => resolve(message));
      });
    expect(await answer("127.0.0.1")).toBe("connected");
    // Another address of this machine: a server that listens on all would answer.
    expect(await answer("127.0.0.2")).toMatch(/ECONNREFUSED/);
  });

  it.each([
    ["of its own", {}, undefined],
    ["under another name, as after DNS rebinding", { host: "evil.example" }, 403],
    ["from a foreign page", { origin: "http://evil.example" }, 403],
    ["without the token", { token: "" }, 401],
    ["with another token", { token: "token.wrong" }, 401],
  ] as const)("takes no WebSocket but its own: one %s", async (_what, given, refused) => {
    const { host, origin, token: named = `token.${token()}` } = given as Record<string, string>;
    const protocols = ["elixirscope.v1", ...(named === "" ? [] : [named])];
    const headers = { ...(host && { host: `${host}:${url.port}` }), ...(origin && { origin }) };
    const outcome = await new Promise<{ status?: number | undefined; policy?: unknown }>(
      (resolve, reject) => {
        const socket = new WebSocket(`ws://${url.host}/api/live`, protocols, { headers });
        socket.once("open", () => {
          resolve({});
          socket.close();
        });
        socket.once("unexpected-response", (request, response) => {
          resolve({ status: response.statusCode, policy: response.headers["content-security-policy"] });
          request.destroy();
        });
        socket.once("error", reject);
      },
    );
    expect(outcome.status).toBe(refused);
    if (refused !== undefined) expect(outcome.policy).toContain("default-src 'none'");
  });

  it.each([
    ["GET", "/", undefined, 200],
    ["GET", "/assets/nothing.js", undefined, 200],
    ["POST", "/nothing", undefined, 404],
    ["POST", "/api/status", undefined, 401],
    ["POST", "/api/nothing", "right", 404],
    ["POST", "/api/events", "right", 400],
    ["POST", "/mcp", undefined, 401],
    ["POST", "/mcp", "right", 400],
  ] as const)(
    "sends its policy with every answer: %s %s with the %s token",
    async (method, path, key, status) => {
      const answer = await fetch(new URL(path, url.origin), {
        method,
        ...(method === "POST" && { body: '{"limit":"many"}' }),
        headers: {
          "content-type": "application/json",
          ...(key === "right" && { authorization: `Bearer ${token()}` }),
        },
      });
      expect(answer.status).toBe(status);
      const policy = answer.headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/script-src[^;]*unsafe/);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    },
  );
});
