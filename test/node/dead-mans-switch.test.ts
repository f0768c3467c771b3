import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attachCli } from "../testkit/attached-cli.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { rounds } from "../testkit/rounds.ts";
import { loadLook, tracesOfUs, tracing, untilNoTraceOfUs } from "../testkit/traces-of-us.ts";

/** On each of two nodes, which take turns with the machine: much of a round is waiting. */
const ROUNDS = rounds(10, 25);

let nodes: readonly ErlangNode[];
const started: ChildProcess[] = [];

beforeAll(async () => {
  nodes = await Promise.all([startErlangNode(), startErlangNode()]);
  for (const node of nodes) {
    await loadLook(node);
    // Work for the tracer, so that the switch is tried while events flow.
    await node.eval(`register(busy, spawn(fun() ->
      Echo = spawn_link(fun L() -> receive {P, M} -> P ! M, L() end end),
      (fun L(N) -> Echo ! {self(), N}, receive N -> ok end, lists:seq(1, 3), (N rem 50 =:= 0) andalso timer:sleep(1), L(N + 1) end)(0)
    end))`);
  }
});
afterAll(async () => {
  for (const child of started) child.kill("SIGKILL");
  await Promise.all(nodes.map((node) => node.stop()));
});

/** The real CLI, attached and tracing everything that it can. */
async function attached(node: ErlangNode): Promise<ChildProcess> {
  const child = await attachCli(node, "--level", "calls", "--trace", "lists.seq/2");
  started.push(child);
  return child;
}

describe("the dead-man's switch", () => {
  it(`leaves nothing in the node within a second of kill -9, ${2 * ROUNDS} times [faults.killed]`, async () => {
    const times: number[] = [];
    const killed = async (node: ErlangNode): Promise<void> => {
      for (let round = 0; round < ROUNDS; round++) {
        const child = await attached(node);
        await expect.poll(() => tracesOfUs(node)).toContain(tracing(node, "{lists,seq,2}"));
        child.kill("SIGKILL");
        times.push(await untilNoTraceOfUs(node, 1_000));
      }
    };
    await Promise.all(nodes.map(killed));
    console.log(
      `gone after ${Math.max(...times)} ms at the most, ${times.sort((a, b) => a - b)[ROUNDS]} ms in the middle`,
    );
    expect(times).toHaveLength(2 * ROUNDS);
  }, 900_000);

  it("leaves nothing within a second when ElixirScope freezes, and is attached again when it goes on [faults.frozen]", async () => {
    const [node] = nodes as [ErlangNode];
    const child = await attached(node);
    child.kill("SIGSTOP");
    // The last beat may be a fraction of a second old; the limit counts from it.
    await untilNoTraceOfUs(node, 1_200);
    child.kill("SIGCONT");
    await expect.poll(() => tracesOfUs(node), { timeout: 60_000 }).toContain(tracing(node, "{lists,seq,2}"));
    child.kill("SIGKILL");
    await untilNoTraceOfUs(node, 1_000);
  });
});
