// States of LiveViews and channels, as ElixirScope recorded them of real Phoenix driven by a real browser
// (test/recordings/README.md); on a node that runs now: phoenix-live.test.ts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Engine } from "elixirscope/engine";
import type { StateRow } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe.each(["phoenix-1.7", "phoenix-1.8"])("recording of %s", (name) => {
  let folder: string;
  let engine: Engine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "phoenix-states-"));
    const file = join(folder, `${name}.esrec`);
    const packed = fileURLToPath(new URL(`../recordings/${name}.esrec.gz`, import.meta.url));
    writeFileSync(file, gunzipSync(readFileSync(packed)));
    engine = await Engine.start({ version: "0.0.0", open: file });
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  const statesOf = async (process: string): Promise<readonly StateRow[]> =>
    (await engine.call("states", { process, diff: true, order: "oldest_first", limit: 1_000 })).rows;

  /** What changed of it: `.count: 3 → 4`. */
  const changesOf = ({ diff }: StateRow): readonly string[] =>
    (diff?.changes ?? []).map(({ path, before, after }) => `${path}: ${before ?? ""} → ${after ?? ""}`);

  it("has each state of a LiveView, with what it was caused by and the assigns that changed [state.live-view]", async () => {
    const { rows } = await engine.call("liveViews", {});
    const crashed = rows.find(({ crashes }) => crashes > 0)!;
    const { processes } = await engine.call("liveView", { liveView: crashed.id });
    const states = await statesOf(processes[0]!.handle);
    // Each state is of the callback that came between it and the one before.
    expect(states[0]).toMatchObject({ occasion: "init", callback: "Phoenix.LiveView.Channel.init/1" });
    const later = states.slice(1);
    expect(later.filter(({ callback }) => callback !== "Phoenix.LiveView.Channel.handle_info/2")).toEqual([]);
    expect(later.filter(({ cause, causeCertain }) => cause === null || !causeCertain)).toEqual([]);
    expect(later.filter(({ durationNs, durationExact }) => !durationExact || !(durationNs! > 0))).toEqual([]);

    const caused = (what: RegExp): readonly StateRow[] =>
      states.filter(({ cause }) => what.test(cause?.summary ?? ""));
    const [mounted] = caused(/^\{Phoenix\.Channel, /);
    expect(mounted?.state.text).toContain("root_view: HelloWeb.CounterLive");
    // The click changes nothing yet: the count comes as a message of its own.
    const clicks = caused(/"increment"/);
    expect(clicks.length).toBeGreaterThan(1);
    expect(clicks.map(({ changed }) => changed)).toEqual(clicks.map(() => false));
    const counts = caused(/^\{:count, \d+\}$/);
    expect(counts).toHaveLength(clicks.length);
    for (const row of counts) {
      const count = /\d+/.exec(row.cause!.summary)![0];
      const told = changesOf(row).filter((change) => change.startsWith(".socket.assigns."));
      expect(told).toEqual([
        expect.stringMatching(new RegExp(`^\\.socket\\.assigns\\.count: \\d+ → ${count}$`)),
      ]);
    }
    const [step] = caused(/^\{:step, 2\}$/);
    expect(changesOf(step!)).toContain(".socket.assigns.step: 1 → 2");
    // The last one is what `terminate` was given.
    const last = states.at(-1)!;
    expect(last.cause?.summary).toContain('"crash"');
    expect(last.reason?.text).toContain("the page was asked to crash");
    expect(states.filter(({ reason }) => reason !== null)).toEqual([last]);
  });

  it("has each state of a channel, from the join to the end [state.channel]", async () => {
    const { rows } = await engine.call("channels", {});
    const joined = rows.find(({ topic }) => topic === "room:lobby")!;
    const states = await statesOf(joined.process!.handle);
    expect(states.map(({ callback }) => callback)).toEqual([
      "Phoenix.Channel.Server.init/1",
      ...Array.from({ length: states.length - 1 }, () => "Phoenix.Channel.Server.handle_info/2"),
    ]);
    expect(states.slice(1).filter(({ causeCertain }) => !causeCertain)).toEqual([]);
    const [, join_, ...others] = states;
    expect(join_!.cause?.summary).toMatch(/^\{Phoenix\.Channel, /);
    expect(join_!.changed).toBe(true);
    expect(join_!.state.text).toMatch(/^%Phoenix\.Socket\{/);
    expect(join_!.state.text).toContain("channel: HelloWeb.RoomChannel");
    expect(join_!.state.text).toContain('assigns: %{name: "guest"}');
    expect(
      others.map(({ cause }) => /^:after_join|event: "say"|^\{:DOWN/.exec(cause?.summary ?? "")?.[0]),
    ).toEqual([":after_join", 'event: "say"', "{:DOWN"]);
    expect(others.map(({ changed }) => changed)).toEqual([false, false, false]);
    expect(others.at(-1)!.reason?.text).toBe("{:shutdown, :local_closed}");

    // One that was refused ends with the state of its join.
    const refused = await statesOf(rows.find(({ topic }) => topic === "room:secret")!.process!.handle);
    expect(refused).toHaveLength(2);
    expect(refused[1]).toMatchObject({ reason: { text: ":shutdown" } });
    expect(refused[1]!.state.text).toContain('name: "eve"');
  });
});
