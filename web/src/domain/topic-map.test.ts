import type { BroadcastRow, ProcessRef, TopicRow } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { topicMap } from "./topic-map.ts";

const who = (handle: string): ProcessRef => ({ handle, pid: handle, label: handle, name: null });
const topic = (name: string, subscribers: readonly string[], unheard = 0, broadcasts = 1): TopicRow => ({
  pubsub: "P",
  topic: name,
  subscribers: subscribers.map(who),
  broadcasts,
  unheard,
  lastBroadcastAt: null,
});
const broadcast = (name: string, from: string, receivers: readonly string[]): BroadcastRow => ({
  id: 1,
  node: 0,
  flow: null,
  t: 0,
  at: "",
  process: who(from),
  operation: "broadcast",
  pubsub: "P",
  topic: name,
  message: null,
  reached: receivers.length,
  receivers: receivers.map(who),
  unheard: receivers.length === 0,
  nearest: receivers.length === 0 ? { topic: "updates", subscribers: 1 } : null,
  elsewhere: [],
  verdict: "",
});

describe("the map of topics", () => {
  const map = topicMap(
    [topic("updates", ["page"]), topic("udpates", [], 1)],
    [broadcast("udpates", "worker", []), broadcast("updates", "worker", ["page", "old", "left"])],
    new Set(["old", "worker"]),
  );
  const node = (id: string) => map.nodes.find((one) => one.id === id);
  const edge = (from: string, to: string) => map.edges.find((one) => one.from === from && one.to === to);

  it("has a topic that nobody heard first, in red, with the one that was meant", () => {
    expect(map.nodes[0]).toMatchObject({
      label: "udpates",
      tone: "failure",
      note: "nobody listens · updates?",
    });
    expect(edge("from worker", "topic udpates")).toMatchObject({
      label: "1 of 1 unheard",
      tone: "failure",
    });
    expect(edge("from worker", "topic updates")).toMatchObject({ label: "1", tone: "plain" });
  });

  it("tells who listens, who listened once, and who ended", () => {
    expect(node("to page")).toMatchObject({ tone: "plain", note: "" });
    expect(node("to old")).toMatchObject({ tone: "gone", note: "ended" });
    expect(node("to left")).toMatchObject({ tone: "gone", note: "" });
    expect(edge("topic updates", "to left")?.label).toBe("listened once");
    expect(node("from worker")).toMatchObject({ tone: "gone", note: "ended" });
  });

  it("says how many listeners and topics it leaves out", () => {
    const names = Array.from({ length: 10 }, (_, index) => `l${index}`);
    const crowded = topicMap([topic("all", names)], [], new Set());
    expect(crowded.nodes.map(({ label }) => label)).toContain("4 more listen");
    const many = Array.from({ length: 30 }, (_, index) => topic(`t${index}`, ["page"]));
    expect(topicMap(many, [], new Set()).more).toBe(6);
  });
});
