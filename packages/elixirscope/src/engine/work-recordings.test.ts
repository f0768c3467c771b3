import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDuckDbStore } from "../store/index.ts";
import type { Engine } from "./engine.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

// Ecto on Postgres, Oban, Finch and Req in a small shop on Phoenix 1.8: test/recordings/README.md.

const ITEMS = '"items" AS i0 WHERE (i0."order_id" = $1)';
/** Posted while it was recorded, and a header of a request to elsewhere. */
const SECRETS = ["lovelace-1815", "s3cr3t-req-token"];

describe("recording of a shop with Ecto, Oban and Finch", () => {
  let recording: OpenRecording;
  let engine: Engine;

  beforeAll(async () => {
    recording = await openRecording("ecto");
    engine = recording.engine;
  });
  afterAll(() => recording.close());

  it("notices n + 1 in requests, their tasks, and what LiveViews do, with the line that asks", async () => {
    const { rows, complete } = await engine.call("queries", { repeated: true });
    expect(complete).toBe(true);
    expect(rows).toHaveLength(1);
    const [items] = rows;
    expect(items!.query).toContain(ITEMS);
    expect(items).toMatchObject({ repo: "Shop.Repo", source: "items", count: 72, failed: 0, rows: 216 });
    const each = "each time with another parameter (lib/shop.ex:";
    expect(items!.repeats.map(({ verdict }) => verdict.replace(/\d+\)$/, ""))).toEqual([
      `12 times in GET /api/orders, ${each}`,
      `12 times in GET /api/tasks, ${each}`,
      `12 times in GET /api/orders, ${each}`,
      `12 times in GET /api/orders, ${each}`,
      `12 times in event load on ShopWeb.OrdersLive, ${each}`,
      `12 times in info ShopWeb.OrdersLive, ${each}`,
    ]);
    for (const { ids, parameters, totalNs } of items!.repeats) {
      expect(parameters).toBe(12);
      expect(totalNs).toBeGreaterThan(0);
      expect(ids).toHaveLength(12);
      expect(await engine.call("event", { id: ids[0]! })).toMatchObject({ kind: "telemetry" });
    }
  });

  it("says so at the request, and finds nothing where the associations are preloaded", async () => {
    const { rows } = await engine.call("requests", { path: "/api/" });
    const told = (path: string): unknown =>
      rows.findLast((row) => row.path === path)!.repeatedQueries.map(({ count }) => count);
    expect(told("/api/orders")).toEqual([12]);
    expect(told("/api/tasks")).toEqual([12]);
    expect(told("/api/preloaded")).toEqual([]);
  });

  it("has of each statement its parts: waiting, in the database, decoding, rows; and what failed", async () => {
    const { rows } = await engine.call("queries", { sort: "slowest" });
    for (const row of rows)
      expect(row.queryNs + row.queueNs + row.decodeNs, `of ${row.query}`).toBeLessThanOrEqual(row.totalNs);
    const slowest = rows.map(({ slowestNs }) => slowestNs);
    expect(slowest).toEqual([...slowest].sort((a, b) => b - a));
    const list = rows.find(({ query }) => query.endsWith("LIMIT 12"))!;
    expect(list).toMatchObject({ count: 9, rows: 108 });
    const { rows: failed } = await engine.call("queries", { search: "NOWHERE" });
    expect(failed).toMatchObject([
      { failed: 1, error: 'undefined_table: relation "nowhere" does not exist' },
    ]);
    expect(failed[0]!.work.map(({ work }) => work.what)).toEqual(["GET /api/wrong"]);
  });

  it("has calls to elsewhere as stages of their request, with what they came to", async () => {
    const { rows } = await engine.call("requests", {});
    const stages = (path: string): readonly (readonly [string, string, boolean])[] =>
      rows
        .find((row) => row.path === path)!
        .stages.filter(({ name }) => name.startsWith("http"))
        .map(({ name, what, failed }) => [name, what, failed]);
    const at = "http://127.0.0.1:4321";
    expect(stages("/api/prices")).toEqual([
      ["http queue", `GET ${at}/api/preloaded`, false],
      ["http", `GET ${at}/api/preloaded 200`, false],
      ["http queue", `GET ${at}/api/preloaded`, false],
      ["http", `GET ${at}/api/preloaded 200`, false],
    ]);
    expect(stages("/api/unreachable")).toEqual([
      ["http queue", "GET http://127.0.0.1:1/nothing", false],
      ["http connect", "http://127.0.0.1:1 econnrefused", false],
      ["http", "GET http://127.0.0.1:1/nothing econnrefused", true],
    ]);
  });

  it("ties a job to the request that inserted it, and tells how it ended", async () => {
    const { rows } = await engine.call("jobs", {});
    expect(
      rows.map(({ job, worker, state, inserted, error }) => [
        `${worker} #${job}`,
        state,
        inserted?.work?.what,
        error?.message,
      ]),
    ).toEqual([
      ["Shop.Mail #2", "discard", "POST /api/ship", "no such address"],
      ["Shop.Mail #1", "success", "POST /api/ship", undefined],
    ]);
    const [, sent] = rows;
    expect(sent).toMatchObject({
      queue: "mail",
      attempt: 1,
      maxAttempts: 1,
      args: { text: '%{"order" => 1}' },
    });
    expect(sent!.process?.handle).not.toBe(sent!.inserted!.process?.handle);
    const { rows: requests } = await engine.call("requests", { path: "/api/ship" });
    expect(requests.map(({ id }) => id)).toContain(sent!.inserted!.work!.id);
    const { rows: failed } = await engine.call("jobs", { failed: true, search: "Mail" });
    expect(failed.map(({ job }) => job)).toEqual([2]);
    const { rows: queries } = await engine.call("queries", { search: 'o0."id" = $1)' });
    expect(queries.flatMap(({ work }) => work.map(({ work: { what } }) => what)).sort()).toEqual([
      "Shop.Mail #1",
      "Shop.Mail #2",
    ]);
  });

  it("has of an instant the queries and jobs that had been until then", async () => {
    const [second, first] = (await engine.call("jobs", {})).rows;
    const t = Math.round((first!.t + second!.t) / 2);
    expect((await engine.call("jobs", { t })).rows.map(({ job }) => job)).toEqual([first!.job]);
    const times = (rows: readonly { readonly count: number }[]): number =>
      rows.reduce((sum, { count }) => sum + count, 0);
    const { rows } = await engine.call("queries", { t });
    expect(times(rows)).toBeGreaterThan(0);
    expect(times(rows)).toBeLessThan(times((await engine.call("queries", {})).rows));
    for (const { id } of rows) expect((await engine.call("event", { id })).t).toBeLessThanOrEqual(t);
  });

  it("holds no parameter that is a text: passwords in queries, headers of requests", async () => {
    const store = await openDuckDbStore(recording.file, { mode: "read" });
    let events = 0;
    for (let afterId = 0; ; ) {
      const piece = await store.events({ order: "oldest_first", afterId, limit: 2_000 });
      if (piece.length === 0) break;
      afterId = piece.at(-1)!.id;
      events += piece.length;
      for (const { id, payload } of piece)
        for (const secret of SECRETS)
          expect(Buffer.from(payload).includes(secret), `event ${id}`).toBe(false);
    }
    await store.close();
    expect(events).toBeGreaterThan(1_000);
    const { rows } = await engine.call("queries", { search: 'INSERT INTO "users"' });
    expect(rows).toMatchObject([{ count: 1, rows: 1 }]);
  });
});
