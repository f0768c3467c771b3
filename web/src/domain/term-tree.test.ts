import { describe, expect, it } from "vitest";
import { flatten, parseTerm, type TermNode } from "./term-tree.ts";

const oneLine = (nodes: readonly TermNode[]): string =>
  nodes
    .map((node) =>
      flatten(node)
        .map((token) => token.text)
        .join(""),
    )
    .join(", ");

describe("parseTerm", () => {
  it.each([
    "{:set, 3}",
    "%{a: 1, b: [1, 2, {:x, %{}}]}",
    "[1, 2 | :tail]",
    '%Hello.State{count: 0, topic: "counter"}',
    "#MapSet<[1, 2]>",
    "<<1, 2, ...>>",
    "[]",
    "{}",
    '%{:a => 1, "b" => {2}}',
    "#PID<0.1.0>",
  ])("%s comes back as it was", (text) => {
    expect(oneLine(parseTerm(text))).toBe(text);
  });

  it("gives the one-line length of every node", () => {
    const [node] = parseTerm("%{list: [1, 2], name: :a}");
    expect(node?.length).toBe("%{list: [1, 2], name: :a}".length);
  });

  it("takes lines and indentation as the one space they mean", () => {
    expect(oneLine(parseTerm("%{\n  a: 1,\n  b: 2\n}"))).toBe("%{a: 1, b: 2}");
  });

  it("keeps what a cut left open", () => {
    const [node] = parseTerm("{:big, [1, 2, 3");
    expect(node).toMatchObject({ type: "branch", close: undefined });
    expect(oneLine([node!])).toBe("{:big, [1, 2, 3");
  });

  it("keeps a bracket that closes nothing", () => {
    expect(oneLine(parseTerm("1}"))).toBe("1, }");
  });

  it("puts the key before the bracket it belongs to", () => {
    const [node] = parseTerm("[state: %{a: 1}]");
    const child = node?.type === "branch" ? node.items[0] : undefined;
    expect(child).toMatchObject({ type: "branch", lead: [{ type: "key", text: "state:" }] });
  });
});
