import { describe, expect, it } from "vitest";
import type { NodeStatus } from "../../protocol/index.ts";
import { actsOf, plainName, tracingWords } from "./act-words.ts";

describe("what the audit log tells of an act", () => {
  it.each([
    ["Shop.Cart.add/2", "Shop.Cart.add/2"],
    ["Shop.*", "Shop.*"],
    ['Shop.Auth.login(_, "hunter2") when u == "ada"', "Shop.Auth.login(…)"],
    ['MyReg/"zoe"', 'MyReg/"…"'],
    ['{:via, Registry, {MyReg, "zoe"}}', '{:via, Registry, {MyReg, "…"}}'],
    [`:'odd name'.f/1`, ':"…".f/1'],
    ['"never closed', '"…"'],
    ["x".repeat(300), `${"x".repeat(200)}…`],
  ])("%s is %s: no argument, no text", (given, told) => {
    expect(plainName(given)).toBe(told);
  });

  it("tells of long lists how long they are", () => {
    const { patterns } = tracingWords({ patterns: Array.from({ length: 60 }, (_, i) => `M.f${i}/0`) });
    expect(patterns).toHaveLength(51);
    expect((patterns as string[]).at(-1)).toBe("and 10 more");
  });

  const node = (name: string, state: NodeStatus["state"]): NodeStatus =>
    ({
      name,
      state,
      level: "observe",
      patterns: [],
      lines: [],
      flows: { patterns: [] },
      control: { scope: { apps: ["shop"] }, sample: {}, budget: {} },
    }) as unknown as NodeStatus;
  const nodes = [node("a@h", "connected"), node("b@h", "disconnected")];

  it("has of an attach the way, never what opens it", () => {
    const [act] = actsOf(
      "attach",
      {
        node: "a@h",
        cookie: "COOKIE",
        level: "calls",
        patterns: ['M.f("secret")'],
        way: {
          host: "10.0.0.1",
          port: 9100,
          tls: { ca: "CA", key: "KEY", passphrase: "PASS" },
          ssh: { destination: "deploy@bastion", passphrase: "OPEN", passwords: { bastion: "PASSWORD" } },
        },
      },
      () => [],
    );
    expect(act).toEqual({
      act: "attach",
      node: "a@h",
      way: { host: "10.0.0.1", port: 9100, tls: true, ssh: "deploy@bastion" },
      level: "calls",
      patterns: ["M.f(…)"],
    });
  });

  it("has of a change what was before and what is wanted, of each node that is attached", () => {
    expect(actsOf("tracing", { level: "messages" }, () => nodes)).toEqual([
      {
        act: "tracing",
        node: "a@h",
        before: { level: "observe", apps: ["shop"] },
        after: { level: "messages" },
      },
    ]);
  });

  it("has of one that names a node only that node", () => {
    const two = [node("a@h", "connected"), node("b@h", "connected")];
    expect(actsOf("tracing", { level: "messages", node: "b" }, () => two).map((act) => act.node)).toEqual([
      "b@h",
    ]);
    expect(actsOf("tracing", { level: "messages" }, () => two).map((act) => act.node)).toEqual([
      "a@h",
      "b@h",
    ]);
  });

  it("tells of what runs something on a node, and of nothing that only looks", () => {
    expect(actsOf("replay", { events: [1], run: true }, () => nodes)).toEqual([
      { act: "replay", node: "a@h", runs: true },
    ]);
    expect(actsOf("replay", { events: [1], node: "c@h" }, () => [])).toEqual([
      { act: "replay", node: "c@h", runs: false },
    ]);
    expect(actsOf("boundaries", { countMs: 500 }, () => nodes)).toEqual([
      { act: "count_calls", node: "a@h", ms: 500 },
    ]);
    expect(actsOf("boundaries", {}, () => nodes)).toEqual([]);
    expect(actsOf("status", {}, () => nodes)).toEqual([]);
    expect(actsOf("query", { sql: "SELECT 1" }, () => nodes)).toEqual([]);
  });
});
