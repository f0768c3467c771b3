import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventRow, EventsInput, FlowAnswer, FlowSpan } from "../protocol/index.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

// Filters of events against plain SQL, and against a look at every event, on a recording of real Phoenix.

let recording: OpenRecording;
beforeAll(async () => {
  recording = await openRecording("phoenix-1.8");
});
afterAll(() => recording.close());

async function all(input: EventsInput): Promise<readonly EventRow[]> {
  const rows: EventRow[] = [];
  for (let afterId = input.afterId ?? 0; ; ) {
    const asked = { ...input, afterId, order: "oldest_first", limit: 10_000 } as const;
    const page = await recording.engine.call("events", asked);
    rows.push(...page.rows);
    const last = page.searched ?? page.rows.at(-1)?.id;
    if (!page.more || last === undefined) return rows;
    afterId = last;
  }
}

const ids = (rows: readonly EventRow[]): readonly number[] => rows.map(({ id }) => id);

async function sql(where: string): Promise<readonly number[]> {
  const asked = `SELECT e.id::INTEGER FROM events e LEFT JOIN kinds k ON k.kind = e.kind
    LEFT JOIN functions f ON f.mfa = e.mfa LEFT JOIN atoms a ON a.atom = e.tag WHERE ${where} ORDER BY 1`;
  const { rows } = await recording.engine.call("query", { sql: asked, limit: 100_000 });
  return rows.map(([id]) => Number(id));
}

describe("filters of events are the conditions that SQL would have", () => {
  it.each<readonly [EventsInput, string]>([
    [{ kinds: ["exit", "spawn"] }, "k.name IN ('exit', 'spawn')"],
    [
      { mfa: "Hello.*.handle_call/3" },
      "f.module LIKE 'Elixir.Hello.%' AND f.function = 'handle_call' AND f.arity = 3",
    ],
    [{ mfa: "*.handle_*/2" }, "f.function LIKE 'handle\\_%' ESCAPE '\\' AND f.arity = 2"],
    [{ mfa: "gen_server.*" }, "f.module = 'gen_server'"],
    [{ tag: "Hello.*" }, "a.name LIKE 'Elixir.Hello.%'"],
    [{ tag: "$gen_*" }, "a.name LIKE '$gen\\_%' ESCAPE '\\'"],
    [{ tag: "normal", kinds: ["exit"] }, "a.name = 'normal' AND k.name = 'exit'"],
    [{ minBytes: 5_000, maxBytes: 20_000 }, "e.payload_length BETWEEN 5000 AND 20000"],
    [{ maxBytes: 0, kinds: ["send", "dispatch"] }, "e.payload_length = 0 AND k.name IN ('send', 'dispatch')"],
    [{ afterId: 5_000, beforeId: 5_100 }, "e.id > 5000 AND e.id < 5100"],
    [{ node: "hello_phoenix", kinds: ["flow_start"] }, "k.name = 'flow_start'"],
    [{ node: 0, kinds: ["flow_start"] }, "k.name = 'flow_start'"],
  ])("%j", async (input, where) => {
    expect(ids(await all(input))).toEqual(await sql(where));
  });

  it("of no node that is not in it", async () => {
    for (const node of [1, "elsewhere"])
      await expect(all({ node })).rejects.toMatchObject({ code: "QUERY_NO_SUCH_NODE" });
  });

  it("of a process in one role or the other", async () => {
    const { rows } = await recording.engine.call("processes", { search: "Hello.Counters.Worker" });
    const indexes = rows.map(({ handle }) => handle.slice(2)).join(", ");
    const told = (role: string): string => `e.${role} IN (${indexes})`;
    const worker = "Hello.Counters.Worker";
    expect(ids(await all({ subject: worker }))).toEqual(await sql(told("pid")));
    expect(ids(await all({ peer: worker }))).toEqual(await sql(told("peer")));
    expect((await all({ subject: worker })).length).toBeGreaterThan(10);
    expect((await all({ peer: worker })).length).toBeGreaterThan(10);
  });

  it("of all processes whose names look alike", async () => {
    const like = await all({ subject: "Hello.Counters.*", kinds: ["state"] });
    const one = async (subject: string): Promise<readonly EventRow[]> => all({ subject, kinds: ["state"] });
    const each = [...(await one("Hello.Counters.Worker")), ...(await one("Hello.Counters.Audit"))];
    expect(ids(like)).toEqual(ids(each).toSorted((a, b) => a - b));
    await expect(all({ process: "Nobody.*" })).rejects.toMatchObject({ code: "QUERY_NO_SUCH_PROCESS" });
    // Where one process is asked for, several will not do.
    await expect(recording.engine.call("process", { process: "Hello.*" })).rejects.toMatchObject({
      code: "QUERY_NO_SUCH_PROCESS",
    });
  });

  it("by what a term prints as", async () => {
    const kinds = ["pubsub", "phoenix", "log", "exit"] as const;
    const details = await Promise.all(
      (await all({ kinds })).map(({ id }) => recording.engine.call("event", { id })),
    );
    const found = details.filter(({ term }) => term.text.toLowerCase().includes("counter:u"));
    expect(found.length).toBeGreaterThan(2);
    expect(ids(await all({ kinds, text: "COUNTER:U" }))).toEqual(ids(found));
    const both = { kinds, text: "counter:u", match: '"counter:updates"' } as const;
    const narrower = found.filter(({ term }) => term.text.includes('"counter:updates"'));
    expect(ids(await all(both))).toEqual(ids(narrower));
  });

  it("of a flow: what its processes did while they were at it", async () => {
    const { rows } = await recording.engine.call("flows", { entry: "click increment" });
    const flow = rows[0]!.id;
    const answer: FlowAnswer = await recording.engine.call("flow", { flow });
    const told = new Set(eventsOf(answer.root));
    const found = await all({ flow });
    expect(ids(found)).toEqual(expect.arrayContaining([...told]));
    const from = answer.t;
    expect(found.every(({ t }) => t >= from)).toBe(true);
    expect(found.some(({ kind }) => kind === "dispatch")).toBe(true);
    expect(ids(await all({ flow, kinds: ["flow_send"] }))).toEqual(
      ids(found.filter(({ kind }) => kind === "flow_send")),
    );
    await expect(all({ flow: "f-1" })).rejects.toMatchObject({ code: "QUERY_NO_SUCH_FLOW" });
  });

  it("points at the column of a mistake", async () => {
    const bad = (input: EventsInput): Promise<unknown> =>
      all(input).then(
        () => "taken",
        ({ code, details }: { code: string; details: unknown }) => ({ code, details }),
      );
    expect(await bad({ mfa: "Hello.*.add/x" })).toEqual({
      code: "BAD_MFA_PATTERN",
      details: { pattern: "Hello.*.add/x", column: 13 },
    });
    expect(await bad({ match: "%{a: }" })).toEqual({
      code: "BAD_TERM_PATTERN",
      details: { pattern: "%{a: }", column: 6 },
    });
  });
});

/** Sends and receives of a flow, as `flow` tells them. */
const eventsOf = (span: FlowSpan): readonly number[] => [
  span.opened.id,
  ...span.hops.flatMap(({ sent, received, reply, span: next }) => [
    ...(sent ? [sent.id] : []),
    ...(reply && received ? [received.id] : []),
    ...(next ? eventsOf(next) : []),
  ]),
];
