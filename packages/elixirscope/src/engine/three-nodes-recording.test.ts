import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlowSpan } from "../protocol/index.ts";
import type { Engine } from "./engine.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

// Three nodes of examples/hello_phoenix in a cluster, one of which was cut off for a while: test/recordings/README.md.

describe("recording of real Phoenix on three nodes", () => {
  let recording: OpenRecording;
  let engine: Engine;

  beforeAll(async () => {
    recording = await openRecording("phoenix-three-nodes");
    engine = recording.engine;
  });
  afterAll(() => recording.close());

  it("tells of a broadcast whom it reached on each node, and which it did not get to", async () => {
    const { rows, complete } = await engine.call("broadcasts", { topic: "counter:updates" });
    const everywhere = "reached 1 process on its own node; 1 process on beta; 1 process on gamma";
    const missed = (node: string): string =>
      `nobody on ${node}, where it did not get to and 1 process is subscribed`;
    const alone = `reached 1 process on its own node; ${missed("beta")}; ${missed("gamma")}`;
    expect(complete).toBe(true);
    expect(rows.map(({ operation, verdict }) => [operation, verdict.replace(/^.*updates /, "")])).toEqual(
      [everywhere, alone, alone, everywhere, everywhere, everywhere].map((text) => ["broadcast", text]),
    );
    const there = rows[0]!.elsewhere;
    expect(there.map(({ name, arrived, reached }) => [name, arrived, reached])).toEqual([
      ["beta", true, 1],
      ["gamma", true, 1],
    ]);
    for (const { id, receivers, node } of there) {
      expect(receivers).toHaveLength(1);
      expect(await engine.call("event", { id: id! })).toMatchObject({ node, tag: ":local_broadcast" });
    }
  });

  it("knows who is subscribed on which node", async () => {
    // While the pages were open.
    const { rows: told } = await engine.call("broadcasts", { topic: "counter:updates" });
    const t = told[0]!.t;
    const listeners = async (node?: string): Promise<readonly (string | undefined)[]> => {
      const { rows } = await engine.call("topics", { t, search: "counter:", ...(node && { node }) });
      return rows.flatMap(({ subscribers }) => subscribers.map((process) => process.node));
    };
    expect(new Set(await listeners())).toEqual(new Set(["alpha", "beta", "gamma"]));
    for (const node of ["alpha", "beta", "gamma"]) expect(await listeners(node)).toEqual([node]);
    const counts = async (node: string): Promise<number> =>
      (await engine.call("topics", { t, search: "counter:", node })).rows[0]!.broadcasts;
    expect([await counts("alpha"), await counts("beta")]).toEqual([6, 0]);
  });

  it("follows a click to the pages of all nodes as one flow, and of those that it got to", async () => {
    const { rows } = await engine.call("flows", { entry: "click increment" });
    expect(rows.map(({ nodes, complete }) => [nodes, complete])).toEqual(
      [[0, 1, 2], [0], [0], [0, 1, 2], [0, 1, 2], [0, 1, 2]].map((nodes) => [nodes, true]),
    );
    const { root } = await engine.call("flow", { flow: rows[0]!.id });
    const passed = new Set<string>();
    const walk = ({ process, hops }: FlowSpan): void => {
      passed.add(`${process?.label.includes("CounterLive") ? "page" : process?.label} ${process?.node}`);
      for (const { span } of hops) if (span) walk(span);
    };
    walk(root);
    for (const node of ["alpha", "beta", "gamma"]) expect([...passed]).toContain(`page ${node}`);
    const path = await engine.call("criticalPath", { flow: rows[0]!.id });
    expect(path.rows.reduce((sum, { durationNs }) => sum + durationNs, 0)).toBe(path.totalNs);
  });

  it("answers why a page on another node did not update, with the broadcasts that did not get there", async () => {
    const { rows } = await engine.call("broadcasts", { topic: "counter:updates" });
    const missed = rows.filter(({ elsewhere }) => elsewhere.some(({ arrived }) => arrived === false));
    const answer = await engine.call("ask", {
      question: "Why did the counter on gamma not update when I clicked increment?",
    });
    const sentence = answer.sentences.find(({ text }) => text.includes("did not get to gamma"));
    expect(sentence?.text).toBe(
      'Hello.Counters.Worker broadcast twice on "counter:updates", and that did not get to gamma, where 1 process is subscribed.',
    );
    expect(sentence?.evidence).toEqual(missed.map(({ id }) => id).toReversed());
  });

  it("lists what is of one node", async () => {
    for (const node of ["alpha", "beta", "gamma"]) {
      const { rows } = await engine.call("liveViews", { node });
      expect(rows.flatMap(({ processes }) => processes.map((process) => process.node))).toEqual([node]);
    }
    await expect(engine.call("requests", { node: "delta" })).rejects.toMatchObject({
      code: "QUERY_NO_SUCH_NODE",
    });
  });
});
