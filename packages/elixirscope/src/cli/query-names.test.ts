import { describe, expect, it } from "vitest";
import { catalogue, inputSchemas } from "../protocol/index.ts";
import { inputOf } from "./query-names.ts";

const MOMENTS = { t: 60e9, startedAt: "2030-01-31T12:00:00.000Z" };
const entry = (name: string) => catalogue().find((one) => one.name === name)!;
const read = (name: string, ...given: readonly string[]) => inputOf(entry(name), given, MOMENTS);

describe("questions by name", () => {
  it.each([
    [
      "aggregate",
      ["by=mfa,process", "everyNs=1s", "of=duration"],
      { by: ["mfa", "process"], everyNs: 1e9, of: "duration" },
    ],
    [
      "events",
      ["kinds=exit", "from=-10s", "to=59s", "node=shop"],
      { kinds: ["exit"], from: 50e9, to: 59e9, node: "shop" },
    ],
    ["events", ["node=1", "match=%{a: b=c}"], { node: 1, match: "%{a: b=c}" }],
    ["states", ["process=Cart", "diff=true"], { process: "Cart", diff: true }],
    [
      "diff",
      ['a={"process":"p-1"}', 'b={"process":"p-2","t":5}'],
      { a: { process: "p-1" }, b: { process: "p-2", t: 5 } },
    ],
    ["snapshot-at", ["t=2030-01-31T12:00:01Z"], { t: 1e9 }],
    ["flows", ["minNs=250ms"], { minNs: 250e6 }],
  ] as const)("%s %j", (name, given, input) => {
    expect(read(name, ...given)).toEqual(input);
    expect(inputSchemas[entry(name).method].safeParse(read(name, ...given)).success).toBe(true);
  });

  it.each([
    ["hot", ["x=1"], 'hot takes no "x".'],
    ["hot", ["limit"], 'hot takes no "limit".'],
    ["hot", ["limit=few"], 'limit takes a number, not "few".'],
    ["states", [], "states needs process=…"],
    ["states", ["process=A", "diff=yes"], 'diff takes true or false, not "yes".'],
    ["diff", ["a=p-1"], 'a takes JSON, not "p-1".'],
    [
      "snapshot-at",
      ["t=noon"],
      't takes a moment: 10s, -10s, a time, or nanoseconds since the start, not "noon".',
    ],
  ] as const)("%s %j is refused", (name, given, message) => {
    expect(() => read(name, ...given)).toThrow(message);
  });

  it("say what they take, and each is a method", () => {
    const all = catalogue();
    expect(all.length).toBeGreaterThan(40);
    for (const { method, name, summary } of all) {
      expect(inputSchemas[method]).toBeDefined();
      expect(name).toMatch(/^[a-z-]+$/);
      expect(summary).not.toBe("");
    }
    const by = entry("aggregate").parameters.find(({ name }) => name === "by");
    expect(by).toMatchObject({ type: "list", required: false });
    expect(by!.values).toContain("application");
  });
});
