%% What tracing costs and delivers. Pairs of processes play ping-pong as fast as
%% they can; each exchange is counted by the players themselves. Since they and
%% the tracer share the processors, what is done in a CPU second tells the same as
%% what is done in a second, and does so on a machine that has other work too.
%%
%%   flood:main([Seconds, Pairs])   prints one line for each kind of tracer
-module(flood).

-export([main/1, scope/2, player/3]).

main([Seconds, Pairs | Only]) ->
    Kinds = case Only of [] -> [none, discard, discard_high, agent_local, agent_node, agent_stalled]; _ -> Only end,
    io:format("OTP ~s, ~b schedulers, ~b pairs, ~b s each~n",
              [erlang:system_info(otp_release), erlang:system_info(schedulers_online), Pairs, Seconds]),
    lists:foreach(fun(Kind) -> measure(Kind, Seconds, Pairs) end, Kinds).

measure(Kind, Seconds, Pairs) ->
    Counters = counters:new(Pairs, [write_concurrency]),
    Players = lists:append([pair(Counters, N) || N <- lists:seq(1, Pairs)]),
    State = begin_tracing(Kind),
    timer:sleep(500),
    Before = {sum(Counters, Pairs), delivered(Kind, State), erlang:monotonic_time()},
    {Cpu0, _} = statistics(runtime),
    {Mailbox, Memory} = watch(tracer(State), erlang:monotonic_time(millisecond) + Seconds * 1000, 0, 0),
    {Cpu1, _} = statistics(runtime),
    After = {sum(Counters, Pairs), delivered(Kind, State), erlang:monotonic_time()},
    Elapsed = (element(3, After) - element(3, Before)) / 1.0e9,
    Rest = end_tracing(Kind, State),
    [exit(Player, kill) || Player <- Players],
    Cpu = max(1, Cpu1 - Cpu0) / 1000,
    io:format("~-14w app ~7.1f k exchanges/s (~6.1f k for a CPU second)   delivered ~7.1f k events/s (~6.1f k)   mailbox max ~6b   memory max ~5.1f MB  ~0p~n",
              [Kind, (element(1, After) - element(1, Before)) / Elapsed / 1000, (element(1, After) - element(1, Before)) / Cpu / 1000,
               (element(2, After) - element(2, Before)) / Elapsed / 1000, (element(2, After) - element(2, Before)) / Cpu / 1000, Mailbox, Memory / 1048576, Rest]),
    timer:sleep(1000).

pair(Counters, N) ->
    Pong = spawn(flood, player, [Counters, N, pong]),
    Ping = spawn(flood, player, [Counters, N, ping]),
    Ping ! {ball, Pong, payload(N)},
    [Ping, Pong].

payload(N) -> {add, N, <<"some bytes">>}.

player(Counters, N, Role) ->
    receive
        {ball, From, Payload} ->
            From ! {ball, self(), Payload},
            case Role of ping -> counters:add(Counters, N, 1); pong -> ok end,
            player(Counters, N, Role)
    end.

sum(Counters, Pairs) -> lists:sum([counters:get(Counters, N) || N <- lists:seq(1, Pairs)]).

%% Mailbox and memory are read from outside: for the agent it is the tracer.
watch(none, Until, _, _) ->
    timer:sleep(max(0, Until - erlang:monotonic_time(millisecond))),
    {0, 0};
watch(Tracer, Until, Mailbox, Memory) ->
    case erlang:monotonic_time(millisecond) >= Until of
        true -> {Mailbox, Memory};
        false ->
            timer:sleep(50),
            [{_, Length}, {_, Bytes}] = process_info(Tracer, [message_queue_len, memory]),
            watch(Tracer, Until, max(Mailbox, Length), max(Memory, Bytes))
    end.

begin_tracing(none) -> none;
begin_tracing(Kind) when Kind =:= discard; Kind =:= discard_high ->
    Counter = counters:new(1, []),
    Priority = case Kind of discard -> normal; discard_high -> high end,
    Tracer = spawn_opt(fun() -> discard(Counter, 0) end, [{message_queue_data, off_heap}, {priority, Priority}]),
    [erlang:trace(P, true, [send, 'receive', procs, monotonic_timestamp, {tracer, Tracer}]) || P <- processes(), P =/= Tracer, P =/= self()],
    {Tracer, Counter};
begin_tracing(Kind) ->
    Scope = spawn_scope(Kind),
    {ok, #{owner := Owner, tracer := Tracer}} = elixirscope_agent:start(#{scope => Scope, mailbox_limit => 20000}),
    Scope ! {agent, Owner, Tracer},
    {ok, _} = elixirscope_agent:command(Owner, {trace, #{level => messages}}),
    {Tracer, Scope, Owner}.

discard(Counter, 1000) ->
    counters:add(Counter, 1, 1000),
    discard(Counter, 0);
discard(Counter, N) ->
    receive _ -> discard(Counter, N + 1) end.

spawn_scope(agent_node) ->
    {ok, Peer, Node} = peer:start(#{name => flood_scope, host => "127.0.0.1", longnames => true,
                                    args => ["-kernel", "inet_dist_use_interface", "{127,0,0,1}", "-hidden", "-setcookie", atom_to_list(erlang:get_cookie())]}),
    put(peer, Peer),
    {module, _} = erpc:call(Node, code, load_binary, [flood, "flood", element(2, code:get_object_code(flood))], 5000),
    spawn(Node, flood, scope, [take, 0]);
spawn_scope(agent_stalled) -> spawn(flood, scope, [stall, 0]);
spawn_scope(_) -> spawn(flood, scope, [take, 0]).

%% Stands in for ElixirScope: beats, acknowledges what it takes, looks at nothing.
scope(How, Count) ->
    receive
        {agent, Owner, Tracer} ->
            put(owner, Owner), put(tracer, Tracer), put(bytes, 0),
            self() ! beat,
            scope(How, Count);
        beat ->
            get(owner) ! es_beat,
            erlang:send_after(200, self(), beat),
            scope(How, Count);
        {es_batch, _, Events, Bin} ->
            Bytes = get(bytes) + byte_size(Bin),
            put(bytes, Bytes),
            How =:= stall orelse (get(tracer) ! {es_ack, Bytes}),
            scope(How, Count + Events);
        {delivered, From} ->
            From ! {delivered, Count},
            scope(How, Count);
        {es_stats, Stats} ->
            put(stats, Stats),
            scope(How, Count);
        stop -> ok;
        _ -> scope(How, Count)
    end.

delivered(none, _) -> 0;
delivered(Kind, {_, Counter}) when Kind =:= discard; Kind =:= discard_high -> counters:get(Counter, 1);
delivered(_, {_, Scope, _}) ->
    Scope ! {delivered, self()},
    receive {delivered, Count} -> Count end.

tracer(none) -> none;
tracer(State) -> element(1, State).

end_tracing(none, _) -> ok;
end_tracing(Kind, {Tracer, _}) when Kind =:= discard; Kind =:= discard_high ->
    erlang:trace(all, false, [all]), exit(Tracer, kill), ok;
end_tracing(_, {_, Scope, Owner}) ->
    {ok, Stats} = elixirscope_agent:command(Owner, sync),
    Scope ! stop,
    wait_gone(Owner),
    case get(peer) of undefined -> ok; Peer -> peer:stop(Peer), erase(peer) end,
    Kept = maps:with([produced, sent, dropped, batches, breaker, reductions], Stats),
    wait_janitor(),
    [{module, _} = code:load_binary(M, "", B) || {M, B} <- persistent_term:get(agent_modules)],
    Kept.

wait_janitor() ->
    case {whereis(elixirscope_janitor), code:is_loaded(elixirscope_agent)} of
        {undefined, false} -> ok;
        _ -> timer:sleep(20), wait_janitor()
    end.

wait_gone(Owner) ->
    Monitor = monitor(process, Owner),
    receive {'DOWN', Monitor, _, _, _} -> ok end.
