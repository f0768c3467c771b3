import { expect, it } from "vitest";
import { messageSwallowed } from "./ignored.ts";
import type { ClauseFact, SendFact, TurnFact } from "./more-facts.ts";
import { wrongNode } from "./nodes.ts";
import { parts } from "./parts.ts";
import { call, facts, named, send } from "./testing-facts.ts";

const clause = (callback: ClauseFact["callback"], pattern: string, line: number): ClauseFact => ({
  callback,
  line,
  pattern,
  takesAll: /^\w+$/.test(pattern),
});
const CLAUSES = [
  clause("handle_info", "{:motion, _room}", 7),
  clause("handle_info", "_other", 9),
  clause("handle_cast", "{:dim, level}", 12),
];
const found = (sends: readonly SendFact[], clauses: readonly ClauseFact[] = CLAUSES) =>
  messageSwallowed.detect(facts({ sends, servers: [{ process: named("Lamp"), module: "Lamp", clauses }] }));

it("warns of a message that only the clause for everything takes, where another was meant", () => {
  expect(found([send(1, ["Sensor", "Lamp", "{:motion_detected, :hall}"], 1)])).toMatchObject([
    {
      verdict: "warn",
      summary:
        "Sensor sent {:motion_detected, :hall} to Lamp once, and no clause of its handle_info is for that but the one that takes everything (line 9), which hides it. There is a clause handle_info({:motion, _room}, …) in line 7.",
    },
  ]);
  expect(found([send(1, ["Sensor", "Lamp", "{:motion, :hall, 7}"], 1)])).toMatchObject([{ verdict: "warn" }]);
  expect(found([send(1, ["Sensor", "Lamp", "{:dim, 3}"], 1)])).toMatchObject([
    { verdict: "warn", todo: expect.stringContaining("which handle_cast takes") },
  ]);
});

it("sees results of tasks that nobody takes, and none that are awaited or have a clause", () => {
  const results = [1, 2, 3, 4].map((n) => send(n, [`Task${n}`, "Lamp", `{ref, ${n}}`], n));
  const turn = (at: number, changed: boolean): TurnFact => ({
    id: 100,
    t: at * 1e9 + 1e6,
    process: named("Lamp"),
    callback: "handle_info/2",
    name: "",
    durationNs: 1_000,
    changed,
    effects: 0,
  });
  const told = (turns: readonly TurnFact[], clauses: readonly ClauseFact[] = CLAUSES) =>
    messageSwallowed.detect(
      facts({ results, turns, servers: [{ process: named("Lamp"), module: "Lamp", clauses }] }),
    );
  const ignored = [1, 2, 3, 4].map((at) => turn(at, false));
  expect(told(ignored)).toMatchObject([
    {
      verdict: "recheck",
      summary:
        "Lamp started tasks and got what they came to ({ref, 1}) 4 times, and nobody awaits them: only the clause of its handle_info that takes everything (line 9) took it, and nothing changed.",
      evidence: [1, 2, 3, 4],
    },
  ]);
  expect(told([])).toEqual([]);
  expect(told([1, 2, 3, 4].map((at) => turn(at, true)))).toEqual([]);
  expect(told(ignored, [clause("handle_info", "{ref, value}", 5), ...CLAUSES])).toEqual([]);
});

it("leaves open what is ignored on purpose, and says nothing of what is handled or usual", () => {
  expect(found([send(1, ["Sensor", "Lamp", ":hello"], 1)])).toMatchObject([{ verdict: "recheck" }]);
  expect(found([send(1, ["Sensor", "Lamp", "{:motion, :hall}"], 1)])).toEqual([]);
  expect(found([send(1, ["Sensor", "Lamp", "{:DOWN, 1, 2, 3, 4}"], 1)])).toEqual([]);
  expect(found([send(1, [":code_server", "Lamp", "{:code_server, 1}"], 1)])).toEqual([]);
  expect(found([send(1, ["Sensor", "Lamp", "{:hello, 1}"], 1)], CLAUSES.slice(0, 1))).toEqual([]);
  const unread = [clause("handle_info", "%Motion{room: room}", 3), clause("handle_info", "_", 4)];
  expect(found([send(1, ["Sensor", "Lamp", ":hello"], 1)], unread)).toEqual([]);
});

it("splits at commas that are in nothing", () => {
  expect(parts('{:a, b}, %{c: [1, 2]}, "x, y"')).toEqual(["{:a, b}", "%{c: [1, 2]}", '"x, y"']);
  expect(parts("")).toEqual([]);
});

it("warns of messages to a node that nobody answers for, where another has nearly its name", () => {
  const sends = [1, 2].map((id) => send(id, ["Door", "shops@10.0.0.1", "{:bill, 1}"], id, "cast"));
  const knownNodes = ["shop@10.0.0.1"];
  expect(wrongNode.detect(facts({ sends, knownNodes }))).toMatchObject([
    {
      verdict: "warn",
      summary: expect.stringMatching(
        /^Door sent \{:bill, 1\} and the like to the node shops@10\.0\.0\.1 twice.* There is a node shop@10\.0\.0\.1\.$/,
      ),
    },
  ]);
  const refused = call(9, ["Door", ":net_kernel", '{:connect, :normal, :"billing@b"}'], 1, {
    took: 0.1,
    reply: "false",
  });
  expect(wrongNode.detect(facts({ calls: [refused], knownNodes }))).toMatchObject([{ verdict: "recheck" }]);
  expect(wrongNode.detect(facts({ sends, knownNodes: ["shops@10.0.0.1"] }))).toEqual([]);
});
