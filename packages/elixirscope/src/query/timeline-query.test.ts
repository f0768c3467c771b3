import { expect, it } from "vitest";
import { openRecording } from "../engine/testing-recording.ts";

/** Samples are taken of a process: they are nothing that it does. */
const DOINGS = "SELECT count(*) FROM events JOIN kinds USING (kind) WHERE pid >= 0 AND name <> 'sample'";

it("tells on a recording of real Phoenix the same as its events, at each resolution", async () => {
  const { engine, close } = await openRecording("phoenix-1.8");
  try {
    const { rows } = await engine.call("events", { kinds: ["dispatch", "state"], limit: 10_000 });
    const busy = new Map<string, number>();
    const began = new Map<string, number>();
    for (const { kind, process, t } of rows.toReversed()) {
      const since = began.get(process!.handle);
      if (kind === "dispatch") began.set(process!.handle, t);
      else if (since !== undefined) {
        busy.set(process!.handle, (busy.get(process!.handle) ?? 0) + t - since);
        began.delete(process!.handle);
      }
    }
    const told = await engine.call("query", { sql: DOINGS });
    for (const buckets of [1, 7, 200]) {
      const { tracks, from, to, bucketNs } = await engine.call("timeline", { buckets, limit: 1_000 });
      const sum = (series: readonly number[]): number => series.reduce((a, b) => a + b, 0);
      expect(tracks[0]!.events.length).toBe(Math.round((to - from) / bucketNs));
      expect(tracks[0]!.events.length).toBeLessThanOrEqual(buckets);
      for (const { process, busyNs } of tracks) expect(sum(busyNs)).toBe(busy.get(process.handle) ?? 0);
      const totals = tracks.map(({ events }) => sum(events));
      expect(totals).toEqual(totals.toSorted((a, b) => b - a));
      expect(sum(totals)).toBe(Number(told.rows[0]?.[0]));
    }
    const [first] = (await engine.call("timeline", {})).tracks;
    const named = await engine.call("timeline", { processes: [first!.process.handle] });
    expect(named.tracks).toEqual([first]);
    await expect(engine.call("timeline", { processes: ["Nobody"] })).rejects.toMatchObject({
      code: "QUERY_NO_SUCH_PROCESS",
    });
  } finally {
    await close();
  }
});
