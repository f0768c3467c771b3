import type { EventList, EventRow, EventsInput } from "elixirscope/protocol";
import { describe, expect, it } from "vitest";
import { StreamSource } from "./stream-source.ts";

const row = (id: number): EventRow => ({
  id,
  t: id * 10,
  at: "",
  node: 0,
  kind: "send",
  process: null,
  peer: null,
  mfa: null,
  tag: null,
  summary: "",
});

const matches = (entry: EventRow, input: EventsInput): boolean =>
  entry.id > (input.afterId ?? 0) &&
  entry.id < (input.beforeId ?? Infinity) &&
  entry.t >= (input.from ?? -Infinity) &&
  entry.t <= (input.to ?? Infinity);

/** A recording that grows, asked as the server is asked. */
function recording(): {
  grow: (events: number) => void;
  ask: (input: EventsInput) => Promise<EventList>;
  asked: EventsInput[];
} {
  const rows: EventRow[] = [];
  const asked: EventsInput[] = [];
  return {
    asked,
    grow: (events) =>
      rows.push(...Array.from({ length: events }, (_, index) => row(rows.length + index + 1))),
    ask: async (input) => {
      asked.push(input);
      const found = rows.filter((entry) => matches(entry, input));
      const ordered = input.order === "newest_first" ? found.toReversed() : found;
      const limit = input.limit ?? 100;
      return { rows: ordered.slice(0, limit), more: ordered.length > limit };
    },
  };
}

const span = (source: StreamSource): [number | undefined, number | undefined] => {
  const { rows } = source.state().buffer;
  return [rows[0]?.id, rows.at(-1)?.id];
};

describe("StreamSource", () => {
  it("follows what comes, without a hole", async () => {
    const { grow, ask } = recording();
    const source = new StreamSource({}, ask);
    grow(10);
    await source.follow(10);
    grow(5);
    await source.follow(15);
    expect(span(source)).toEqual([1, 15]);
    grow(5_000);
    await source.follow(5_015);
    const { rows, moreOlder } = source.state().buffer;
    expect(rows.at(-1)?.id).toBe(5_015);
    expect(rows.every((entry, index) => index === 0 || entry.id === rows[index - 1]!.id + 1)).toBe(true);
    expect(moreOlder).toBe(true);
  });

  it("does not ask for what it has", async () => {
    const { grow, ask, asked } = recording();
    const source = new StreamSource({}, ask);
    grow(3);
    await source.follow(3);
    await source.follow(3);
    expect(asked).toHaveLength(1);
  });

  it("stands at an instant and reads on to both sides", async () => {
    const { grow, ask } = recording();
    const source = new StreamSource({}, ask);
    grow(5_000);
    await source.goTo(25_000);
    expect(span(source)).toEqual([2_201, 2_800]);
    await source.older();
    await source.newer();
    expect(span(source)).toEqual([1_901, 3_100]);
  });

  it("keeps its rows when the instant is among them", async () => {
    const { grow, ask, asked } = recording();
    const source = new StreamSource({}, ask);
    grow(50);
    await source.follow(50);
    source.stopFollowing();
    await source.goTo(300);
    expect(asked).toHaveLength(1);
    expect(source.state().buffer.moreNewer).toBe(true);
  });

  it("asks within its restriction", async () => {
    const { grow, ask, asked } = recording();
    const source = new StreamSource({ process: "p-1", from: 100, to: 200 }, ask);
    grow(50);
    await source.goTo(400);
    expect(asked.every((input) => input.process === "p-1" && (input.to ?? 0) <= 200)).toBe(true);
    expect(span(source)).toEqual([10, 20]);
  });

  it("says what went wrong, and goes on when it can", async () => {
    let fails = true;
    const { grow, ask } = recording();
    const source = new StreamSource({}, (input) =>
      fails ? Promise.reject(new Error("no disk")) : ask(input),
    );
    await source.follow(1);
    expect(source.state()).toMatchObject({ phase: "ready", error: "no disk" });
    fails = false;
    grow(1);
    await source.follow(1);
    expect(source.state().error).toBeUndefined();
    expect(span(source)).toEqual([1, 1]);
  });
});
