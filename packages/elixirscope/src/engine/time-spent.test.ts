import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AggregateInput, CallsInput, FlameRow, MessageFlowInput, PathStep } from "../protocol/index.ts";
import { foldedStacks, speedscopeProfile } from "../protocol/index.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

// Sums, paths and time spent against plain SQL and plain folds, on a recording of real Phoenix.

let recording: OpenRecording;
let engine: OpenRecording["engine"];
beforeAll(async () => {
  recording = await openRecording("phoenix-1.8");
  engine = recording.engine;
});
afterAll(() => recording.close());

async function sql(text: string): Promise<readonly (readonly unknown[])[]> {
  const { rows, more } = await engine.call("query", { sql: text, limit: 100_000 });
  expect(more).toBe(false);
  return rows;
}

const sum = (list: readonly (number | null)[]): number => list.reduce<number>((a, b) => a + (b ?? 0), 0);
const ORIGIN = "(SELECT value::BIGINT FROM meta WHERE key = 'origin_ns')";

describe("aggregates", () => {
  const counted = async (input: AggregateInput): Promise<readonly unknown[]> => {
    const { groups, other, total } = await engine.call("aggregate", input);
    expect(sum(groups.map(({ count }) => count)) + other.count).toBe(total.count);
    return groups.map(({ key, count, sum: bytes }) => [...key, count, bytes]);
  };

  it("count and measure by kind, function and tag as SQL does", async () => {
    expect(await counted({ of: "bytes", by: ["kind"], limit: 100 })).toEqual(
      await sql(`SELECT k.name, count(*)::INTEGER, sum(payload_length)::INTEGER FROM events JOIN kinds k USING (kind)
        GROUP BY ALL ORDER BY 3 DESC, 2 DESC`),
    );
    const calls = await counted({ of: "events", by: ["mfa"], kinds: ["dispatch"], limit: 1_000 });
    const byFunction = await sql(`SELECT count(*)::INTEGER FROM events JOIN kinds k USING (kind)
      WHERE k.name = 'dispatch' GROUP BY mfa ORDER BY 1 DESC`);
    expect(calls.map((row) => (row as unknown[])[1])).toEqual(byFunction.map(([n]) => n));
    const two = await engine.call("aggregate", { by: ["kind", "process"], limit: 5 });
    const pairs = await sql(
      "SELECT kind, pid, count(*)::INTEGER FROM events GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT 5",
    );
    expect(two.groups.map(({ count }) => count)).toEqual(pairs.map(([, , n]) => n));
    expect(two.groups[0]!.handles).toEqual([null, expect.stringMatching(/^p-\d+$/)]);
  });

  it("give percentiles of sizes by the nearest rank", async () => {
    const { groups } = await engine.call("aggregate", { of: "bytes", by: ["kind"], limit: 100 });
    const sizes = await sql(
      "SELECT k.name, payload_length::INTEGER FROM events JOIN kinds k USING (kind) ORDER BY 2",
    );
    for (const { key, p50, p95, p99, least, most } of groups) {
      const own = sizes.filter(([kind]) => kind === key[0]).map(([, size]) => Number(size));
      const rank = (share: number): number => own[Math.ceil((own.length * share) / 100) - 1]!;
      expect([p50, p95, p99, least, most]).toEqual([rank(50), rank(95), rank(99), own[0], own.at(-1)]);
    }
  });

  it("over time add up to the groups, each stretch as SQL has it", async () => {
    const everyNs = 500_000_000;
    const { groups } = await engine.call("aggregate", {
      of: "bytes",
      by: ["application", "kind"],
      everyNs,
      limit: 12,
    });
    for (const { count, sum: bytes, series } of groups) {
      expect(sum(series.map((one) => one.count))).toBe(count);
      expect(sum(series.map((one) => one.sum))).toBe(bytes);
    }
    const [sends] = (await engine.call("aggregate", { kinds: ["send"], everyNs })).groups;
    const rows = await sql(`SELECT ((ts - ${ORIGIN}) // ${everyNs})::INTEGER AS bucket, count(*)::INTEGER
      FROM events JOIN kinds k USING (kind) WHERE k.name = 'send' GROUP BY ALL ORDER BY 1`);
    expect(sends!.series.map(({ t, count }) => [t / everyNs, count])).toEqual(rows);
  });

  it("time callbacks as a window over the events does", async () => {
    const { groups, total, complete } = await engine.call("aggregate", {
      of: "work",
      by: ["mfa"],
      limit: 1_000,
    });
    expect(complete).toBe(true);
    const rows = await sql(`
      WITH own AS (SELECT e.*, k.name AS what,
          lead(k.name) OVER w AS next, lead(ts) OVER w AS next_ts
        FROM events e JOIN kinds k USING (kind) WHERE k.name IN ('dispatch', 'state', 'exit')
        WINDOW w AS (PARTITION BY pid ORDER BY id))
      SELECT mfa, count(*)::INTEGER, sum(next_ts - ts)::INTEGER, max(next_ts - ts)::INTEGER FROM own
      WHERE what = 'dispatch' AND next IN ('state', 'exit') GROUP BY mfa ORDER BY 3 DESC`);
    expect(groups.map(({ count, sum: ns, most }) => [count, ns, most])).toEqual(
      rows.map(([, ...rest]) => rest),
    );
    expect(total.sum).toBe(sum(rows.map(([, , ns]) => Number(ns))));
    const few = await engine.call("aggregate", { of: "work", by: ["mfa"], limit: 3 });
    expect(sum(few.groups.map((one) => one.sum)) + few.other.sum!).toBe(total.sum);
  });

  it("refuse what would be too much, and what is not there", async () => {
    await expect(engine.call("aggregate", { everyNs: 1_000 })).rejects.toMatchObject({
      code: "QUERY_TOO_FINE",
    });
    await expect(engine.call("aggregate", { flow: "f-12409" })).rejects.toMatchObject({
      code: "QUERY_NO_AGGREGATE",
    });
    expect((await engine.call("aggregate", { kinds: [] })).groups).toEqual([]);
  });
});

describe("message flow", () => {
  const flow = (input: MessageFlowInput) => engine.call("messageFlow", input);

  it("between processes is what SQL counts, and the rest is exact", async () => {
    const rows =
      await sql(`SELECT pid, peer, count(*)::INTEGER, sum(payload_length)::INTEGER FROM events JOIN kinds k USING (kind)
      WHERE k.name IN ('send', 'send_to_dead') GROUP BY ALL ORDER BY 3 DESC, 4 DESC`);
    const all = await flow({ limit: 10_000 });
    expect(all.rows.map(({ count, bytes }) => [count, bytes])).toEqual(
      rows.map(([, , n, bytes]) => [n, bytes]),
    );
    expect(all.other).toEqual({ count: 0, bytes: 0 });
    const few = await flow({ limit: 3 });
    expect(few.rows).toEqual(all.rows.slice(0, 3));
    expect(few.other.count).toBe(sum(rows.slice(3).map(([, , n]) => Number(n))));
    expect(few.other.bytes).toBe(sum(rows.slice(3).map(([, , , bytes]) => Number(bytes))));
  });

  it("between groups adds the processes up", async () => {
    const total = (await flow({ limit: 10_000 })).total;
    for (const by of ["name", "application", "supervisor", "node"] as const) {
      const { rows } = await flow({ by, limit: 10_000 });
      expect(sum(rows.map(({ count }) => count))).toBe(total.count);
      expect(sum(rows.map(({ bytes }) => bytes))).toBe(total.bytes);
    }
    const { rows } = await flow({ by: "node", groups: ["Hello.*"], limit: 10_000 });
    const within = rows.find(({ from, to }) => from === "Hello.*" && to === "Hello.*");
    const processes = (await flow({ limit: 10_000 })).rows.filter(
      ({ from, to }) => from.startsWith("Hello.") && to.startsWith("Hello."),
    );
    expect(processes.length).toBeGreaterThan(0);
    expect(within?.count).toBe(sum(processes.map(({ count }) => count)));
  });

  it("has the waits that each message by itself has", async () => {
    const [edge] = (await flow({ subject: "Hello.Counters.Worker", peer: "Hello.Counters.Audit" })).rows;
    const { rows } = await engine.call("events", {
      subject: "Hello.Counters.Worker",
      peer: "Hello.Counters.Audit",
      kinds: ["send"],
    });
    const found = await Promise.all(rows.map(({ id }) => engine.call("message", { id })));
    const waits = found.flatMap(({ send, receive }) => (send && receive ? [receive.t - send.t] : []));
    expect(waits.length).toBeGreaterThan(0);
    expect(edge!.waits.count).toBe(waits.length);
    expect(edge!.waits.sum).toBe(sum(waits));
  });
});

const all = (rows: readonly FlameRow[]): readonly FlameRow[] =>
  rows.flatMap((row) => [row, ...all(row.children)]);
const steps = (list: readonly PathStep[]): readonly PathStep[] =>
  list.flatMap((one) => [one, ...steps(one.children)]);

describe("where time went", () => {
  it("adds up: flame, functions, processes, the folded stacks and the profile", async () => {
    const flame = await engine.call("flame", {});
    const work = await engine.call("aggregate", { of: "own", by: ["process"], limit: 1_000 });
    expect(flame.totalNs).toBe(work.total.sum);
    expect(sum(all(flame.roots).map(({ ownNs }) => ownNs))).toBe(flame.totalNs);
    expect((await engine.call("hot", {})).totalNs).toBe(flame.totalNs);
    const waits = await engine.call("waits", { limit: 2_000 });
    const times = await engine.call("aggregate", { of: "work", by: ["process"], limit: 1_000 });
    expect(sum(waits.rows.map((row) => row.work.count))).toBeGreaterThan(0.9 * times.total.count);
    const lines = foldedStacks(flame).split("\n");
    expect(sum(lines.map((line) => Number(/ (\d+)$/.exec(line)![1])))).toBe(flame.totalNs);
    expect(lines.every((line) => line.split(";").length >= 2)).toBe(true);
    const profile = speedscopeProfile(flame) as unknown as {
      shared: { frames: { name: string }[] };
      profiles: [{ samples: number[][]; weights: number[]; endValue: number }];
    };
    const [{ samples, weights, endValue }] = profile.profiles;
    expect(sum(weights)).toBe(endValue);
    expect(samples).toHaveLength(weights.length);
    for (const index of samples.flat()) expect(profile.shared.frames[index]).toBeDefined();
  });

  it("is the flow's own for a flow", async () => {
    const { rows } = await engine.call("flows", { entry: "click increment" });
    for (const { id } of rows) {
      const flame = await engine.call("flame", { flow: id });
      const callbacks = await engine.call("events", {
        flow: id,
        kinds: ["dispatch", "flow_start"],
        limit: 1_000,
      });
      const frames = all(flame.roots).filter(({ name }) => name.includes("/"));
      expect(sum(frames.map(({ count }) => count))).toBe(callbacks.rows.length);
      expect(callbacks.rows.length).toBeGreaterThan(0);
    }
  });

  it("of one function is told with who called it", async () => {
    const mfa = "Hello.Counters.Worker.handle_call/3";
    const { rows } = await engine.call("hot", { mfa });
    const [row] = rows;
    expect(rows.map(({ name }) => name)).toEqual([mfa]);
    const group = (await engine.call("aggregate", { of: "work", mfa })).groups[0]!;
    expect([row!.count, row!.ownNs, row!.mostNs]).toEqual([group.count, group.sum, group.most]);
    const edges = (await engine.call("callGraph", { mfa })).rows;
    expect(sum(edges.map(({ count }) => count))).toBe(row!.count);
    const { rows: slow } = await engine.call("slowest", { mfa, limit: 1 });
    expect(slow[0]).toMatchObject({ type: "callback", durationNs: row!.mostNs });
  });

  it("puts GenServer calls beside callbacks, the slowest first", async () => {
    const { rows } = await engine.call("slowest", { limit: 2_000 });
    const calls = await engine.call("calls", { limit: 2_000 });
    const answered = calls.rows.filter(({ outcome }) => outcome === "answered");
    const asked = rows.filter(({ type, durationNs }) => type === "request" && durationNs !== null);
    expect(asked.map(({ durationNs }) => durationNs)).toEqual(
      answered.map(({ latencyNs }) => latencyNs).toSorted((a, b) => b! - a!),
    );
    const took = rows.map(({ durationNs }) => durationNs ?? Number.MAX_VALUE);
    expect(took).toEqual(took.toSorted((a, b) => b - a));
  });
});

it("calls of a time, and that took so long, are those of all of them", async () => {
  const every = (await engine.call("calls", { sort: "newest", limit: 2_000 })).rows;
  const at = every.map(({ request }) => request!.t).sort((a, b) => a - b);
  const took = every.flatMap(({ latencyNs }) => latencyNs ?? []).sort((a, b) => a - b);
  const [since, until] = [at[Math.floor(at.length / 4)]!, at[Math.floor(at.length / 2)]!];
  const [minNs, maxNs] = [took[Math.floor(took.length / 4)]!, took[Math.floor((took.length * 3) / 4)]!];
  const ids = (rows: typeof every): readonly number[] => rows.map(({ request }) => request!.id);
  const asked = async (input: CallsInput): Promise<readonly number[]> =>
    ids((await engine.call("calls", { sort: "newest", limit: 2_000, ...input })).rows);
  const within = every.filter(({ request }) => request!.t >= since && request!.t <= until);
  expect(await asked({ since, until })).toEqual(ids(within));
  expect(await asked({ minNs })).toEqual(
    ids(every.filter(({ latencyNs, outcome }) => outcome === "unanswered" || (latencyNs ?? -1) >= minNs)),
  );
  const lasting = ({ latencyNs }: (typeof every)[number]): boolean =>
    latencyNs !== null && latencyNs >= minNs && latencyNs <= maxNs;
  expect(await asked({ since, until, minNs, maxNs })).toEqual(ids(within.filter(lasting)));
  expect(within.filter(lasting).length).toBeGreaterThan(0);
});

describe("paths", () => {
  it("a critical path is as long as its flow, end to end", async () => {
    const { rows } = await engine.call("flows", { limit: 2_000 });
    expect(rows.length).toBeGreaterThan(20);
    for (const { id, durationNs, t } of rows) {
      const path = await engine.call("criticalPath", { flow: id });
      expect({ id, ns: path.totalNs }).toEqual({ id, ns: durationNs });
      expect(sum(path.rows.map((row) => row.durationNs))).toBe(durationNs);
      let at = t;
      for (const { from, to } of path.rows) {
        expect(from).toBe(at);
        at = to;
      }
    }
    await expect(engine.call("criticalPath", { flow: "f-1" })).rejects.toMatchObject({
      code: "QUERY_NO_SUCH_FLOW",
    });
  });

  it("of a flow has each callback of it, and each process below the message that led to it", async () => {
    const { rows } = await engine.call("flows", { entry: "click increment" });
    const flow = rows[0]!.id;
    const { roots, cut } = await engine.call("path", { flow });
    expect(cut).toBe(false);
    const dispatched = await engine.call("events", { flow, kinds: ["dispatch"], order: "oldest_first" });
    const found = steps(roots).filter(({ type }) => type === "callback");
    expect(found.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(dispatched.rows.map(({ id }) => id));
    expect(steps(roots).filter(({ type }) => type === "flow")).toHaveLength(
      (await engine.call("flow", { flow })).messages,
    );
    expect((await engine.call("path", { flow, limit: 3 })).cut).toBe(true);
  });

  it("of a process is what it did between two instants; of a request that of its flow", async () => {
    const { rows } = await engine.call("events", {
      subject: "Hello.Counters.Worker",
      kinds: ["dispatch"],
      order: "oldest_first",
    });
    const [first, second] = rows;
    const window = { process: "Hello.Counters.Worker", from: first!.t, to: second!.t };
    const { roots } = await engine.call("path", window);
    expect(roots.filter(({ type }) => type === "callback").map(({ id }) => id)).toEqual([
      first!.id,
      second!.id,
    ]);
    const requests = (await engine.call("requests", { path: "/api/count" })).rows;
    const [request] = requests;
    const path = await engine.call("path", { request: request!.id });
    expect(path.roots[0]!.process).toEqual(request!.process);
    expect(steps(path.roots).some(({ process }) => process?.label === "Hello.Counters.Worker")).toBe(true);
  });

  it("ends with what a process did last", async () => {
    const [crash] = (await engine.call("crashes", {})).rows;
    const process = crash!.process.handle;
    const { rows, more } = await engine.call("lastEvents", { process, limit: 12 });
    const index = process.slice(2);
    const told = await sql(`SELECT e.id::INTEGER FROM events e JOIN kinds k USING (kind)
      WHERE (pid = ${index} OR peer = ${index}) AND e.id <= (SELECT max(x.id) FROM events x JOIN kinds y USING (kind) WHERE y.name = 'exit' AND x.pid = ${index})
      AND k.name NOT IN ('sample', 'process', 'supervisor', 'application', 'session', 'gap') ORDER BY 1 DESC LIMIT 12`);
    expect(rows.map(({ id }) => id)).toEqual(told.map(([id]) => id).toReversed());
    expect(rows.at(-1)!.kind).toBe("exit");
    expect(more).toBe(true);
    await expect(engine.call("lastEvents", { process: "Hello.Counters.Worker" })).rejects.toMatchObject({
      code: "QUERY_NOT_ENDED",
    });
  });
});
