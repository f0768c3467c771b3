/**
 * Servers that write down what they have as each callback begins and ends (looking for a message that is not there first:
 * `message_queue_len` of the process itself counts only what it has taken in), and processes that keep them busy: with calls,
 * casts, plain messages (equal ones, too) and messages whose callbacks call somebody else.
 */
export const TELLER = `
  -module(teller). -behaviour(gen_server).
  -export([start/1, load/2, told/1, init/1, handle_call/3, handle_cast/2, handle_info/2]).

  start(N) ->
    Me = self(),
    spawn(fun() -> ets:new(told, [named_table, public, ordered_set]), Me ! ready, receive stop -> ok end end),
    receive ready -> ok end,
    {ok, _} = gen_server:start({local, helper}, teller, helper, []),
    [{ok, _} = gen_server:start({local, name(I)}, teller, 0, []) || I <- lists:seq(1, N)], ok.
  name(I) -> list_to_atom("teller_" ++ integer_to_list(I)).

  load(N, Times) ->
    Pids = [spawn_monitor(fun() -> rand:seed(exsss, {S, 2, 3}), send(N, Times) end) || S <- lists:seq(1, 4)],
    [receive {'DOWN', M, process, P, _} -> ok end || {P, M} <- Pids],
    [gen_server:call(name(I), add, 60000) || I <- lists:seq(1, N)], ok.

  send(_, 0) -> ok;
  send(N, Left) ->
    To = name(rand:uniform(N)),
    case rand:uniform(10) of
      1 -> gen_server:call(To, add, 60000);
      2 -> gen_server:cast(To, ask);
      3 -> To ! {tick, rand:uniform(1000)};
      4 -> [gen_server:cast(To, {add, K}) || K <- lists:seq(1, rand:uniform(8))];
      5 -> To ! ping, To ! ping;
      _ -> gen_server:cast(To, {add, rand:uniform(3)})
    end,
    receive after rand:uniform(4) - 1 -> ok end,
    send(N, Left - 1).

  init(helper) -> {ok, helper};
  init(N) -> {ok, N}.
  handle_call(add, _, N) -> told(enter, N), work(), told(leave, N + 1), {reply, ok, N + 1};
  handle_call(help, _, S) -> {reply, helped, S}.
  handle_cast(ask, N) -> told(enter, N), helped = gen_server:call(helper, help, 60000), told(leave, N + 10), {noreply, N + 10};
  handle_cast({add, K}, N) -> told(enter, N), work(), told(leave, N + K), {noreply, N + K}.
  handle_info(_, N) -> told(enter, N), work(), told(leave, N + 100), {noreply, N + 100}.

  work() ->
    case rand:uniform(4) of
      1 -> receive after rand:uniform(6) -> ok end;
      2 -> lists:sum(lists:seq(1, rand:uniform(20000)));
      _ -> ok
    end.

  told(What, State) ->
    Before = erlang:monotonic_time(nanosecond),
    receive nobody_sends_this -> ok after 0 -> ok end,
    {message_queue_len, Length} = process_info(self(), message_queue_len),
    After = erlang:monotonic_time(nanosecond),
    {registered_name, Name} = process_info(self(), registered_name),
    ets:insert(told, {{Name, After, erlang:unique_integer([monotonic])}, What, Before, State, Length}).

  told(Name) ->
    Lines = [io_lib:format("~s ~b ~b ~b ~b~n", [What, Before, After, State, Length])
      || {{Q, After, _}, What, Before, State, Length} <- ets:tab2list(told), Q =:= Name],
    lists:flatten(Lines).
`;
