import type { FlowSpan } from "elixirscope/protocol";

// Random conversations that say themselves what they are: each message has a number, and what its receiver is to do.

export type Act =
  | {
      readonly type: "send" | "cast" | "call";
      readonly to: number;
      readonly key: number;
      readonly next: Script;
    }
  | { readonly type: "spawn"; readonly next: Script }
  | { readonly type: "nested"; readonly next: Script };
export type Script = readonly Act[];

/** Processes that loop by hand, and servers. */
export const LOOPS = 4;
export const SERVERS = 4;

/** Pseudo-random numbers (mulberry32), so that a run can be repeated. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Calls go only to servers of a higher number than any that waits: nobody waits for himself. */
export function randomScript(random: (below: number) => number, keys: { next: number }): Script {
  const script = (depth: number, lowest: number): Script =>
    Array.from({ length: random(depth === 0 ? 4 : 4 - Math.min(depth, 3)) }, () => act(depth, lowest));
  const act = (depth: number, lowest: number): Act => {
    const kind = random(10);
    const key = keys.next++;
    if (kind < 4) return { type: "send", to: random(LOOPS), key, next: script(depth + 1, 0) };
    if (kind < 6) return { type: "cast", to: random(SERVERS), key, next: [] };
    if (kind < 8 && lowest < SERVERS) {
      const to = lowest + random(SERVERS - lowest);
      return { type: "call", to, key, next: script(depth + 1, to + 1) };
    }
    if (kind === 8) return { type: "spawn", next: script(depth + 1, 0) };
    return { type: "nested", next: script(depth + 1, lowest) };
  };
  return script(0, 0);
}

/** As an Erlang term for `play:go/1`. */
export function erlangOf(script: Script): string {
  const one = (act: Act): string => {
    if (act.type === "spawn" || act.type === "nested") return `{${act.type}, ${erlangOf(act.next)}}`;
    const name = act.type === "send" ? "loop" : "server";
    return `{${act.type}, ${name}_${act.to}, ${act.key}, ${erlangOf(act.next)}}`;
  };
  return `[${script.map(one).join(", ")}]`;
}

/** How many acts of it have somebody who does them. */
export const sizeOf = (script: Script): number =>
  script.reduce((sum, act) => sum + (act.type === "nested" ? 0 : 1) + sizeOf(act.next), 0);

/** Who caused what, as text: `3(4() spawn(5()))`. */
export function truthOf(script: Script): string {
  const one = (act: Act): string =>
    act.type === "nested"
      ? truthOf(act.next)
      : `${act.type === "spawn" ? "spawn" : act.key}(${truthOf(act.next)})`;
  return script
    .map(one)
    .filter((text) => text !== "")
    .join(" ");
}

/** The same of a flow as it was found. */
export function foundIn(span: FlowSpan): string {
  const hops = span.hops.filter((hop) => !hop.reply);
  const label = (summary: string): string => /:act, (\d+)/.exec(summary)?.[1] ?? `?${summary}`;
  return hops
    .map(
      (hop) =>
        `${hop.type === "spawn" ? "spawn" : label(hop.summary)}(${hop.span ? foundIn(hop.span) : "nobody"})`,
    )
    .join(" ");
}

/** What the processes do with it. `done` counts. */
export const PLAY: string = `
  -module(play). -behaviour(gen_server).
  -export([go/1, born/1, loop/0, driver/0, start/0, init/1, handle_call/3, handle_cast/2, handle_info/2]).
  start() ->
    persistent_term:put(done, atomics:new(1, [])),
    [register(list_to_atom("loop_" ++ integer_to_list(N)), spawn(play, loop, [])) || N <- lists:seq(0, ${LOOPS} - 1)],
    [{ok, _} = gen_server:start({local, list_to_atom("server_" ++ integer_to_list(N))}, play, N, []) || N <- lists:seq(0, ${SERVERS} - 1)],
    ok.
  go(Script) -> run(Script), ok.
  run(Script) -> lists:foreach(fun act/1, Script).
  act({send, To, Key, Script}) -> To ! {act, Key, Script};
  act({cast, To, Key, Script}) -> gen_server:cast(To, {act, Key, Script});
  act({call, To, Key, Script}) -> ok = gen_server:call(To, {act, Key, Script}, infinity);
  act({spawn, Script}) -> spawn(play, born, [Script]);
  act({apply, Fun}) -> Fun(inside);
  act({nested, Script}) -> play:go(Script).
  done() -> atomics:add(persistent_term:get(done), 1, 1).
  born(Script) -> run(Script), done().
  loop() -> receive {act, 0, Script} -> run(Script); {act, _, Script} -> run(Script), done() end, loop().
  driver() -> receive {scripts, Scripts} -> [begin play:go(Script), loop_0 ! {act, 0, []} end || Script <- Scripts] end, driver().
  init(N) -> erlang:send_after(3, self(), tick), {ok, N}.
  handle_call({act, _, Script}, _, N) -> run(Script), done(), {reply, ok, N}.
  handle_cast({act, _, Script}, N) -> run(Script), done(), {noreply, N}.
  handle_info(tick, N) -> erlang:send_after(3, self(), tick), loop_1 ! {act, 0, [{send, loop_2, 0, []}]}, {noreply, N}.
`;
