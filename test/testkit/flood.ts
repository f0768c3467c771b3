import { loading } from "./erlang-module.ts";
import type { ErlangNode } from "./erlang-node.ts";

// A process that sends a little all the time, and floods on demand. Of each message, which has a number of its own, the
// moments before and after are noted on the node's clock. A flood comes from a process on each scheduler, at the highest
// priority; none of them begins before all are there, nor lets go before all have sent everything: whoever reads their
// trace has no turn until then, on any machine. (Their heaps are large from the beginning: a large garbage collection would
// go to a dirty scheduler, and leave theirs to others meanwhile.)
const MODULE = `
  -module(the_flood).
  -export([start/1, flood/1, stop/1]).
  start(Pause) ->
    Floods = atomics:new(1, []),
    persistent_term:put({the_flood, floods}, Floods),
    register(the_flood, spawn(fun() -> steady(spawn(fun sink/0), Pause, 1, Floods, []) end)),
    ok.
  sink() -> receive _ -> sink() end.
  steady(Sink, Pause, N, Floods, Moments) ->
    receive
      {flood, Total} ->
        Count = erlang:system_info(schedulers_online),
        [Ready, Done] = [atomics:new(1, []), atomics:new(1, [])],
        Round = atomics:get(Floods, 1) + 1,
        Bursts = [begin
                    Base = (Round * 1000 + I) * 1000000,
                    Burst = fun() -> burst(Sink, Base, Total div Count, Ready, Done, Count) end,
                    Heap = 24 * (Total div Count),
                    {_, Monitor} = spawn_opt(Burst, [monitor, {priority, max}, {scheduler, I}, {min_heap_size, Heap}]),
                    {Base, Monitor}
                  end || I <- lists:seq(1, Count)],
        Sent = lists:append([receive {'DOWN', Monitor, _, _, _} -> persistent_term:get({the_flood, Base}) end || {Base, Monitor} <- Bursts]),
        atomics:add(Floods, 1, 1),
        steady(Sink, Pause, N, Floods, Sent ++ Moments);
      {stop, From} ->
        exit(Sink, kill),
        From ! {moments, lists:reverse(Moments)}
    after Pause ->
      steady(Sink, Pause, N + 1, Floods, [moment(Sink, N) | Moments])
    end.
  burst(Sink, Base, Each, Ready, Done, Count) ->
    atomics:add(Ready, 1, 1),
    spin(Ready, Count),
    Sent = [moment(Sink, Base + M) || M <- lists:seq(1, Each)],
    atomics:add(Done, 1, 1),
    spin(Done, Count),
    persistent_term:put({the_flood, Base}, Sent).
  spin(Done, Count) -> case atomics:get(Done, 1) of Count -> ok; _ -> spin(Done, Count) end.
  moment(Sink, N) ->
    Before = erlang:monotonic_time(),
    Sink ! {drop, N},
    {N, Before, erlang:monotonic_time()}.
  flood(Total) ->
    Floods = persistent_term:get({the_flood, floods}),
    Before = atomics:get(Floods, 1),
    the_flood ! {flood, Total},
    until_more(Floods, Before),
    Count = erlang:system_info(schedulers_online),
    Total div Count * Count.
  until_more(Floods, Before) ->
    case atomics:get(Floods, 1) of Before -> receive after 5 -> until_more(Floods, Before) end; _ -> ok end.
  stop(Zero) ->
    the_flood ! {stop, self()},
    receive {moments, Moments} ->
      [persistent_term:erase(Key) || {{the_flood, _} = Key, _} <- persistent_term:get()],
      Offset = erlang:time_offset() - Zero,
      [[N, Before + Offset, After + Offset] || {N, Before, After} <- Moments]
    end.
`;

/** One message of the application: its number, and between which instants it was sent (nanoseconds). */
export type Moment = readonly [number: number, before: number, after: number];

/** @param pauseMs between the messages that it sends all the time; none: it sends only floods */
export async function startFlood(node: ErlangNode, pauseMs?: number): Promise<void> {
  await node.eval(`${loading(MODULE)}, the_flood:start(${pauseMs ?? "infinity"})`);
}

/** Sends about so many messages, all of them before anything else on the node has a turn; answers how many. */
export const flood = async (node: ErlangNode, total: number): Promise<number> =>
  Number(await node.eval(`the_flood:flood(${total})`));

/** Ends it. @param origin Unix nanoseconds from which the instants count */
export const endFlood = async (node: ErlangNode, origin: bigint): Promise<readonly Moment[]> =>
  JSON.parse(await node.eval(`the_flood:stop(${origin})`)) as Moment[];
