// A node with very many processes.
import { EVENT_KINDS } from "elixirscope/model";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CountingSession } from "../testkit/counting-session.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { rounds } from "../testkit/rounds.ts";

const MANY = rounds(30_000, 100_000);
/** Leaders of a pass that come in every round of the next: thirty by memory, by mailbox and by work. */
const LEADERS = 90;

let node: ErlangNode;

beforeAll(async () => {
  node = await startErlangNode({ name: "many_test", args: ["+P", "200000"] });
  await node.eval(`
    register(keeper, spawn(fun() ->
      Pids = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, ${MANY})],
      Long = spawn(fun() -> receive stop -> ok end end),
      [Long ! {n, N} || N <- lists:seq(1, 500)],
      register(long, Long),
      receive {count, From} -> From ! {count, length(Pids)} end,
      receive stop -> ok end end)),
    keeper ! {count, self()}, receive {count, N} -> N end`);
});
afterAll(() => node.stop());

it("is sampled in rounds of bounded work that go on where the last one stopped, each process in its turn [observer.samples.many]", async () => {
  const limits = { sampleMs: 100, sampleBudgetMs: 200 };
  const times = new Map<number, number>();
  /** Samples of each round up to the end of the first pass: the next one begins a tenth of a second after it at the earliest. */
  const taken: number[] = [];
  let last = 0n;
  let pass: number | undefined;
  const counting = await CountingSession.attach(node, limits, ({ count, kind, pid, ts }) => {
    for (let i = 0; i < count; i++) {
      if (kind[i] !== EVENT_KINDS.sample) continue;
      const before = times.get(pid[i]!) ?? 0;
      if (before > 0) pass ??= times.size;
      times.set(pid[i]!, before + 1);
      if (pass !== undefined) continue;
      if (ts[i]! - last > 50_000_000n) taken.push(0);
      last = ts[i]!;
      taken[taken.length - 1]! += 1;
    }
  });
  // Nobody comes a second time before all had their turn.
  await expect.poll(() => pass, { timeout: 120_000, interval: 20 }).toBeGreaterThanOrEqual(MANY);
  // 20 ms of work for a round are some thousands of processes.
  expect(taken.length).toBeGreaterThan(2);
  expect(Math.max(...taken)).toBeLessThan(MANY / 2);
  // From then on the leaders come in every round.
  const leaders = (): number => [...times.values()].filter((count) => count > 3).length;
  await expect.poll(leaders, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
  expect(leaders()).toBeLessThanOrEqual(LEADERS);
  const { dropped } = await counting.detach();
  expect(dropped).toBe(0);
});
