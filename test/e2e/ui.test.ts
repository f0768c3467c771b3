import type { Status } from "elixirscope/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { untilNoTraceOfUs } from "../testkit/traces-of-us.ts";
import { type CliProcess, CliWorld } from "./support/cli-process.ts";
import { type BuiltHello, buildHello, startHello } from "./support/hello.ts";
import { pressKeys, watchedPage } from "./support/page.ts";

let hello: BuiltHello;
let node: ErlangNode;
let world: CliWorld;
let browser: Browser;
let cli: CliProcess;
let page: Page;
let url: string;
let problems: string[];

beforeAll(async () => {
  hello = await buildHello();
  node = await startHello(hello);
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  browser = await launchBrowser();
  cli = world.start("attach", node.name, "--level", "messages", "--json", "--no-open");
  url = (await cli.firstJson<{ readonly url: string }>()).url;
});

afterAll(async () => {
  cli?.signal("SIGINT");
  await browser?.close();
  await node?.stop();
  await world?.remove();
  await hello?.remove();
});

beforeEach(async () => {
  ({ page, problems } = await watchedPage(browser));
  await page.goto(url);
  await page.getByText("connected", { exact: true }).waitFor();
});

afterEach(async () => {
  await page.close();
  expect(problems, "nothing fails silently in the page").toEqual([]);
});

/** As the page has it. */
async function status(): Promise<Status> {
  const answer = await fetch(new URL("/api/status", url), {
    method: "POST",
    body: "{}",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${new URL(url).hash.replace("#token=", "")}`,
    },
  });
  return (await answer.json()) as Status;
}

const tree = () => page.getByRole("tree", { name: "Process tree" });
const events = () => page.getByRole("grid", { name: "Events" });
const inspector = () => page.getByRole("complementary", { name: "Inspector" });

describe("the UI on a live node", () => {
  it("takes the token out of the address bar", async () => {
    await expect.poll(() => page.url()).not.toContain("token");
  });

  it("shows the supervision tree, and a new process in it as it comes", async () => {
    await pressKeys(page, "g p");
    await tree()
      .getByRole("treeitem", { name: /Hello\.CounterSupervisor/ })
      .waitFor();
    await page.getByLabel("Search processes").fill("newcomer");
    await node.eval("register(newcomer, spawn(fun() -> receive stop -> ok end end))");
    await tree().getByText(":newcomer").waitFor();
    await node.eval("newcomer ! stop");
    await tree().getByText(":newcomer").waitFor({ state: "detached" });
  });

  it("says of a supervisor that it does not answer, until it does", async () => {
    await pressKeys(page, "g p");
    await page.getByLabel("Search processes").fill("CounterSupervisor");
    // It is asked for its children when its links have changed.
    await node.eval(`
      Supervisor = whereis('Elixir.Hello.CounterSupervisor'),
      sys:suspend(Supervisor),
      register(linked, spawn(fun() -> link(Supervisor), receive stop -> ok end end))`);
    await tree().getByText("does not answer").waitFor();
    await node.eval("sys:resume('Elixir.Hello.CounterSupervisor'), linked ! stop");
    await tree().getByText("does not answer").waitFor({ state: "detached" });
  });

  it("keeps every limit that is set when one of them is changed", async () => {
    const sample = async (): Promise<unknown> => {
      const { nodes } = await status();
      return nodes[0]?.control.sample;
    };
    await page.getByRole("button", { name: "limits…" }).click();
    const form = page.getByRole("dialog", { name: "Who, how much, at what price" });
    await form.getByLabel("Every n-th flow").fill("10");
    await form.getByLabel("Told/s of each function").fill("500");
    await form.getByRole("button", { name: "Apply" }).click();
    await form.waitFor({ state: "detached" });
    expect(await sample()).toEqual({ everyNthFlow: 10, toldPerSecond: 500 });
    await page.getByRole("button", { name: "limits set" }).click();
    await form.getByLabel("Events/s").fill("900000");
    await form.getByRole("button", { name: "Apply" }).click();
    await form.waitFor({ state: "detached" });
    expect(await sample()).toEqual({ everyNthFlow: 10, toldPerSecond: 500 });
    await page.getByRole("button", { name: "limits set" }).click();
    for (const label of ["Every n-th flow", "Told/s of each function", "Events/s"])
      await form.getByLabel(label).fill("");
    await form.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("button", { name: "limits…" }).waitFor();
  });

  it("goes to a process's page and shows its messages", async () => {
    await pressKeys(page, "g p");
    await page.getByLabel("Search processes").fill("Hello.Counter");
    await tree().getByText("Hello.Counter", { exact: true }).click();
    await inspector().getByText("Hello.Counter", { exact: true }).first().waitFor();
    await page.keyboard.press("Enter");
    await events()
      .getByText(/:increment/)
      .first()
      .waitFor();
    await expect.poll(() => page.url()).toMatch(/\/processes?\/p-\d+/);
  });

  it("finds what was sent by the keyboard alone: filter, pause, move, read the whole term", async () => {
    await pressKeys(page, "g e");
    await page.getByLabel("Only events of this tag").fill("from_the_test");
    await page.keyboard.press("Enter");
    await node.eval('code_server ! {from_the_test, lists:seq(1, 30), <<"the whole of it">>}');
    await events()
      .getByText(/from_the_test/)
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Space");
    await page.keyboard.press("j");
    await inspector()
      .getByText(/the whole of it/)
      .waitFor();
    await expect.poll(() => page.url()).toMatch(/sel=e-\d+/);
    // The same view from its address alone, in another tab of the same browser session.
    await page.reload();
    await inspector()
      .getByText(/the whole of it/)
      .waitFor();
  });

  it("changes the level on the node", async () => {
    await page.getByRole("radio", { name: "observe" }).click();
    await expect
      .poll(() =>
        node.eval("erlang:trace_info(new_processes, flags)").then((flags) => flags.includes("send")),
      )
      .toBe(false);
    await page.getByRole("radio", { name: "messages" }).click();
    await expect
      .poll(() =>
        node.eval("erlang:trace_info(new_processes, flags)").then((flags) => flags.includes("send")),
      )
      .toBe(true);
  });

  it("saves a view by a name in the recording: to go back to, to rename, to share without the token", async () => {
    const menu = page.getByRole("dialog", { name: "Saved views" });
    const place = (): string => {
      const { pathname, search } = new URL(page.url());
      return pathname + search;
    };
    await pressKeys(page, "g e");
    await page.getByLabel("Only events of this tag").fill("of_interest");
    await page.keyboard.press("Enter");
    await expect.poll(place).toBe("/events?tag=of_interest");
    await page.getByRole("button", { name: "Saved views" }).click();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await menu.getByRole("button", { name: "copy the link to this view" }).click();
    await expect
      .poll(() => page.evaluate<string>("navigator.clipboard.readText()"))
      .toBe(`${new URL(url).origin}/events?tag=of_interest`);
    await menu.getByLabel("Name of this view").fill("Of interest");
    await page.keyboard.press("Enter");
    await menu.getByRole("link", { name: "Of interest" }).waitFor();
    await menu.getByRole("button", { name: "Rename Of interest" }).click();
    await menu.getByLabel("Other name of Of interest").fill("Mine");
    await page.keyboard.press("Enter");
    await menu.getByRole("link", { name: "Mine" }).waitFor();
    await page.goto(url);
    await page.getByText("connected", { exact: true }).waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("view: mine");
    await page.getByRole("option", { name: /^View: Mine/ }).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(place).toBe("/events?tag=of_interest");
    await page.getByRole("button", { name: "Saved views" }).click();
    await menu.getByRole("button", { name: "Delete Mine" }).click();
    await menu.getByRole("link", { name: "Mine" }).waitFor({ state: "detached" });
  });

  it("completes call patterns from what the node has loaded, and marks the column of what is wrong", async () => {
    await page.getByRole("radio", { name: "calls…" }).click();
    const form = page.getByRole("dialog", { name: "Calls to record" });
    const field = form.getByRole("textbox");
    await field.fill("");
    await field.pressSequentially(":lists.sort/1\nHello.Coun");
    await form.getByRole("option", { name: "Hello.Counter", exact: true }).waitFor();
    await field.press("Enter");
    await expect.poll(() => field.inputValue()).toBe(":lists.sort/1\nHello.Counter");
    await field.pressSequentially(".handle_ca");
    await form.getByRole("option", { name: "Hello.Counter.handle_call/3" }).click();
    await expect.poll(() => field.inputValue()).toBe(":lists.sort/1\nHello.Counter.handle_call/3");
    await field.fill("Hello.Counter.add(_, %{qty: q}) when q >");
    await form.getByRole("button", { name: "Record calls" }).click();
    await expect.poll(() => form.getByRole("alert").locator("pre").textContent()).toMatch(/\n *\^/);
    expect(problems.splice(0)).toEqual([expect.stringContaining("422")]);
  });

  it("records the lines of a module that one names, and puts its code back", async () => {
    const before = await node.eval("'Elixir.Hello.Counter':module_info(md5)");
    await page.getByRole("radio", { name: "lines…" }).click();
    const form = page.getByRole("dialog", { name: "Lines to record" });
    await form.getByRole("textbox").fill("Hello.Nowhere");
    await form.getByRole("button", { name: "Record lines" }).click();
    await form
      .getByRole("alert")
      .getByText(/Hello\.Nowhere/)
      .waitFor();
    // A refusal that the page shows; the browser notes it as well.
    expect(problems.splice(0)).toEqual([expect.stringContaining("422")]);
    await form.getByRole("textbox").fill("Hello.Counter");
    await form.getByRole("button", { name: "Record lines" }).click();
    await form.waitFor({ state: "detached" });
    await pressKeys(page, "g e");
    await node.eval("gen_server:cast('Elixir.Hello.Counter', increment)");
    await events().getByText("line", { exact: true }).first().waitFor();
    await page.getByRole("radio", { name: "messages" }).click();
    await expect.poll(() => node.eval("'Elixir.Hello.Counter':module_info(md5)")).toBe(before);
  });

  it("shows a term that looks like HTML as text", async () => {
    await pressKeys(page, "g e");
    await page.getByLabel("Only events of this tag").fill("evil");
    await page.keyboard.press("Enter");
    await node.eval(`code_server ! {evil, <<"<img src=x onerror=document.title='owned'>">>}`);
    await events()
      .getByText(/onerror/)
      .first()
      .waitFor();
    expect(await page.title()).not.toBe("owned");
    expect(await page.locator("img").count()).toBe(0);
  });
});

describe("who may come in", () => {
  const ask = (headers: Record<string, string>, host = new URL(url).host): Promise<number> =>
    fetch(`http://${host}/api/status`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", ...headers },
    }).then((response) => response.status);

  it("is nobody without the token, from another origin or under another name", async () => {
    const token = new URL(url).hash.replace("#token=", "");
    const authorization = `Bearer ${token}`;
    expect(await ask({ authorization })).toBe(200);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: "Bearer wrong" })).toBe(401);
    expect(await ask({ authorization, origin: "http://evil.example" })).toBe(403);
    // DNS rebinding: a foreign name that resolves to us. The Host header is what gives it away.
    const port = new URL(url).port;
    const { request } = await import("node:http");
    const rebound = await new Promise<number>((resolve, reject) => {
      const asked = request(
        {
          host: "127.0.0.1",
          port,
          path: "/api/status",
          method: "POST",
          headers: { host: `evil.example:${port}`, authorization },
        },
        (response) => resolve(response.statusCode ?? 0),
      );
      asked.on("error", reject).end("{}");
    });
    expect(rebound).toBe(403);
  });

  it("is no WebSocket from a foreign page, nor one without the token", async () => {
    const { WebSocket } = await import("ws");
    const outcome = (protocols: string[], origin?: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(
          `ws://${new URL(url).host}/api/live`,
          protocols,
          origin ? { origin } : {},
        );
        socket.once("open", () => {
          resolve("open");
          socket.close();
        });
        socket.once("error", (error) => resolve(error.message));
      });
    const token = new URL(url).hash.replace("#token=", "");
    expect(await outcome(["elixirscope.v1", `token.${token}`])).toBe("open");
    expect(await outcome(["elixirscope.v1"])).toMatch(/401/);
    expect(await outcome(["elixirscope.v1", `token.${token}`], "http://evil.example")).toMatch(/403/);
  });

  it("answers with a policy that runs no foreign script", async () => {
    const response = await fetch(new URL("/", url));
    expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("the panic button", () => {
  it("keeps in sight that a stop failed, with the way to try again", async () => {
    await page.route(/\/api\/detach/, (route) =>
      route.fulfill({
        status: 422,
        json: { error: { code: "TEST", message: "The agent does not answer." } },
      }),
    );
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    const alert = page.getByRole("alert").filter({ hasText: "Not stopped." });
    await alert.getByText("The agent does not answer. The node may still be traced.").waitFor();
    await page.unroute(/\/api\/detach/);
    expect((await status()).nodes[0]!.state).toBe("connected");
    await alert.getByRole("button", { name: "Stop again" }).click();
    await page.getByText(`Detached from ${node.name}.`).waitFor();
    expect(await alert.count()).toBe(0);
    await page.getByRole("button", { name: "Attach again" }).click();
    await page.getByText("connected", { exact: true }).waitFor();
    // The answer that the test made up.
    expect(problems.splice(0)).toEqual([expect.stringContaining("422")]);
  });

  it("takes everything out of the node by one press of a key, and says so", async () => {
    await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
    await page.getByRole("button", { name: "limits…" }).click();
    await page.getByLabel("Applications").focus();
    await page.keyboard.press("Control+.");
    await page.getByText(`Detached from ${node.name}.`).waitFor();
    await untilNoTraceOfUs(node, 5_000);
    expect(await page.getByRole("button", { name: "Stop", exact: true }).count()).toBe(0);
    const before = (await status()).nodes[0]!;
    expect(before).toMatchObject({ state: "ended", reason: "detached" });
    // A node that lets nobody load code for a while.
    await node.eval(`register(holder, spawn(fun() ->
      erlang:suspend_process(whereis(code_server)), receive go -> ok end end)), ok`);
    await page.getByRole("button", { name: "Attach again" }).click();
    await page.getByText("It waits for the node to compile and load the agent.").waitFor();
    await node.eval("holder ! go, ok");
    await page.getByText("connected", { exact: true }).waitFor();
    expect((await status()).nodes[0]).toMatchObject({ state: "connected", level: before.level });
  });
});
