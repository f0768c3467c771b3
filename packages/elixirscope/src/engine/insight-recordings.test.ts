import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

// What is asked of what real Phoenix did: test/recordings/README.md.

const QUESTION = "Why didn't the counter update when I clicked increment?";

describe.each(["phoenix-1.7", "phoenix-1.8"])("recording of %s", (name) => {
  let recording: OpenRecording;
  beforeAll(async () => {
    recording = await openRecording(name);
  });
  afterAll(() => recording.close());

  it("answers why the counter did not update, with the click and the broadcast [insight.ask]", async () => {
    const { engine } = recording;
    const answer = await engine.call("ask", { question: QUESTION });
    expect(answer.verdict).toBe("warn");
    const [click, cause, ...others] = answer.sentences;
    expect(others).toEqual([]);
    expect(click!.text).toBe(
      'HelloWeb.CounterLive got the event "increment", handled it, and none of its assigns changed until the next event.',
    );
    expect(cause!.text).toBe(
      'Hello.Counters.Worker broadcast once on "counter:udpates", which nobody is subscribed to, so nobody got it; counter:updates has 1 subscriber.',
    );
    const [event, broadcast] = await Promise.all(
      [click, cause].map((sentence) => engine.call("event", { id: sentence!.evidence[0]! })),
    );
    expect([event!.kind, broadcast!.kind]).toEqual(["telemetry", "pubsub"]);
    expect(broadcast!.term.text).toContain("counter:udpates");
    expect(answer.todo).toContain("counter:updates");
    expect(answer.about.userEvents.map(({ id }) => id)).toContain(event!.id);
  });

  it("cites events that are there, in every finding [insight.evidence]", async () => {
    const { engine } = recording;
    const { rows, clear, blind, more } = await engine.call("diagnose", {});
    expect(more).toBe(false);
    for (const { evidence } of rows) {
      expect(evidence.length).toBeGreaterThan(0);
      for (const id of evidence) expect((await engine.call("event", { id })).id).toBe(id);
    }
    expect(rows.filter(({ verdict }) => verdict === "warn").map(({ detector }) => detector)).toEqual([
      "broadcast_unheard",
      "request_failed",
      "crash",
    ]);
    expect(clear.map(({ verdict }) => verdict)).not.toContain("warn");
    // Older than inventories at intervals, sources and contexts in recordings.
    expect(blind.map(({ detector }) => detector)).toEqual([
      "message_swallowed",
      "table_growth",
      "atom_growth",
      "binary_growth",
      "port_leak",
      "boundary_leak",
    ]);
  });

  it("tells of a request, a LiveView, a process or a stretch of time only what is about it [insight.scope]", async () => {
    const { engine } = recording;
    const { rows: failed } = await engine.call("requests", { failed: true, path: "/broken" });
    const { rows: views } = await engine.call("liveViews", {});
    const crashed = views.find(({ crashes }) => crashes > 0)!;
    const found = async (input: object): Promise<readonly string[]> =>
      (await engine.call("diagnose", input)).rows
        .filter(({ verdict }) => verdict === "warn")
        .map(({ detector }) => detector);
    expect(await found({ request: failed[0]!.id })).toEqual(["request_failed"]);
    expect(await found({ liveView: crashed.id })).toEqual(["crash"]);
    expect(await found({ process: "Hello.Counters.Worker" })).toEqual(["broadcast_unheard"]);
    const { rows } = await engine.call("broadcasts", { unheard: true, topic: "counter:udpates" });
    expect(await found({ flow: rows[0]!.flow! })).toEqual(["broadcast_unheard"]);
    expect(await found({ to: rows[0]!.t - 1 })).toEqual(["request_failed", "crash"]);
  });

  it("says so where nothing answers", async () => {
    const { verdict, sentences, findings, todo } = await recording.engine.call("ask", {
      question: "Why do the two databases deadlock?",
    });
    expect({ verdict, sentences, findings, todo }).toEqual({
      verdict: "ok",
      sentences: [],
      findings: [],
      todo: "",
    });
  });
});

describe("recording of a shop at the level flows", () => {
  let recording: OpenRecording;
  beforeAll(async () => {
    recording = await openRecording("ecto");
  });
  afterAll(() => recording.close());

  it("answers why it is slow and why a job failed, and says what other levels would tell [insight.unknown]", async () => {
    const { engine } = recording;
    const slow = await engine.call("ask", { question: "Why is GET /api/orders slow?" });
    expect(slow.findings[0]).toMatchObject({ verdict: "warn", detector: "repeated_queries" });
    expect(slow.findings[0]!.summary).toMatch(/^GET \/api\/orders ran the same query 12 times/);
    expect(slow.unknown.join(" ")).toContain("Record at the level messages or above");
    const failed = await engine.call("ask", { question: "Why did the job fail?" });
    expect(failed.findings.map(({ detector }) => detector)).toEqual(["job_failed"]);
    const { blind } = await engine.call("diagnose", {});
    expect(blind.map(({ detector }) => detector)).toContain("deadlock");
  });
});
