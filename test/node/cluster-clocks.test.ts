// Two nodes whose clocks differ: by a day's minutes, as machines without time service do, by libfaketime in one of them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { NodeClock } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { startErlangNode } from "../testkit/erlang-node.ts";
import { canShiftClocks, shiftedClock } from "../testkit/shifted-clock.ts";

const COOKIE = "clocks_cookie";
/** Ahead and behind, in seconds. */
const SHIFTS = [754.25, -3_600.5];

const ECHO = `register(echo, spawn(fun L() -> receive {ping, N, From} -> From ! {pong, N} end, L() end)), ok`;
const talk = (peer: string): string => `
  {echo, '${peer}'} ! {ping, 0, self()}, receive {pong, 0} -> ok end,
  [begin {echo, '${peer}'} ! {ping, N, self()}, receive {pong, N} -> ok end end || N <- lists:seq(1, 100)], ok`;

describe.runIf(canShiftClocks("test/node/cluster-clocks.test.ts"))("nodes with different clocks", () => {
  it.each(SHIFTS)(
    "stand on one timeline, with the offset and its error (%d s) [cluster.clocks]",
    async (seconds) => {
      const clock = shiftedClock(seconds);
      const folder = mkdtempSync(join(tmpdir(), "cluster-clocks-"));
      const file = join(folder, "r.esrec");
      const first = await startErlangNode({ name: "steady", cookie: COOKIE });
      process.env.ERL_EPMD_PORT = String(first.epmdPort);
      const other = await startErlangNode({ name: "shifted", cookie: COOKIE, env: clock.env });
      let engine = await Engine.start({ version: "0.0.0", recording: file });
      try {
        await other.eval(ECHO);
        for (const { name } of [first, other])
          await engine.call("attach", { node: name, cookie: COOKIE, level: "messages" });
        await first.eval(talk(other.name));
        const { nodes } = await engine.call("status", {});
        const { aheadNs, errorNs, correctedNs, isTimeline } = nodes[1]!.clock!;
        expect(nodes[0]!.clock).toMatchObject({ aheadNs: 0, correctedNs: 0, isTimeline: true });
        expect(isTimeline).toBe(false);
        // A BEAM that was held up while it started has read its clock that much too late; it says the same itself.
        const own = Number(await other.eval("erlang:system_time(nanosecond) - os:system_time(nanosecond)"));
        expect(Math.abs(aheadNs - seconds * 1e9 - own)).toBeLessThan(errorNs + 100e6);
        expect(Math.abs(aheadNs - correctedNs)).toBeLessThanOrEqual(errorNs + 100e6);
        await engine.call("detach", {});
        const instants = async (
          kind: "send" | "receive",
          tag: "echo" | "ping" | "pong",
        ): Promise<readonly number[]> => {
          const { rows } = await engine.call("events", {
            kinds: [kind],
            tag,
            order: "oldest_first",
            limit: 1_000,
          });
          return rows.map(({ t }) => t);
        };
        const steps = await Promise.all([
          // To a name on another node.
          instants("send", "echo"),
          instants("receive", "ping"),
          instants("send", "pong"),
          instants("receive", "pong"),
        ]);
        const [asked, taken, answered, heard] = steps;
        expect(steps.map(({ length }) => length)).toEqual([101, 101, 101, 101]);
        // Both errors of a moment ago: what lies within one node is exact, what lies between two is as good as the estimate.
        const within = errorNs + Math.abs(aheadNs - correctedNs) + 1e6;
        for (const [i, t] of asked.entries()) {
          expect(taken[i]! - t).toBeGreaterThan(-within);
          expect(answered[i]!).toBeGreaterThanOrEqual(taken[i]!);
          expect(heard[i]! - answered[i]!).toBeGreaterThan(-within);
          expect(heard[i]!).toBeGreaterThan(t);
        }
        await engine.stop();
        engine = await Engine.start({ version: "0.0.0", open: file });
        const kept = (await engine.call("status", {})).nodes.map((node): NodeClock => node.clock!);
        expect(kept[0]!.isTimeline).toBe(true);
        expect(Math.abs(kept[1]!.aheadNs - aheadNs)).toBeLessThan(kept[1]!.errorNs + errorNs);
      } finally {
        await engine.stop();
        await Promise.all([first.stop(), other.stop()]);
        clock.remove();
        rmSync(folder, { recursive: true });
      }
    },
    120_000,
  );
});
