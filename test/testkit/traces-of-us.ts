import type { ErlangNode } from "./erlang-node.ts";

// Looks for everything of ours in a node, from inside: trace flags and patterns, sessions (OTP 27+), the
// system monitor (one that a test sets has a registered name), processes that
// run or started in our code, registered names, modules loaded or old. Compiled, since a node has 20,000 functions.
// Where more than 100 ms go by from look to look, the machine held up the node, and with it what was to happen.
const MODULE = `
  -module(traces_of_us).
  -export([look/0, until_gone/1]).
  look() -> flags() ++ patterns() ++ sessions() ++ system_monitor() ++ processes_of_ours() ++ modules().
  system_monitor() -> [{system_monitor, P} || {P, _} <- [erlang:system_monitor()], erlang:process_info(P, registered_name) =:= []].
  flags() ->
    [{flags, P, F} || P <- [new_processes, new_ports | processes()], {flags, F} <- [erlang:trace_info(P, flags)], F =/= []].
  patterns() ->
    [{pattern, {M, F, A}} || {M, _} <- code:all_loaded(), {F, A} <- functions_of(M),
      lists:member(erlang:trace_info({M, F, A}, traced), [{traced, local}, {traced, global}])].
  functions_of(M) -> try erlang:get_module_info(M, functions) catch error:badarg -> [] end.
  sessions() ->
    _ = code:ensure_loaded(trace),
    case erlang:function_exported(trace, session_info, 1) of
      true -> [{session, S} || {S, _} <- sessions_of(erlang:apply(trace, session_info, [all]))];
      false -> []
    end.
  sessions_of(all) -> [];
  sessions_of({all, Sessions}) -> [{S, S} || S <- Sessions, not is_default(S)];
  sessions_of(Sessions) when is_list(Sessions) -> [{S, S} || S <- Sessions, not is_default(S)].
  is_default(S) -> lists:member(default, tuple_to_list(S)).
  processes_of_ours() ->
    [{process, P, M} || P <- processes(), I <- [current_function, initial_call],
      {_, {M, _, _}} <- [erlang:process_info(P, I)], ours(M)] ++ [{registered, N} || N <- registered(), ours(N)].
  modules() -> [{module, M} || {M, _} <- code:all_loaded(), ours(M)].
  ours(Name) -> lists:prefix("elixirscope", atom_to_list(Name)).
  until_gone(Limit) -> until_gone(Limit, 0, erlang:monotonic_time(millisecond)).
  until_gone(Limit, Before, Last) ->
    Left = look(),
    Now = erlang:monotonic_time(millisecond),
    Spent = Before + min(Now - Last, 100),
    if Left =:= [] -> {gone, Spent};
       Spent > Limit -> {still_there, Left};
       true -> receive after 10 -> until_gone(Limit, Spent, Now) end
    end.
`;

const LOADED = new WeakSet<ErlangNode>();

/** Loads the looking module into the node, once. @param compiler another node, where this one cannot compile */
export async function loadLook(node: ErlangNode, compiler: ErlangNode = node): Promise<void> {
  if (LOADED.has(node)) return;
  const code = await compiler.eval(`
    {ok, Tokens, _} = erl_scan:string(${JSON.stringify(MODULE)}),
    Split = fun Split([], _, Forms) -> lists:reverse(Forms);
                Split([{dot, _} = Dot | Rest], Form, Forms) ->
                  {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])), Split(Rest, [], [Parsed | Forms]);
                Split([Token | Rest], Form, Forms) -> Split(Rest, [Token | Form], Forms) end,
    {ok, traces_of_us, Binary} = compile:forms(Split(Tokens, [], []), [binary]),
    base64:encode_to_string(Binary)`);
  await node.eval(`code:load_binary(traces_of_us, "traces_of_us.erl", base64:decode(${code}))`);
  LOADED.add(node);
}

/** What of ours is in the node now, as Erlang prints it; `"[]"` for nothing. */
export async function tracesOfUs(node: ErlangNode): Promise<string> {
  await loadLook(node);
  return node.eval("traces_of_us:look()");
}

/** What `look` says of a node in which we trace calls of a function: its pattern, or our session where there are sessions. */
export const tracing = (node: ErlangNode, mfa: string): string =>
  node.otp >= 27 ? "{session," : `{pattern,${mfa}}`;

/**
 * Asks inside the node until nothing of ours is left; answers the milliseconds of a running node that it took, from the call on.
 * Rejects with what is still there after `limitMs`.
 */
export async function untilNoTraceOfUs(node: ErlangNode, limitMs: number): Promise<number> {
  await loadLook(node);
  const answer = await node.eval(`traces_of_us:until_gone(${limitMs})`);
  const gone = /^\{gone,(\d+)\}$/.exec(answer);
  if (!gone) throw new Error(`still in the node after ${limitMs} ms: ${answer}`);
  return Number(gone[1]);
}
