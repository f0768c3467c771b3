import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LiveViewAnswer, RequestAnswer, RequestStepRow } from "../protocol/index.ts";
import type { Engine } from "./engine.ts";
import { openRecording } from "./testing-recording.ts";

// Pages of examples/hello_phoenix that go wrong, navigate, and have components in components: test/recordings/README.md.

describe.each(["1.7", "1.8"] as const)("recording of Phoenix %s, pages", (version) => {
  let engine: Engine;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ engine, close } = await openRecording(`phoenix-${version}-pages`));
  });
  afterAll(() => close());

  /** The n-th request of a path, from the oldest on. */
  async function request(path: string, n = 0): Promise<RequestAnswer> {
    const { rows } = await engine.call("requests", { path });
    return engine.call("request", { id: rows.toReversed().filter((row) => row.path === path)[n]!.id });
  }

  const drawn = ({ depth, type, name, sent, halted, failed }: RequestStepRow): string =>
    [
      `${"  ".repeat(depth)}${type}`,
      name,
      ...(sent ? ["sent"] : []),
      ...(halted ? ["halted"] : []),
      ...(failed ? ["failed"] : []),
    ].join(" ");

  const changesOf = ({ steps }: RequestAnswer, name: string): readonly string[] =>
    steps.find((step) => step.name === name)!.changes.map(({ path, after }) => `${path} ${after}`);

  it("draws a request through endpoint, plugs, router, pipelines, controller and action", async () => {
    const answer = await request("/api/locked/7", 1);
    expect(answer).toMatchObject({ status: 200, plugs: true, handler: "HelloWeb.ShelfController.show" });
    expect(answer.steps.map(drawn)).toEqual([
      "endpoint HelloWeb.Endpoint",
      "  plug HelloWeb.Endpoint.socket_dispatch",
      "  plug Plug.Static",
      "  plug Plug.Static",
      "  plug Plug.Static",
      "  plug Plug.RequestId",
      "  plug Plug.Telemetry",
      "  plug Plug.Parsers",
      "  plug Plug.Head",
      "  plug Plug.Session",
      "  router HelloWeb.Router",
      "    pipeline api",
      "      plug Phoenix.Controller.accepts",
      "    pipeline locked",
      "      plug HelloWeb.RequireKey",
      "    controller HelloWeb.ShelfController",
      "      plug Phoenix.Controller.put_new_layout",
      "      plug Phoenix.Controller.put_new_view",
      "      plug HelloWeb.ShelfController.on_shelf",
      "      action HelloWeb.ShelfController.show sent",
    ]);
    // What is in it takes no longer than it does itself, and each begins after the one before.
    for (const { durationNs, ownNs } of answer.steps) {
      expect(durationNs).toBeGreaterThan(0);
      expect(ownNs).toBeGreaterThan(0);
      expect(ownNs).toBeLessThanOrEqual(durationNs!);
    }
    const starts = answer.steps.map(({ startNs }) => startNs);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  it("tells what each plug changed: parameters, assigns, status, headers", async () => {
    const answer = await request("/api/locked/7", 1);
    expect(changesOf(answer, "Plug.Parsers")).toEqual(['.params %{"key" => "open-sesame"}']);
    expect(answer.steps.find(({ name }) => name === "Plug.Parsers")!.changes[0]!.before).toBe(
      "%Plug.Conn.Unfetched{aspect: :params}",
    );
    expect(changesOf(answer, "HelloWeb.Router")).toEqual(
      expect.arrayContaining(['.params["shelf"] "7"', '.path_params["shelf"] "7"']),
    );
    expect(changesOf(answer, "Phoenix.Controller.accepts")).toEqual(['.private.phoenix_format "json"']);
    expect(changesOf(answer, "HelloWeb.RequireKey")).toEqual([".assigns.trusted true"]);
    expect(changesOf(answer, "HelloWeb.ShelfController.on_shelf")).toEqual(['.assigns.shelf "7"']);
    expect(changesOf(answer, "HelloWeb.ShelfController.show")).toContain(".status 200");
    expect(changesOf(answer, "Plug.RequestId")).toHaveLength(1);
    expect(changesOf(answer, "Plug.Head")).toEqual([]);
  });

  it("ends with the plug that halted, and names the one that raised", async () => {
    const refused = await request("/api/locked/7", 0);
    expect(refused.status).toBe(403);
    expect(drawn(refused.steps.at(-1)!).trim()).toBe("plug HelloWeb.RequireKey sent halted");
    const broken = await request("/api/locked/7", 2);
    expect(broken).toMatchObject({ status: 500, error: { message: "the key broke off in the lock" } });
    const failed = broken.steps.filter((step) => step.failed);
    expect(failed.map(({ name }) => name)).toEqual(["HelloWeb.RequireKey"]);
  });

  it.each([
    ["/broken/view", ["action HelloWeb.RoomController.broken_view", "render HelloWeb.RoomHTML broken"]],
    ["/nowhere", ["router HelloWeb.Router"]],
  ])("says where %s went wrong", async (path, expected) => {
    const failed = (await request(path)).steps.filter((step) => step.failed);
    expect(failed.map(({ type, name }) => `${type} ${name}`)).toEqual(expected);
  });

  it("finds a request by the event of one of its plugs, and refuses what is none", async () => {
    const answer = await request("/api/locked/7", 1);
    const plug = answer.steps.find(({ name }) => name === "Plug.Head")!;
    expect((await engine.call("request", { id: plug.id })).id).toBe(answer.id);
    await expect(engine.call("request", { id: 1 })).rejects.toMatchObject({ code: "QUERY_NO_SUCH_REQUEST" });
  });

  /** The page that went from the counter to the notes and back. */
  async function page(): Promise<LiveViewAnswer> {
    const { rows } = await engine.call("liveViews", { search: "NotesLive" });
    expect(rows).toHaveLength(1);
    return engine.call("liveView", { liveView: rows[0]!.id });
  }

  it("knows the dead page, navigation, a crash and the remount as one session", async () => {
    const { views, steps, processes, crashes } = await page();
    expect(views).toEqual(["HelloWeb.CounterLive", "HelloWeb.NotesLive", "HelloWeb.CounterLive"]);
    const mounts = steps.filter(({ type }) => type === "mount");
    expect(mounts.map(({ name, connected }) => `${name} ${connected ? "connected" : "dead"}`)).toEqual([
      "HelloWeb.CounterLive dead",
      "HelloWeb.CounterLive connected",
      "HelloWeb.NotesLive connected",
      "HelloWeb.NotesLive connected",
      "HelloWeb.CounterLive connected",
    ]);
    expect(processes).toHaveLength(4);
    expect(crashes).toBe(1);
    const ends = steps.filter(({ type }) => type === "end" || type === "crash");
    expect(ends.map(({ type, name }) => `${type} ${name}`.trim())).toEqual([
      // LiveView 0.20 leaves the old page by joining the new one.
      version === "1.8" ? "end left" : "end duplicate_join",
      "crash",
      "end navigates to /",
      expect.stringMatching(/^end/),
    ]);
  });

  it("draws components in components, with what became of them", async () => {
    const { components, processes } = await page();
    const first = components.filter(({ process }) => process?.pid === processes[1]!.pid);
    expect(first.map(({ module, componentId, parent }) => [module, componentId?.text, parent])).toEqual(
      expect.arrayContaining([
        ["HelloWeb.NoteComponent", '"note-1"', null],
        [
          "HelloWeb.StarComponent",
          '"star-1"',
          first.find(({ componentId }) => componentId?.text === '"note-1"')!.cid,
        ],
      ]),
    );
    const star = first.find(({ componentId }) => componentId?.text === '"star-1"')!;
    expect(star).toMatchObject({ events: 2, sent: 1, goneAt: null, renders: version === "1.8" ? 1 : null });
    expect(star.versions.map(({ assigns }) => assigns)).toMatchObject([
      [{ key: "lit", before: { text: "false" }, after: { text: "true" } }],
    ]);
    const dropped = first.find(({ componentId }) => componentId?.text === '"note-3"')!;
    expect(dropped.goneAt).toBeGreaterThan(dropped.since);
  });

  it("has the size and the content of what was sent to the browser", async () => {
    const { steps } = await page();
    const star = steps.findIndex(({ type, name }) => type === "component_event" && name.endsWith("star"));
    const push = steps.slice(star).find(({ type }) => type === "push")!;
    expect(push.detail?.text).toContain('"★"');
    // {"c":{"3":{"2":"★"}}}: how many places a page has differs between versions, their sizes hardly do.
    expect(push.bytes).toBeGreaterThan(15);
    expect(push.bytes).toBeLessThan(80);
  });
});
