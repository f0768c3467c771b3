import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LiveViewAnswer, LiveViewStepRow } from "../protocol/index.ts";
import { openDuckDbStore } from "../store/index.ts";
import { Engine } from "./engine.ts";

// What examples/hello_phoenix did on real Phoenix, in a real browser: test/recordings/README.md.

const NAMES = ["phoenix-1.7", "phoenix-1.8"] as const;
/** Typed into the login form while it was recorded: a wrong one and the right one. */
const PASSWORDS = ["not-this-one-42", "lovelace-1815"] as const;

describe.each(NAMES)("recording of %s", (name) => {
  let folder: string;
  let file: string;
  let engine: Engine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "phoenix-recording-"));
    file = join(folder, `${name}.esrec`);
    const packed = new URL(`../../../../test/recordings/${name}.esrec.gz`, import.meta.url);
    writeFileSync(file, gunzipSync(readFileSync(fileURLToPath(packed))));
    engine = await Engine.start({ version: "0.0.0", open: file });
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  /** The page that was clicked, crashed and mounted again. */
  async function counter(): Promise<LiveViewAnswer> {
    const { rows } = await engine.call("liveViews", {});
    const crashed = rows.find(({ crashes }) => crashes > 0);
    return engine.call("liveView", { liveView: crashed!.id });
  }

  it("has each request with handler, status and stages", async () => {
    const { rows, complete } = await engine.call("requests", {});
    expect(complete).toBe(true);
    const told = rows
      .toReversed()
      .map(({ method, path, status, handler }) => [method, path, status, handler]);
    expect(told.filter(([, path]) => path !== "/favicon.ico")).toEqual([
      ["GET", "/", 200, "HelloWeb.CounterLive"],
      ["GET", "/room", 200, "HelloWeb.RoomController.show"],
      ["GET", "/login", 200, "HelloWeb.SessionController.new"],
      ["POST", "/login", 401, "HelloWeb.SessionController.create"],
      ["POST", "/login", 302, "HelloWeb.SessionController.create"],
      ["GET", "/", 200, "HelloWeb.CounterLive"],
      ["GET", "/broken", 500, "HelloWeb.RoomController.broken"],
      ["GET", "/api/count", 200, "HelloWeb.CountController.show"],
      ["GET", "/", 200, "HelloWeb.CounterLive"],
    ]);
    const page = rows.find(({ path }) => path === "/room")!;
    expect(page.route).toBe("/room");
    expect(page.stages.map(({ name: stage, what }) => [stage, what])).toEqual([
      ["render", "HelloWeb.RoomHTML show"],
      ["render", "HelloWeb.Layouts root"],
      ["router", "/room"],
      ["server", ""],
    ]);
    for (const { startNs, durationNs } of page.stages.slice(0, 2))
      expect(startNs + durationNs).toBeLessThanOrEqual(page.durationNs!);
    expect(page.process?.handle).toMatch(/^p-\d+$/);
  });

  it("tells of a request that failed what was raised and where", async () => {
    const { rows } = await engine.call("requests", { failed: true });
    const broken = rows.filter(({ path }) => path === "/broken");
    expect(broken).toHaveLength(1);
    expect(broken[0]!.error).toMatchObject({
      kind: "error",
      exception: "RuntimeError",
      message: "this page is broken",
    });
    expect(broken[0]!.error!.frames[0]).toEqual({
      function: "HelloWeb.RoomController.broken",
      place: "lib/hello_web/controllers/room_controller.ex:7",
    });
  });

  it("follows a click from the event to what was sent to the browser, with the assigns that it changed", async () => {
    const { steps, view } = await counter();
    expect(view).toBe("HelloWeb.CounterLive");
    const click = steps.findIndex(({ type, name: event }) => type === "event" && event === "increment");
    const after = steps.slice(click, click + 5);
    expect(after.map(({ type }) => type)).toEqual(["event", "info", "component_update", "render", "push"]);
    expect(after[1]!.detail?.text).toMatch(/^\{:count, \d+\}$/);
    expect(after[2]!.name).toBe("HelloWeb.HistoryComponent");
    const [change] = after[4]!.assigns;
    expect(change?.key).toBe("count");
    expect(Number(change?.after?.text)).toBe(Number(change?.before?.text) + 1);
    expect(after[4]!.detail?.text).toContain(`"${change?.after?.text}"`);
    for (const { id } of after) expect((await engine.call("event", { id })).id).toBe(id);
  });

  it("has the dead render, events of components, patches and asyncs", async () => {
    const { steps } = await counter();
    const kinds = (type: string): readonly LiveViewStepRow[] => steps.filter((step) => step.type === type);
    expect(kinds("mount").map(({ connected }) => connected)).toEqual([false, true, true]);
    expect(kinds("component_event").map(({ name: event }) => event)).toEqual(["HelloWeb.StepComponent step"]);
    expect(kinds("info").map(({ detail }) => detail?.text)).toContain("{:step, 2}");
    expect(kinds("handle_params").some(({ name: uri }) => uri.endsWith("/?step=2"))).toBe(true);
    expect(kinds("async").map(({ name: key, failed }) => [key, failed])).toEqual([["audit", false]]);
  });

  it("knows a crash and the page that came after it as one session", async () => {
    const page = await counter();
    expect(page.processes).toHaveLength(2);
    expect(page.crashes).toBe(1);
    const raised = page.steps.find(({ type, failed }) => type === "event" && failed);
    expect(raised?.name).toBe("crash");
    const crash = page.steps.find(({ type }) => type === "crash");
    expect(crash?.detail?.text).toContain("the page was asked to crash");
    expect(crash?.process).toEqual(page.processes[0]);
    expect(page.alive).toBe(false);
  });

  it("shows the component tree of the newest state", async () => {
    const { components, assigns } = await counter();
    const modules = components.map(({ module, parent, componentId }) => [module, parent, componentId?.text]);
    expect(new Set(modules)).toEqual(
      new Set([
        ["HelloWeb.HistoryComponent", null, '"history"'],
        ["HelloWeb.StepComponent", null, '"step"'],
      ]),
    );
    expect(assigns.map(({ key }) => key)).toEqual(expect.arrayContaining(["audit", "count", "step", "user"]));
  });

  it("finds the broadcast that reached nobody, and the topic that was meant", async () => {
    const { rows } = await engine.call("broadcasts", { topic: "counter:udpates" });
    expect(rows.map(({ verdict }) => verdict)).toEqual([
      "broadcast on counter:udpates reached nobody; counter:updates has 1 subscriber",
    ]);
    const [lost] = rows;
    expect(lost!.process?.label).toBe("Hello.Counters.Worker");
    expect(lost!.message?.text).toMatch(/^\{:count, \d+\}$/);
    const { rows: heard } = await engine.call("broadcasts", { topic: "counter:updates" });
    expect(heard.map(({ reached, receivers }) => [reached, receivers.length])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const { rows: unheard } = await engine.call("broadcasts", { unheard: true });
    expect(unheard.map(({ topic }) => topic)).toContain("counter:udpates");
    expect(unheard.map(({ topic }) => topic)).not.toContain("counter:updates");
  });

  it("knows topics with their subscribers, from before the attach too", async () => {
    const { rows } = await engine.call("topics", {});
    const presence = rows.find(({ topic }) => topic.startsWith("phx_presence:"));
    expect(presence?.subscribers.map(({ label }) => label)).toEqual(["HelloWeb.Presence_shard0"]);
    // Every page was closed before the end.
    expect(rows.find(({ topic }) => topic === "counter:updates")).toMatchObject({
      pubsub: "Hello.PubSub",
      subscribers: [],
      broadcasts: 2,
      unheard: 0,
    });
  });

  it("has channels with what went in and out, presence, and a refused join", async () => {
    const { rows } = await engine.call("channels", {});
    const joins = rows.map(({ topic, joined, channel }) => [topic, joined, channel]);
    expect(joins).toEqual([
      ["room:secret", false, "HelloWeb.RoomChannel"],
      ["room:lobby", true, "HelloWeb.RoomChannel"],
    ]);
    const lobby = rows.find(({ joined }) => joined)!;
    const told = lobby.steps.map(({ type, name: what }) => `${type} ${what}`.trim());
    expect(told).toEqual(["info", "track guest", "push presence_state", "in say", "reply ok", "info"]);
    // The last one: the connection of its browser is down.
    expect(lobby.steps.at(-1)?.detail?.text).toMatch(/^\{:DOWN, /);
    expect(lobby.steps.find(({ type }) => type === "in")?.detail?.text).toBe('%{"text" => "hello"}');
    expect(lobby.endedAt).not.toBeNull();
  });

  it("has no password in any payload", async () => {
    const store = await openDuckDbStore(file, { mode: "read" });
    let seen = 0;
    let forms = 0;
    for (let afterId = 0; ; ) {
      const events = await store.events({ afterId, order: "oldest_first", limit: 5_000 });
      for (const { payload, id } of events) {
        const text = Buffer.from(payload).toString("latin1");
        for (const password of PASSWORDS) expect(text.includes(password), `event ${id}`).toBe(false);
        if (/password.{1,8}\*{6}/s.test(text)) forms++;
        afterId = id;
      }
      seen += events.length;
      if (events.length < 5_000) break;
    }
    await store.close();
    expect(seen).toBeGreaterThan(5_000);
    // The form was posted, and its fields are there: only what was typed is not.
    expect(forms).toBeGreaterThan(0);
    const raw = readFileSync(file).toString("latin1");
    for (const password of PASSWORDS) expect(raw.includes(password)).toBe(false);
  });

  it("refuses a LiveView that it does not know", async () => {
    await expect(engine.call("liveView", { liveView: "phx-nothing" })).rejects.toMatchObject({
      code: "QUERY_NO_SUCH_LIVE_VIEW",
    });
  });
});
