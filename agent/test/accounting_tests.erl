-module(accounting_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, attach/2, trace/2, command/2, detach/1, set/3, events/1, await/2, gaps/1, seen/2, ask/2, until/1]).

%% Each sender is traced alone, so that `send` events are exactly its messages.
run(Sender) ->
    Sender ! {go, self()},
    receive {Sender, sent} -> ok end.

counted(Agent, Kind) ->
    lists:sum([Count || {_, _, _, Counts} <- gaps(Agent), {K, Count} <- Counts, K =:= Kind]).

balanced(#{produced := Produced, sent := Sent, dropped := Dropped, dropped_by_kind := ByKind}) ->
    ?assertEqual(Produced, Sent + Dropped),
    ?assertEqual(Dropped, lists:sum(maps:values(ByKind))).

everything_arrives_in_order_test() ->
    Agent = attach(#{sample_ms => 0}),
    Sender = node_side:busy_sender(20000, hello),
    {ok, #{processes := 1}} = trace(Agent, #{level => messages, scope => [Sender]}),
    run(Sender),
    {ok, Stats} = command(Agent, sync),
    Sent = [N || {trace_ts, _, send, {hello, N}, _, _} <- events(Agent)],
    ?assertEqual(lists:seq(1, 20000), Sent),
    ?assertMatch(#{dropped := 0}, Stats),
    balanced(Stats),
    ?assertEqual(length(events(Agent)), maps:get(sent, Stats)),
    detach(Agent).

%% One who never acknowledges: no more than the window in flight, everything
%% else counted, the flood of senders seen + counted exactly; after the stall the
%% gap arrives and events flow again.
stalling_scope_test_() ->
    {timeout, 60, fun stalling_scope/0}.

stalling_scope() ->
    Window = 200000,
    Agent = attach(#{window_bytes => Window, payload_bytes => 4096, sample_ms => 0}, stall),
    Senders = [node_side:busy_sender(50000, hello) || _ <- lists:seq(1, 4)],
    {ok, _} = trace(Agent, #{level => messages, scope => Senders}),
    [Sender ! {go, self()} || Sender <- Senders],
    [receive {Sender, sent} -> ok end || Sender <- Senders],
    {ok, Stats} = command(Agent, sync),
    balanced(Stats),
    ?assert(maps:get(dropped, Stats) > 100000),
    ?assert(ask(maps:get(scope, Agent), bytes) =< Window),
    ?assertEqual([], gaps(Agent)),
    set(Agent, how, take),
    {es, gap, _, {no_credit, From, To, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap end),
    ?assert(From < To),
    %% 50,000 to the sink and one to this process, from each of four.
    ?assertEqual(4 * 50001, seen(Agent, send) + counted(Agent, send)),
    Times = [element(6, E) || {trace_ts, _, send, {hello, _}, _, _} = E <- events(Agent)],
    ?assertEqual([], [Ts || Ts <- Times, Ts > To]),
    Later = node_side:busy_sender(10, later),
    {ok, _} = trace(Agent, #{level => messages, scope => [Later]}),
    run(Later),
    {ok, After} = command(Agent, sync),
    balanced(After),
    ?assertEqual(10, length([E || {trace_ts, _, send, {later, _}, _, _} = E <- events(Agent)])),
    ?assertEqual(maps:get(sent, After), length(events(Agent))),
    detach(Agent).

%% The tracer is held up from outside until its mailbox is longer than allowed.
held_up(Agent, Sender) -> held_up(Agent, Sender, fun() -> ok end).

held_up(#{tracer := Tracer}, Sender, Meanwhile) ->
    true = erlang:suspend_process(Tracer),
    run(Sender),
    Meanwhile(),
    true = erlang:resume_process(Tracer).

overload_is_counted_test() ->
    Agent = attach(#{mailbox_limit => 1000}),
    Sender = node_side:busy_sender(6000, hello),
    {ok, _} = trace(Agent, #{level => messages, scope => [Sender]}),
    held_up(Agent, Sender),
    {ok, Stats} = command(Agent, sync),
    balanced(Stats),
    {es, gap, _, {overload, _, _, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap end),
    ?assertEqual(6001, seen(Agent, send) + counted(Agent, send)),
    ?assert(counted(Agent, send) >= 5000),
    detach(Agent).

%% Far too long: flags off, on again when it is calm, and the gap says exactly
%% when nothing was seen: every message outside of it was seen or counted.
breaker_test_() ->
    {timeout, 30, [{atom_to_list(Kind), fun() -> breaker(Kind) end} || Kind <- node_side:tracer_kinds()]}.

breaker(Kind) ->
    Agent = attach(#{mailbox_limit => 1000, tracer => Kind}),
    Sink = spawn(fun Loop() -> receive _ -> Loop() end end),
    Steady = spawn(fun() -> receive go -> ok end, steady(Sink, 1, []) end),
    Sender = node_side:busy_sender(30000, hello),
    {ok, _} = trace(Agent, #{level => messages, scope => [Sender, Steady]}),
    Steady ! go,
    held_up(Agent, Sender, fun() -> Steady ! {many, self()}, receive {Steady, many} -> ok end end),
    {es, gap, _, {breaker, From, To, _}, _} =
        await(Agent, fun(E) -> element(2, E) =:= gap andalso element(1, element(4, E)) =:= breaker end),
    %% What waited when it opened was traced before.
    ?assert(counted(Agent, send) > 10000),
    ?assertEqual([], [E || {trace_ts, _, _, _, _, Ts} = E <- events(Agent), Ts >= From, Ts =< To]),
    %% Seen again after it has closed.
    _ = await(Agent, fun(E) -> element(3, E) =:= send andalso element(6, E) > To end),
    Steady ! {stop, self()},
    Moments = receive {moments, Found} -> Found end,
    {ok, Stats} = command(Agent, sync),
    balanced(Stats),
    ?assertMatch(#{breaker := closed}, Stats),
    Seen = maps:from_list([{N, seen} || {trace_ts, _, send, {steady, N}, _, _} <- events(Agent)]),
    Unseen = [Moment || {N, _, _} = Moment <- Moments, not is_map_key(N, Seen)],
    ?assert(length(Unseen) > 10),
    %% What was counted before the trip lies in a gap of its own (overload).
    Gaps = [{F, T} || {_, F, T, _} <- gaps(Agent)],
    ?assert(lists:member({From, To}, Gaps)),
    ?assertEqual([], [Moment || {_, Before, After} = Moment <- Unseen,
                                not lists:any(fun({F, T}) -> After >= F andalso Before =< T end, Gaps)]),
    exit(Sink, kill),
    detach(Agent).

%% Notes the moment before and after each of its messages.
steady(Sink, N, Moments) ->
    receive
        {stop, From} -> From ! {moments, Moments};
        {many, From} ->
            Many = [moment(Sink, M) || M <- lists:seq(N + 19, N, -1)],
            From ! {self(), many},
            steady(Sink, N + 20, Many ++ Moments)
    after 1 ->
        steady(Sink, N + 1, [moment(Sink, N) | Moments])
    end.

moment(Sink, N) ->
    Before = erlang:monotonic_time(),
    Sink ! {steady, N},
    {N, Before, erlang:monotonic_time()}.

%% A long mailbox of large messages is stopped by its memory, not its length.
memory_trips_breaker_test_() ->
    {timeout, 30, fun memory_trips_breaker/0}.

memory_trips_breaker() ->
    Agent = attach(#{memory_limit => 8 * 1024 * 1024}),
    Sender = node_side:busy_sender(4000, lists:seq(1, 1000)),
    {ok, _} = trace(Agent, #{level => messages, scope => [Sender]}),
    held_up(Agent, Sender),
    ?assertEqual(ok, until(fun() -> {memory, M} = process_info(maps:get(tracer, Agent), memory), M < 8 * 1024 * 1024 end)),
    {es, gap, _, {Cause, _, _, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap end),
    ?assert(lists:member(Cause, [overload, breaker])),
    ?assertEqual(ok, until(fun() -> counted(Agent, send) + seen(Agent, send) =:= 4001 end)),
    detach(Agent).

%% A snapshot that finds no credit waits for it and is then complete.
snapshot_waits_for_credit_test_() ->
    {timeout, 30, fun snapshot_waits_for_credit/0}.

snapshot_waits_for_credit() ->
    Many = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 2000)],
    Agent = attach(#{window_bytes => 65536, payload_bytes => 4096}, stall),
    ok = command(Agent, snapshot),
    ?assertEqual(ok, until(fun() -> ask(maps:get(scope, Agent), seq) > 0 end)),
    {ok, Stats} = command(Agent, sync),
    balanced(Stats),
    ?assertMatch(#{dropped := 0}, Stats),
    ?assert(ask(maps:get(scope, Agent), bytes) =< 65536),
    set(Agent, how, take),
    _ = await(Agent, fun(E) -> element(4, E) =:= snapshot_done end),
    Found = [Pid || {es, process, Pid, _, _} <- events(Agent)],
    ?assertEqual([], Many -- Found),
    [Pid ! stop || Pid <- Many],
    ?assertMatch(#{dropped := 0}, detach(Agent)).
