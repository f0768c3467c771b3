import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "./engine.ts";

// Requests, LiveViews, topics and broadcasts as they were at an instant: compared with what all of the record says of it.

const INSTANTS = 10;

describe.each(["phoenix-1.7", "phoenix-1.8"])("instants of the recording of %s", (name) => {
  let folder: string;
  let engine: Engine;
  let instants: readonly number[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "phoenix-past-"));
    const file = join(folder, `${name}.esrec`);
    const packed = new URL(`../../../../test/recordings/${name}.esrec.gz`, import.meta.url);
    writeFileSync(file, gunzipSync(readFileSync(fileURLToPath(packed))));
    engine = await Engine.start({ version: "0.0.0", open: file });
    const { t, seconds } = await engine.call("status", {});
    const first = t - seconds * 1e9;
    instants = Array.from({ length: INSTANTS }, (_, i) =>
      Math.round(first + ((t - first) * (i + 1)) / INSTANTS),
    );
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  it("requests that had begun, with a status where they had ended", async () => {
    const all = (await engine.call("requests", { limit: 2_000 })).rows;
    for (const t of instants) {
      const { rows } = await engine.call("requests", { limit: 2_000, t });
      expect(rows.map(({ id }) => id)).toEqual(all.filter((one) => one.t <= t).map(({ id }) => id));
      for (const row of rows) {
        const whole = all.find(({ id }) => id === row.id)!;
        const ended = whole.durationNs !== null && whole.t + whole.durationNs <= t;
        if (row.status !== null) expect(row.status).toBe(whole.status);
        if (ended) expect(row.status).toBe(whole.status);
      }
    }
    expect(all.length).toBeGreaterThan(5);
  });

  it("LiveViews that were there, and whether they lived", async () => {
    const all = (await engine.call("liveViews", { limit: 2_000 })).rows;
    const lived: boolean[] = [];
    for (const t of instants) {
      const { rows } = await engine.call("liveViews", { limit: 2_000, t });
      expect(rows.map(({ id }) => id)).toEqual(all.filter((one) => one.t <= t).map(({ id }) => id));
      const { rows: alive } = await engine.call("snapshotAt", { t, limit: 10_000 });
      const handles = new Set(alive.map(({ handle }) => handle));
      for (const row of rows) {
        const newest = row.processes.at(-1);
        expect(row.alive).toBe(newest !== undefined && handles.has(newest.handle));
        lived.push(row.alive);
      }
    }
    expect(new Set(lived).size).toBe(2);
  });

  it("what a LiveView held, as its process's state has it", async () => {
    const counts: string[] = [];
    const { rows } = await engine.call("liveViews", {});
    const { id } = rows.find(({ crashes }) => crashes > 0)!;
    for (const t of instants) {
      const there = (await engine.call("liveViews", { t })).rows.some((row) => row.id === id);
      if (!there) continue;
      const view = await engine.call("liveView", { liveView: id, t });
      expect(view.steps.every((step) => step.t <= t)).toBe(true);
      const process = view.processes.at(-1);
      const count = view.assigns.find(({ key }) => key === "count")?.value.text;
      if (!process || count === undefined) continue;
      const { rows: states } = await engine.call("states", {
        process: process.handle,
        to: t,
        order: "newest_first",
        limit: 1,
      });
      expect(states[0]!.state.text).toContain(`count: ${count}`);
      counts.push(count);
    }
    expect(new Set(counts).size).toBeGreaterThan(1);
  });

  it("topics with who was subscribed, and broadcasts with whom they reached", async () => {
    const all = (await engine.call("broadcasts", { limit: 2_000 })).rows;
    for (const t of instants) {
      const { rows } = await engine.call("broadcasts", { limit: 2_000, t });
      const before = all.filter((one) => one.t <= t);
      expect(rows.map(({ id, verdict }) => [id, verdict])).toEqual(
        before.map(({ id, verdict }) => [id, verdict]),
      );
      const { rows: topics } = await engine.call("topics", { t });
      const { rows: processes } = await engine.call("snapshotAt", { t, limit: 10_000 });
      const subscribed = processes.flatMap(({ handle, subscriptions }) =>
        subscriptions.map(({ topic }) => `${topic} ${handle}`),
      );
      const told = topics.flatMap(({ topic, subscribers }) =>
        subscribers.map(({ handle }) => `${topic} ${handle}`),
      );
      expect(told.toSorted()).toEqual(subscribed.toSorted());
      for (const { topic, broadcasts, unheard } of topics) {
        const of = before.filter((one) => one.topic === topic);
        expect([broadcasts, unheard]).toEqual([of.length, of.filter((one) => one.unheard).length]);
      }
    }
    expect(all.some(({ unheard }) => unheard)).toBe(true);
  });

  it("channels that had joined, with what had gone in and out, and who was present", async () => {
    const channels = (await engine.call("channels", { limit: 2_000 })).rows;
    const presences = (await engine.call("presences", { limit: 2_000 })).rows;
    const left = (at: number | null, t: number): boolean => at !== null && at <= t;
    for (const t of instants) {
      const { rows } = await engine.call("channels", { limit: 2_000, t });
      expect(rows.map(({ id, steps, endedAt }) => [id, steps.map((step) => step.id), endedAt])).toEqual(
        channels
          .filter((one) => one.t <= t)
          .map(({ id, steps, endedAt }) => [
            id,
            steps.filter((step) => step.t <= t).map((step) => step.id),
            left(endedAt, t) ? endedAt : null,
          ]),
      );
      const { rows: there } = await engine.call("presences", { limit: 2_000, t });
      expect(there.map(({ id, leftAt }) => [id, leftAt])).toEqual(
        presences.filter((one) => one.t <= t).map(({ id, leftAt }) => [id, left(leftAt, t) ? leftAt : null]),
      );
    }
    expect([channels.length, presences.length].every((n) => n > 0)).toBe(true);
  });

  it("ties a request to the LiveView whose page it rendered first, and to its flow", async () => {
    const { rows } = await engine.call("requests", { limit: 2_000 });
    const found = await Promise.all(rows.map(({ id }) => engine.call("request", { id })));
    expect(found.map(({ flow }) => flow)).toEqual(rows.map(({ flow }) => flow));
    const rendered = found.filter(({ liveView }) => liveView !== null);
    expect(rendered.length).toBeGreaterThan(0);
    for (const { id, handler, liveView } of rendered) {
      const view = await engine.call("liveView", { liveView: liveView! });
      expect(view.views).toContain(handler);
      const dead = view.steps.find(({ connected }) => !connected)!;
      expect((await engine.call("request", { id: dead.id })).id).toBe(id);
    }
    // What answers with JSON renders no page.
    for (const { path, liveView } of found) if (path.startsWith("/api")) expect(liveView).toBeNull();
  });

  it("goes on in the flow that an event is of", async () => {
    const flows = (await engine.call("flows", {})).rows;
    const { id } = flows.find(({ title }) => title.startsWith("click increment"))!;
    const start = Number(id.slice(2));
    const named = { direction: "forward", by: "flow", cursor: start } as const;
    const next = await engine.call("step", { ...named, flow: id });
    expect(next.event?.id).toBeGreaterThan(start);
    expect(await engine.call("step", named)).toEqual(next);
    const { rows } = await engine.call("events", { kinds: ["process"], order: "oldest_first", limit: 1 });
    const none = await engine.call("step", { ...named, cursor: rows[0]!.id });
    expect(none).toMatchObject({ event: null, why: "This event is of no flow that is known." });
  });
});
