import picocolors from "picocolors";
import { expect, it } from "vitest";
import type { TreeNode } from "../protocol/index.ts";
import { treeLines } from "./tree-text.ts";

let next = 100;
const node = (label: string, some: Partial<TreeNode> = {}, children: readonly TreeNode[] = []): TreeNode => {
  next += 1;
  return {
    key: `p-${next}`,
    type: children.length > 0 ? "supervisor" : "worker",
    childId: null,
    label,
    process: { handle: `p-${next}`, pid: `#PID<0.${next}.0>`, label, name: null },
    strategy: "",
    alive: true,
    restarts: 0,
    childState: null,
    childSpec: null,
    answers: null,
    restartLimit: null,
    children,
    ...some,
  };
};

it("draws branches, pids, ids, strategies, restarts and the dead", () => {
  next = 100;
  const users = node("Hello.Users", { strategy: "one_for_all" }, [
    node("Hello.Registry", { childId: "Hello.Registry" }),
    node("Hello.User", { childId: ":ann", restarts: 2 }),
  ]);
  const restartLimit = { max: 3, seconds: 5, recent: 2, times: [] };
  const top = node("Hello.Supervisor", { strategy: "one_for_one", restartLimit }, [
    users,
    node("Hello.Slow", { alive: false }),
    node("Hello.Off", { alive: false, process: null, childState: "undefined" }),
    node("Hello.Again", { alive: false, process: null, childState: "restarting" }),
  ]);
  const app = node("hello_otp", { type: "application", process: null }, [top]);
  expect(
    treeLines({ version: 1, roots: [app, node("#PID<0.1.0>")] }, picocolors.createColors(false)),
  ).toEqual([
    "hello_otp",
    "└─ Hello.Supervisor  #PID<0.107.0>  one_for_one  2 of 3 restarts in 5 s",
    "   ├─ Hello.Users  #PID<0.103.0>  one_for_all",
    "   │  ├─ Hello.Registry  #PID<0.101.0>",
    "   │  └─ Hello.User  id :ann  #PID<0.102.0>  2 restarts",
    "   ├─ Hello.Slow  #PID<0.104.0>  gone",
    "   ├─ Hello.Off  not running",
    "   └─ Hello.Again  restarting",
    "#PID<0.1.0>  #PID<0.109.0>",
  ]);
});

it("survives a tree as deep as a chain of supervisors can be", () => {
  let chain = node("leaf");
  for (let i = 0; i < 1_000; i++) chain = node("link", {}, [chain]);
  expect(treeLines({ version: 1, roots: [chain] }, picocolors.createColors(false))).toHaveLength(1_001);
});
