import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "./engine.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

// examples/hello_phoenix on Cowboy instead of Bandit: test/recordings/README.md.

describe("recording of Phoenix on Cowboy", () => {
  let recording: OpenRecording;
  let engine: Engine;

  beforeAll(async () => {
    recording = await openRecording("cowboy");
    engine = recording.engine;
  });
  afterAll(() => recording.close());

  it("has what Cowboy tells in the connection's process as a stage of the request's own", async () => {
    const { rows } = await engine.call("requests", {});
    const served = rows
      .toReversed()
      .map(({ path, status, stages }) => [
        path,
        status,
        stages.filter(({ name }) => name === "server").length,
      ]);
    expect(served).toEqual([
      ["/api/count", 200, 1],
      ["/favicon.ico", 404, 1],
      ["/api/count", 200, 1],
      ["/broken", 500, 1],
    ]);
    for (const { durationNs, stages, process, status } of rows) {
      const server = stages.find(({ name }) => name === "server")!;
      expect(server.durationNs).toBeGreaterThan(durationNs!);
      expect(server.failed).toBe(status === 500);
      const told = await engine.call("event", { id: server.id });
      expect(told.process?.handle).not.toBe(process?.handle);
    }
  });

  it("has each request on a kept connection as a flow of its own, none of them left over from the one before", async () => {
    const { rows } = await engine.call("flows", {});
    expect(rows.map(({ complete }) => complete)).not.toContain(false);
    const requests = rows.filter(({ summary }) => summary.includes("Plug.Cowboy.Handler.init"));
    expect(requests.map(({ summary }) => /\("(.*)"\)$/.exec(summary)?.[1]).toReversed()).toEqual([
      'GET", "/api/count',
      'GET", "/favicon.ico',
      'GET", "/api/count',
      'GET", "/socket/websocket',
      'GET", "/broken',
    ]);
    const counts = requests.filter(({ summary }) => summary.includes("/api/count"));
    expect(counts.map(({ processes }) => processes)).toEqual([3, 3]);
  });

  it("has a channel on Cowboy's websocket with what went in and out", async () => {
    const { rows } = await engine.call("channels", {});
    expect(rows.map(({ topic, joined }) => [topic, joined])).toEqual([["room:lobby", true]]);
    const told = rows[0]!.steps.map(({ type, name }) => `${type} ${name}`.trim());
    expect(told).toEqual(["info", "track guest", "push presence_state", "in say", "reply ok", "info"]);
  });

  it("has a request that Cowboy refused before there was any", async () => {
    const { rows } = await engine.call("events", { kinds: ["telemetry"], limit: 1_000 });
    const refused = rows.filter(({ tag }) => tag?.includes("early_error"));
    expect(refused).toHaveLength(1);
    const { term } = await engine.call("event", { id: refused[0]!.id });
    expect(term.text).toMatch(/:connection_error/);
  });
});
