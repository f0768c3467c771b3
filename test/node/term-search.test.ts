import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
let engine: Engine;
let folder: string;

beforeAll(async () => {
  node = await startErlangNode({ name: "term_search" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "term-search-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "messages" });
});
afterEach(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true });
});

/** `count` messages to a process of its own, each `{visit, #{user_id => N, at => …}}` in an envelope. */
const visits = (count: number): Promise<string> =>
  node.eval(`
    Sink = spawn(fun Loop() -> receive stop -> ok; _ -> Loop() end end),
    [Sink ! {'$gen_cast', {visit, #{user_id => N rem 100, at => {N, <<"page ", (integer_to_binary(N))/binary>>}}}} || N <- lists:seq(1, ${count})],
    Sink ! stop, Ref = monitor(process, Sink), receive {'DOWN', Ref, _, _, _} -> ok end`);

describe("events by what is in their terms", () => {
  it("finds exactly those in which the pattern occurs, in either order, page by page", async () => {
    await visits(5_000);
    await engine.call("detach", {});
    const ask = { kinds: ["send"], match: "%{user_id: 42, at: {n, _}} when n > 2000" } as const;
    const expected = Array.from({ length: 5_000 }, (_, i) => i + 1).filter((n) => n % 100 === 42 && n > 2000);
    const numbers = (rows: readonly { summary: string }[]): readonly number[] =>
      rows.map(({ summary }) => Number(/page (\d+)/.exec(summary)?.[1]));

    const all = await engine.call("events", { ...ask, order: "oldest_first", limit: 1_000 });
    expect(numbers(all.rows)).toEqual(expected);
    expect(all.more).toBe(false);

    const first = await engine.call("events", { ...ask, order: "newest_first", limit: 10 });
    expect(numbers(first.rows)).toEqual(expected.toReversed().slice(0, 10));
    expect(first.more).toBe(true);
    const beforeId = first.rows.at(-1)!.id;
    const second = await engine.call("events", { ...ask, order: "newest_first", limit: 1_000, beforeId });
    expect(numbers(second.rows)).toEqual(expected.toReversed().slice(10));
    expect(second.more).toBe(false);
  });

  it("looks through no more than it may at once, and says from where to go on", async () => {
    // No faster than they are recorded: none may be missing.
    for (let sent = 10_000; sent <= 150_000; sent += 10_000) {
      await visits(10_000);
      await expect.poll(async () => (await engine.call("status", {})).lastEventId).toBeGreaterThan(2 * sent);
    }
    await engine.call("detach", {});
    const ask = { match: "%{user_id: user} when user > 99 or user == 7", order: "oldest_first" } as const;
    const page = await engine.call("events", { ...ask, kinds: ["send", "receive"], limit: 10_000 });
    expect(page).toMatchObject({ more: true, searched: expect.any(Number) });
    const rest = await engine.call("events", {
      ...ask,
      kinds: ["send", "receive"],
      limit: 10_000,
      afterId: page.searched,
    });
    expect(rest.more).toBe(false);
    expect(page.rows.length + rest.rows.length).toBe(2 * 1_500);
  });

  it("says what is wrong with a pattern, and where", async () => {
    await expect(engine.call("events", { match: "%{user_id: 42" })).rejects.toMatchObject({
      code: "BAD_TERM_PATTERN",
      details: { column: 14 },
    });
  });
});
