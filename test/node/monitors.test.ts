import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { MonitorRow } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

// Who monitors whom, held against what the processes say themselves.

let node: ErlangNode;
let engine: Engine;
let folder: string;

const COUNT = 8;
const NAMES = Array.from({ length: COUNT }, (_, i) => `mon_${i}`);

/** Processes that monitor as they are told, and answer when it is done. */
const WATCHERS = `
  -module(watchers).
  -export([start/1, tell/2, truth/1, random/2]).
  start(Names) -> [register(Name, spawn(fun() -> loop([]) end)) || Name <- Names].
  tell(Name, What) ->
    Ref = make_ref(), Name ! {self(), Ref, What},
    receive {Ref, done} -> ok after 60000 -> error({no_answer, Name, What}) end.
  truth(Names) ->
    [{Name, watched(Name, monitors), watched(Name, monitored_by)} || Name <- Names, whereis(Name) =/= undefined].
  watched(Name, Item) ->
    {Item, Found} = process_info(whereis(Name), Item),
    lists:sort([name(One) || One <- Found, name(One) =/= other]).
  name({process, {Name, _}}) -> name(whereis(Name));
  name({process, Pid}) -> name(Pid);
  name(Pid) when is_pid(Pid) -> case process_info(Pid, registered_name) of {_, Name} when is_atom(Name) -> mine(Name); _ -> other end;
  name(_) -> other.
  mine(Name) -> case atom_to_list(Name) of "mon_" ++ _ -> Name; _ -> other end.
  random(Names, Steps) ->
    rand:seed(exsss, {1, 2, 3}),
    [tell(pick(Names), step(pick(Names))) || _ <- lists:seq(1, Steps)].
  pick(List) -> lists:nth(rand:uniform(length(List)), List).
  step(Other) ->
    case rand:uniform(7) of
      1 -> {monitor, whereis(Other)}; 2 -> {monitor, Other}; 3 -> {monitor, {Other, node()}}; 4 -> {alias, whereis(Other)};
      5 -> call; 6 -> {flush, rand:uniform(5)}; 7 -> {demonitor, rand:uniform(5)}
    end.
  loop(Refs) ->
    receive
      {From, Ref, What} -> Next = done(What, Refs), From ! {Ref, done}, loop(Next);
      stop -> ok;
      _ -> loop(Refs)
    end.
  done({monitor, Who}, Refs) -> [erlang:monitor(process, Who) | Refs];
  done({alias, Who}, Refs) -> [erlang:monitor(process, Who, [{alias, explicit_unalias}]) | Refs];
  done(clock, Refs) -> [erlang:monitor(time_offset, clock_service) | Refs];
  done(call, Refs) -> supervisor:count_children(kernel_sup), Refs;
  done({_, _}, []) -> [];
  done({flush, N}, Refs) -> {Ref, Rest} = nth(N, Refs), erlang:demonitor(Ref, [flush]), Rest;
  done({demonitor, N}, Refs) -> {Ref, Rest} = nth(N, Refs), erlang:demonitor(Ref), Rest.
  nth(N, Refs) -> Ref = lists:nth(1 + N rem length(Refs), Refs), {Ref, lists:delete(Ref, Refs)}.
`;

beforeAll(async () => {
  node = await startErlangNode({ name: "monitors_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(WATCHERS));
});
afterAll(() => node.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "monitors-test-"));
  engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
  await node.eval(`watchers:start([${NAMES.join(", ")}])`);
});
afterEach(async () => {
  await engine.stop();
  await node.eval(
    `[begin R = monitor(process, N), N ! stop, receive {'DOWN', R, _, _, _} -> ok end end || N <- [${NAMES.join(", ")}], whereis(N) =/= undefined]`,
  );
  rmSync(folder, { recursive: true });
});

const attach = (): Promise<unknown> =>
  engine.call("attach", { node: node.name, cookie: node.cookie, level: "messages", processes: NAMES });

const plain = (name: string | null | undefined): string => (name ?? "").replace(/^:/, "");

/** As {@link WATCHERS} says it: names on both sides, one entry a monitor. */
async function told(names: readonly string[]): Promise<string> {
  const named = (rows: readonly MonitorRow[]): string =>
    rows
      .map(({ process }) => plain(process?.name))
      .filter((name) => name.startsWith("mon_"))
      .sort()
      .join(",");
  const rows = await Promise.all(names.map((process) => engine.call("process", { process })));
  return rows
    .map(({ name, monitors, monitoredBy }) => `{${plain(name)},[${named(monitors)}],[${named(monitoredBy)}]}`)
    .join(",");
}

const truth = async (names: readonly string[]): Promise<string> =>
  (await node.eval(`watchers:truth([${names.join(", ")}])`)).replace(/\s/g, "").slice(1, -1);

describe("monitors", () => {
  it("are known as the processes have them, from before the attach and since [observer.monitor]", async () => {
    await node.eval(
      `watchers:tell(mon_0, {monitor, mon_1}), watchers:tell(mon_2, {monitor, whereis(mon_0)})`,
    );
    await attach();
    await expect.poll(() => told(NAMES), { timeout: 30_000 }).toBe(await truth(NAMES));
    expect(await told(["mon_0"])).toBe("{mon_0,[mon_1],[mon_2]}");

    await node.eval(`watchers:random([${NAMES.slice(3).join(", ")}], 400)`);
    const now = await truth(NAMES);
    expect(now).toMatch(/\{mon_[3-7],\[mon_/);
    await expect.poll(() => told(NAMES), { timeout: 30_000 }).toBe(now);
  });

  it("of calls are left out, also in the counts; ports and clocks are items", async () => {
    await attach();
    await node.eval(`watchers:tell(mon_0, call), watchers:tell(mon_0, clock)`);
    const clock = async (): Promise<readonly MonitorRow[]> =>
      (await engine.call("process", { process: "mon_0" })).monitors;
    await expect.poll(async () => (await clock()).length, { timeout: 30_000 }).toBe(1);
    const [row] = await clock();
    expect(row).toMatchObject({ process: null, item: ":clock_service", certain: true });
    const { rows } = await engine.call("events", { kinds: ["monitor", "demonitor"], process: "mon_0" });
    expect(rows.map(({ kind, tag }) => [kind, tag])).toEqual([
      ["monitor", ":result"],
      ["monitor", ":time_offset"],
    ]);
  });

  it("end with the death of either side; the dead show what they had", async () => {
    await attach();
    await node.eval(`watchers:tell(mon_0, {monitor, mon_1}), watchers:tell(mon_1, {monitor, mon_2}),
      watchers:tell(mon_3, {monitor, mon_1}), R = monitor(process, mon_1), mon_1 ! stop, receive {'DOWN', R, _, _, _} -> ok end`);
    const dead = (): Promise<string> => told(["mon_1"]);
    await expect.poll(dead, { timeout: 30_000 }).toBe("{mon_1,[mon_2],[mon_0,mon_3]}");
    await expect
      .poll(() => told(["mon_0", "mon_2", "mon_3"]), { timeout: 30_000 })
      .toBe("{mon_0,[],[]},{mon_2,[],[]},{mon_3,[],[]}");
  });
});
