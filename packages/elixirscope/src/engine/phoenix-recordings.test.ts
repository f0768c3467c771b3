import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlowAnswer, FlowHop, FlowSpan, LiveViewAnswer, LiveViewStepRow } from "../protocol/index.ts";
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
    const { components, assigns, processes } = await counter();
    const newest = components.filter(({ process }) => process?.pid === processes.at(-1)!.pid);
    const modules = newest.map(({ module, parent, componentId }) => [module, parent, componentId?.text]);
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

  /** The newest flow with this title, or one before it. */
  async function flowOf(title: string, back = 0): Promise<FlowAnswer> {
    const { rows } = await engine.call("flows", { entry: title, limit: 2_000 });
    return engine.call("flow", { flow: rows.filter((row) => row.title === title)[back]!.id });
  }
  const steps = (span: FlowSpan | null | undefined): readonly string[] =>
    span?.steps.map(({ text }) => text.replace(/ \d+/g, " N")) ?? [];
  const hopTo = (span: FlowSpan, label: string): FlowHop =>
    span.hops.find(({ to, span: next }) => next !== null && to?.label.includes(label) === true)!;

  it("calls flows by what a person did", async () => {
    const { rows } = await engine.call("flows", { limit: 2_000 });
    const titles = new Set(rows.map(({ title }) => title));
    for (const title of [
      "GET /",
      "POST /login",
      "GET /api/count",
      "GET /broken",
      "GET /assets/phoenix.min.js",
      "join HelloWeb.CounterLive",
      "click increment on HelloWeb.CounterLive",
      "click step on HelloWeb.CounterLive",
      "click crash on HelloWeb.CounterLive",
      "join room:lobby",
      "say on room:lobby",
    ])
      expect(titles).toContain(title);
    expect(rows.filter(({ complete }) => !complete)).toEqual([]);
  });

  it("shows a click as one flow, from the socket to the bytes for the browser", async () => {
    const flow = await flowOf("click increment on HelloWeb.CounterLive", 1);
    const event = hopTo(flow.root, "CounterLive");
    expect(steps(event.span)).toEqual(['handle_event "increment"(value)']);
    const call = hopTo(event.span!, "Hello.Counters.Worker");
    const audit = hopTo(call.span!, "Hello.Counters.Audit");
    expect(audit.span?.steps.map(({ type }) => type)).toEqual(["state"]);
    const told = call.span!.steps;
    expect(told.map(({ type }) => type)).toEqual(["broadcast", "state"]);
    expect(told[0]!.text).toBe("broadcast on counter:updates reached 1 process");
    expect(told[0]!.broadcast?.receivers).toEqual([event.to]);
    const [count] = told[1]!.changes;
    expect(count?.path).toBe(".count");
    const info = hopTo(call.span!, "CounterLive");
    const last = info.span!.steps;
    expect(last.map(({ type }) => type)).toEqual(["info", "render", "component_update", "push", "state"]);
    expect(last[0]!.text).toBe(`handle_info {:count, ${count?.after}}`);
    expect(last[1]!.durationNs).toBeGreaterThan(0);
    expect(last[4]!.changes[0]).toMatchObject({ path: ".count", after: count?.after });
    const frame = info.span!.hops.find(({ frameBytes }) => frameBytes !== null)!;
    expect(frame.summary).toMatch(/^\d+ bytes to the browser: \["\d+",null,"lv:phx-.*","diff",/);
    expect(frame.summary).toContain(`"${count?.after}"`);
    expect(frame.to).toEqual(flow.root.process);
    expect(call.span!.hops.filter(({ reply }) => reply).map(({ to }) => to)).toEqual([event.to]);
  });

  it("says of a click that changed nothing whom its broadcast did not reach", async () => {
    const flow = await flowOf("click increment on HelloWeb.CounterLive");
    const call = hopTo(hopTo(flow.root, "CounterLive").span!, "Hello.Counters.Worker");
    const [broadcast] = call.span!.steps;
    expect(broadcast).toMatchObject({
      type: "broadcast",
      text: "broadcast on counter:udpates reached nobody; counter:updates has 1 subscriber",
      broadcast: { topic: "counter:udpates", reached: 0, nearest: { topic: "counter:updates" } },
    });
    expect(call.span!.hops.filter(({ reply, to }) => !reply && to?.label.includes("CounterLive"))).toEqual(
      [],
    );
  });

  it("shows requests, crashes, asyncs and channels in their flows", async () => {
    const broken = await flowOf("GET /broken");
    expect(broken.root.steps.map(({ type }) => type)).toContain("render");
    expect(broken.root.steps.find(({ type }) => type === "request")).toMatchObject({
      text: "GET /broken → 500 by HelloWeb.RoomController.broken ⇒ RuntimeError: this page is broken at lib/hello_web/controllers/room_controller.ex:7",
      failed: true,
    });
    const crash = await flowOf("click crash on HelloWeb.CounterLive");
    const view = hopTo(crash.root, "CounterLive").span!;
    expect(crash.failed).toBe(true);
    expect(view.failure?.text).toContain("the page was asked to crash");
    expect(steps(view)[0]).toBe('handle_event "crash" ⇒ RuntimeError: the page was asked to crash');
    const audit = await flowOf("click audit on HelloWeb.CounterLive");
    const page = hopTo(audit.root, "CounterLive").span!;
    const done = page.hops.map(({ span }) => span?.hops.find(({ to }) => to?.label === page.process?.label));
    expect(done.flatMap((hop) => hop?.span?.steps.map(({ type }) => type) ?? [])).toEqual(
      expect.arrayContaining(["async", "render", "push", "state"]),
    );
    const say = await flowOf("say on room:lobby");
    const room = say.root.hops[0]!.span!;
    expect(steps(room)).toEqual(
      expect.arrayContaining(['handle_in "say"(text)', "broadcast on room:lobby reached N process"]),
    );
    const lines = room.hops.map(({ summary }) => summary).join();
    expect(lines).toContain('"room:lobby","said"');
    expect(lines).toContain('"phx_reply"');
    const refused = await flowOf("join room:secret");
    expect(refused.root.hops.flatMap(({ span }) => steps(span))).toContain("is refused room:secret");
  });

  it("names the flow of requests, steps of LiveViews and channels, broadcasts and states", async () => {
    const click = await flowOf("click increment on HelloWeb.CounterLive");
    const view = hopTo(click.root, "CounterLive").to!;
    const { rows: broadcasts } = await engine.call("broadcasts", { topic: "counter:udpates" });
    expect(broadcasts[0]!.flow).toBe(click.id);
    const { steps: told } = await engine.call("liveView", { liveView: view.handle });
    expect(told.filter(({ flow }) => flow === click.id).map(({ type }) => type)).toEqual(["event"]);
    const { rows: states } = await engine.call("states", {
      process: "Hello.Counters.Worker",
      order: "newest_first",
    });
    expect(states.filter(({ flow }) => flow === click.id)).toHaveLength(1);
    const { rows: requests } = await engine.call("requests", { path: "/broken" });
    expect(requests[0]!.flow).toBe((await flowOf("GET /broken")).id);
    const { rows: rooms } = await engine.call("channels", { search: "room:lobby" });
    const said = rooms[0]!.steps.find(({ type }) => type === "in");
    expect(said?.flow).toBe((await flowOf("say on room:lobby")).id);
  });

  it("knows who joined a topic and how they left", async () => {
    const { rows } = await engine.call("presences", { search: "room:" });
    expect(rows.map(({ topic, key, by }) => [topic, key, by])).toEqual([["room:lobby", "guest", "ended"]]);
    const [guest] = rows;
    expect(guest!.leftAt).toBeGreaterThan(guest!.t);
    expect(guest!.flow).toBe((await flowOf("join room:lobby")).id);
    expect((await engine.call("presences", { present: true })).rows).toEqual([]);
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
