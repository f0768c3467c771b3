// A Phoenix application that runs already, whichever it is: questions about what nobody here wrote. With examples/hello_phoenix
// and a browser also the story of its README.
//
//   ELIXIRSCOPE_PHOENIX_NODE=hello@127.0.0.1 ELIXIRSCOPE_PHOENIX_COOKIE=… ELIXIRSCOPE_PHOENIX_URL=http://127.0.0.1:4000
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DistConnection, readCookie } from "@elixirscope/dist";
import { atom } from "@elixirscope/etf";
import { Engine } from "elixirscope/engine";
import type { FlowAnswer, FlowHop, FlowSpan, StateRow } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../testkit/browser.ts";

const NODE = process.env.ELIXIRSCOPE_PHOENIX_NODE ?? "";
const URL_BASE = process.env.ELIXIRSCOPE_PHOENIX_URL ?? "http://127.0.0.1:4000";
const PHOENIX = NODE !== "";
if (!PHOENIX) {
  console.warn(
    "test/node/phoenix-live.test.ts is not run: ELIXIRSCOPE_PHOENIX_NODE names no node (ELIXIRSCOPE_PHOENIX_COOKIE, ELIXIRSCOPE_PHOENIX_URL go with it).",
  );
}

describe.runIf(PHOENIX)(`Phoenix on ${NODE}`, () => {
  let folder: string;
  let engine: Engine;
  let connection: DistConnection;
  let isHello = false;

  beforeAll(async () => {
    delete process.env.ERL_EPMD_PORT;
    const given = process.env.ELIXIRSCOPE_PHOENIX_COOKIE;
    const found = await readCookie(given === undefined ? {} : { flag: given });
    if ("error" in found) throw found.error;
    const { cookie } = found;
    folder = mkdtempSync(join(tmpdir(), "phoenix-live-"));
    engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
    await engine.call("attach", { node: NODE, cookie, level: "state" });
    connection = await DistConnection.connect({ node: NODE, cookie });
    const exists = await connection.rpc("code", "ensure_loaded", [atom("Elixir.Hello.Bug")]);
    isHello = JSON.stringify(exists).includes("module");
  });
  afterAll(async () => {
    await connection.close();
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  /** Asks again until the answer holds: events take a moment to arrive. */
  async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
    const end = Date.now() + 20_000;
    for (;;) {
      const answer = await ask();
      if (holds(answer) || Date.now() > end) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it("records a request with its status, duration and stages", async () => {
    const path = `/elixirscope-${Date.now()}`;
    const { status } = await fetch(`${URL_BASE}${path}`);
    const { rows } = await until(
      () => engine.call("requests", { path }),
      (answer) => answer.rows.some((row) => row.status !== null),
    );
    const lost = JSON.stringify(await engine.call("gaps", {}));
    const told = rows.map((row) => [row.method, row.path, row.status]);
    expect(told, `not recorded: ${lost}`).toEqual([["GET", path, status]]);
    expect(rows[0]!.durationNs).toBeGreaterThan(0);
  });

  it("knows the topics that somebody was subscribed to before the attach", async () => {
    const { rows } = await engine.call("topics", {});
    const count = await connection.rpc("Elixir.Process", "list", []);
    expect(Array.isArray(count)).toBe(true);
    for (const { subscribers } of rows) for (const { pid } of subscribers) expect(pid).toMatch(/^#PID</);
    if (isHello) expect(rows.map(({ topic }) => topic).join()).toContain("phx_presence:");
  });

  it("follows a click to the pixel, and finds the misspelt topic (hello_phoenix)", async () => {
    if (!isHello) return console.warn("The node is not examples/hello_phoenix: no click.");
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(URL_BASE);
      await page.waitForSelector("[data-phx-main].phx-connected");
      const before = Number(await page.textContent("#count"));
      await page.click("#increment");
      await page.waitForSelector(`#count:text-is("${before + 1}")`);
      const { rows } = await engine.call("liveViews", { search: "CounterLive" });
      const view = await until(
        () => engine.call("liveView", { liveView: rows[0]!.id }),
        ({ steps }) => steps.at(-1)?.type === "push" && steps.at(-1)!.assigns.length > 0,
      );
      const click = view.steps.findIndex(({ type }) => type === "event");
      expect(view.steps.slice(click).map(({ type }) => type)).toEqual([
        "event",
        "info",
        "component_update",
        "render",
        "push",
      ]);
      expect(view.steps.at(-1)!.assigns).toMatchObject([
        { key: "count", before: { text: String(before) }, after: { text: String(before + 1) } },
      ]);

      await connection.rpc("Elixir.Hello.Bug", "on", []);
      await page.click("#increment");
      const { rows: lost } = await until(
        () => engine.call("broadcasts", { topic: "counter:udpates" }),
        (answer) => answer.rows[0]?.reached === 0,
      );
      expect(lost[0]?.verdict).toBe(
        "broadcast on counter:udpates reached nobody; counter:updates has 1 subscriber",
      );
    } finally {
      await connection.rpc("Elixir.Hello.Bug", "off", []);
      await browser.close();
    }
  });

  it("has the states of a LiveView and of a channel after each callback (hello_phoenix) [state.live-view] [state.channel]", async () => {
    if (!isHello) return console.warn("The node is not examples/hello_phoenix: no states.");
    const browser = await launchBrowser();
    const states = async (process: string): Promise<readonly StateRow[]> =>
      (await engine.call("states", { process, diff: true, order: "oldest_first", limit: 1_000 })).rows;
    try {
      const page = await browser.newPage();
      await page.goto(URL_BASE);
      await page.waitForSelector("[data-phx-main].phx-connected");
      const before = Number(await page.textContent("#count"));
      await page.click("#increment");
      await page.waitForSelector(`#count:text-is("${before + 1}")`);
      const { rows } = await engine.call("liveViews", { search: "CounterLive" });
      const { processes } = await engine.call("liveView", { liveView: rows[0]!.id });
      const caused = (row: StateRow): boolean => row.cause?.summary === `{:count, ${before + 1}}`;
      const found = await until(
        () => states(processes.at(-1)!.handle),
        (all) => all.some(caused),
      );
      const counted = found.find(caused);
      expect(counted).toMatchObject({
        callback: "Phoenix.LiveView.Channel.handle_info/2",
        causeCertain: true,
        changed: true,
      });
      expect(counted!.diff!.changes).toContainEqual({
        path: ".socket.assigns.count",
        iex: "state.socket.assigns.count",
        before: String(before),
        after: String(before + 1),
      });

      await page.goto(`${URL_BASE}/room`);
      const channel = await until(
        async () => (await engine.call("channels", { search: "room:lobby" })).rows[0],
        (row) => row?.joined === true,
      );
      const joined = await until(
        () => states(channel!.process!.handle),
        (all) => all.some(({ cause }) => cause?.summary === ":after_join"),
      );
      expect(joined[0]).toMatchObject({ callback: "Phoenix.Channel.Server.init/1", occasion: "init" });
      expect(joined[1]!.cause?.summary).toMatch(/^\{Phoenix\.Channel, /);
      expect(joined[1]!.state.text).toContain("channel: HelloWeb.RoomChannel");
    } finally {
      await browser.close();
    }
  });

  /** The newest flow of a click on the counter, as soon as it is whole: its last hop taken and every callback ended. */
  async function flowOfClick(
    after: string | undefined,
    whole: (flow: FlowAnswer) => boolean,
  ): Promise<FlowAnswer> {
    const title = "click increment on HelloWeb.CounterLive";
    const { rows } = await until(
      () => engine.call("flows", { entry: title, limit: 1 }),
      (answer) => answer.rows.length > 0 && answer.rows[0]!.id !== after,
    );
    return until(() => engine.call("flow", { flow: rows[0]!.id }), whole);
  }
  const hopTo = ({ hops }: FlowSpan, wanted: (hop: FlowHop) => boolean): FlowHop | undefined =>
    hops.find((hop) => !hop.reply && wanted(hop));
  const worker = ({ root }: FlowAnswer): FlowSpan | null | undefined => {
    const event = hopTo(root, ({ span }) => span !== null)?.span;
    return event && hopTo(event, ({ to }) => to?.name === "Hello.Counters.Worker")?.span;
  };
  const types = (span: FlowSpan | null | undefined): readonly string[] =>
    span?.steps.map(({ type }) => type) ?? [];

  it("shows the click as one flow, from the socket to the bytes for the browser, and where the bug stops it (hello_phoenix)", async () => {
    if (!isHello) return console.warn("The node is not examples/hello_phoenix: no click.");
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(URL_BASE);
      await page.waitForSelector("[data-phx-main].phx-connected");
      const [earlier] = (await engine.call("flows", { entry: "click increment", limit: 1 })).rows;
      const before = Number(await page.textContent("#count"));
      await page.click("#increment");
      await page.waitForSelector(`#count:text-is("${before + 1}")`);
      const flow = await flowOfClick(earlier?.id, (found) => {
        const info = worker(found)?.hops.find(({ span }) => types(span).includes("push"))?.span;
        return types(worker(found)).includes("state") && types(info).includes("state");
      });
      expect(flow).toMatchObject({ complete: true, failed: false, entry: "socket message" });
      const event = hopTo(flow.root, ({ span }) => span !== null)!;
      expect(types(event.span)).toEqual(["event"]);
      expect(event.span!.steps[0]!.text).toBe('handle_event "increment"(value)');
      const count = worker(flow)!;
      expect(types(count)).toEqual(["broadcast", "state"]);
      expect(count.steps[0]!.text).toBe("broadcast on counter:updates reached 1 process");
      expect(count.steps[0]!.broadcast!.receivers).toEqual([event.to]);
      expect(count.steps[1]!.changes).toEqual([
        { path: ".count", iex: "state.count", before: String(before), after: String(before + 1) },
      ]);
      expect(count.hops.map(({ to, reply }) => [to?.handle, reply])).toEqual(
        expect.arrayContaining([
          [event.to!.handle, false],
          [event.to!.handle, true],
        ]),
      );
      const audit = hopTo(count, ({ to }) => to?.name === "Hello.Counters.Audit")!;
      expect(types(audit.span)).toEqual(["state"]);
      const info = hopTo(count, ({ to }) => to?.handle === event.to!.handle)!.span!;
      expect(types(info)).toEqual(["info", "render", "component_update", "push", "state"]);
      expect(info.steps[0]!.text).toBe(`handle_info {:count, ${before + 1}}`);
      expect(info.steps.at(-1)!.changes[0]).toMatchObject({
        path: ".count",
        before: String(before),
        after: String(before + 1),
      });
      const frame = hopTo(info, ({ frameBytes }) => frameBytes !== null)!;
      expect(frame.to).toEqual(flow.root.process);
      expect(frame.received).not.toBeNull();
      expect(frame.summary).toContain(`"${before + 1}"`);

      await connection.rpc("Elixir.Hello.Bug", "on", []);
      await page.click("#increment");
      const lost = await flowOfClick(flow.id, (found) => worker(found)?.steps[0]?.broadcast?.reached === 0);
      expect(worker(lost)!.steps[0]!.text).toBe(
        "broadcast on counter:udpates reached nobody; counter:updates has 1 subscriber",
      );
      const page1 = hopTo(lost.root, ({ span }) => span !== null)!.to!;
      expect(hopTo(worker(lost)!, ({ to }) => to?.handle === page1.handle)).toBeUndefined();
      const { rows } = await engine.call("broadcasts", { topic: "counter:udpates", limit: 1 });
      expect(rows[0]!.flow).toBe(lost.id);
    } finally {
      await connection.rpc("Elixir.Hello.Bug", "off", []);
      await browser.close();
    }
  });

  it("names the leak of hello_phoenix and nothing else", async () => {
    const answer = await engine.call("boundaries", { countMs: 100 });
    expect(answer.web.length).toBeGreaterThan(0);
    if (!isHello) return;
    expect(answer.leaks).toMatchObject([
      {
        kind: "web_calls_internals",
        caller: "HelloWeb.CountController.show/2",
        callee: "Hello.Counters.Worker.count/0",
        file: "lib/hello_web/controllers/count_controller.ex",
        line: 6,
      },
    ]);
    expect(answer.leaks[0]!.calls).toBeGreaterThanOrEqual(0);
  });
});
