// The machine's clock is set while a node is observed: forward, back, and with time warp. Of a node of our own only, by
// libfaketime (Debian: faketime), which hands it another time of day; the monotonic clock is the machine's.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { EventRow } from "elixirscope/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { canShiftClocks, type ShiftedClock, shiftedClock } from "../testkit/shifted-clock.ts";

describe.runIf(canShiftClocks("test/node/clocks.test.ts")).each([[], ["+C", "multi_time_warp"]])(
  "a node with [%s %s]",
  (...args) => {
    let folder: string;
    let node: ErlangNode;
    let engine: Engine;
    let clock: ShiftedClock;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "clocks-test-"));
      clock = shiftedClock(0);
      node = await startErlangNode({
        name: "clocks_test",
        args: args.filter((arg) => arg !== undefined),
        env: clock.env,
      });
      process.env.ERL_EPMD_PORT = String(node.epmdPort);
      engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
    });
    afterEach(async () => {
      await engine.stop();
      await node.stop();
      clock.remove();
      rmSync(folder, { recursive: true });
    });

    const events = async (input: object): Promise<readonly EventRow[]> =>
      (await engine.call("events", { order: "oldest_first", limit: 10_000, ...input })).rows;

    const send = (numbers: string): Promise<string> =>
      node.eval(`[counted ! {number, N} || N <- lists:seq(${numbers})], ok`);

    /** What the node's clock was set by, as it was told so far, in seconds. */
    async function told(): Promise<readonly number[]> {
      const rows = await events({ kinds: ["session"], tag: "clock_set" });
      return rows.map(({ summary }) => Math.round(Number(/:clock_set, (-?\d+)/.exec(summary)?.[1]) / 1e9));
    }

    it("keeps its events in order on one axis, and the record says by how much its clock was set [safety.clocks]", async () => {
      await node.eval("register(counted, spawn(fun L() -> receive _ -> L() end end))");
      await engine.call("attach", { node: node.name, cookie: node.cookie, level: "messages" });
      const wall = async (): Promise<number> => Number(await node.eval("os:system_time(millisecond)"));
      const start = performance.now();
      await send("1, 100");
      clock.set(3_600);
      await expect.poll(told, { timeout: 60_000, interval: 20 }).toEqual([3_600]);
      expect((await wall()) - Date.now()).toBeGreaterThan(3_500_000);
      await send("101, 200");
      clock.set(-86_400);
      await expect.poll(told, { timeout: 60_000, interval: 20 }).toEqual([3_600, -90_000]);
      await send("201, 300");
      await engine.call("detach", {});
      const took = (performance.now() - start) * 1e6;
      const sent = await events({ kinds: ["send"], tag: "number" });
      expect(sent.map(({ summary }) => Number(/:number, (\d+)/.exec(summary)?.[1]))).toEqual(
        Array.from({ length: 300 }, (_, i) => i + 1),
      );
      const times = sent.map(({ t }) => t);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      // Hours were put on and taken off; on the axis there is what went by.
      expect(times.at(-1)! - times[0]!).toBeLessThan(took);
      const inbox = await events({ kinds: ["receive"], tag: "number" });
      expect(inbox.every(({ t }, i) => t >= times[i]!)).toBe(true);
      expect(await engine.call("gaps", {})).toEqual([]);
    });
  },
);
