-module(budget_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1, await/2, gaps/1]).

%% Sends numbered messages and notes the moment before and after each, until told to stop; so many in a row.
steady(Sink, N, Burst, Moments) ->
    receive
        {stop, From} -> From ! {moments, lists:reverse(Moments)};
        {burst, Other} -> steady(Sink, N, Other, Moments)
    after 1 ->
        Sent = [begin
                    Before = erlang:monotonic_time(),
                    Sink ! {steady, M},
                    {M, Before, erlang:monotonic_time()}
                end || M <- lists:seq(N, N + Burst - 1)],
        steady(Sink, N + Burst, Burst, lists:reverse(Sent, Moments))
    end.

start_steady(Burst) -> start_steady(Burst, 1).

start_steady(Burst, First) ->
    Sink = spawn(fun Loop() -> receive _ -> Loop() end end),
    {Sink, spawn(fun() -> receive go -> ok end, steady(Sink, First, Burst, []) end)}.

stop_steady({Sink, Steady}) ->
    Steady ! {stop, self()},
    Moments = receive {moments, Found} -> Found end,
    exit(Sink, kill),
    Moments.

in_force(Level) ->
    fun(E) -> element(2, E) =:= session andalso is_tuple(element(4, E)) andalso element(1, element(4, E)) =:= in_force
                  andalso element(2, element(4, E)) =:= Level end.

%% What is inside of a gap of that cause was not stored, what is outside was, and each gap's ends are where it was.
exact(Agent, Cause, Moments) ->
    Stored = maps:from_list([{N, Ts} || {trace_ts, _, send, {steady, N}, _, Ts} <- events(Agent)]),
    Gaps = [{From, To} || {C, From, To, _} <- gaps(Agent), C =:= Cause],
    ?assertEqual([], [{N, Ts, Gap} || {N, Ts} <- maps:to_list(Stored), {From, To} = Gap <- Gaps, Ts >= From, Ts =< To]),
    Missing = [Moment || {N, _, _} = Moment <- Moments, not is_map_key(N, Stored)],
    ?assertEqual([], [Moment || {_, Before, After} = Moment <- Missing, not lists:any(fun({F, T}) -> After >= F andalso Before =< T end, Gaps)]),
    length(Missing).

kinds(Fun) ->
    [{atom_to_list(Kind), {timeout, 60, fun() -> Fun(Kind) end}} || Kind <- node_side:tracer_kinds()].

%% Too many events: one level down, and up again when it is calm; the gap is exact.
steps_down_and_up_test_() -> kinds(fun steps_down_and_up/1).

steps_down_and_up(Kind) ->
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    {_, Pid} = Steady = start_steady(1),
    {ok, _} = trace(Agent, #{level => messages, scope => [Pid], budget => #{events => 2000}}),
    Pid ! go,
    Pid ! {burst, 100},
    {es, session, _, {in_force, observe, events}, _} = await(Agent, in_force(observe)),
    %% Four seconds later it tries again, and goes down again: as long as there is too much.
    ok = node_side:until(fun() ->
        {ok, #{level := messages, budget := #{events := 2000}, in_force := Now, lowered_by := Why}} = command(Agent, sync),
        {Now, Why} =:= {observe, events}
    end),
    Pid ! {burst, 1},
    {es, session, _, {in_force, messages, calm}, _} = await(Agent, in_force(messages)),
    _ = await(Agent, fun(E) -> element(2, E) =:= gap andalso element(1, element(4, E)) =:= budget end),
    Up = erlang:monotonic_time(),
    _ = await(Agent, fun(E) -> element(3, E) =:= send andalso element(6, E) > Up end),
    Moments = stop_steady(Steady),
    {ok, #{level := messages, in_force := messages, lowered_by := none} = Stats} = command(Agent, sync),
    ?assert(exact(Agent, budget, Moments) > 200),
    %% What the tracer itself still saw of it is counted.
    #{dropped := Dropped, dropped_by_cause := ByCause} = Stats,
    Counted = maps:get(budget, ByCause, 0),
    ?assertEqual({Dropped, Counted}, {lists:sum([N || {budget, _, _, Counts} <- gaps(Agent), {_, N} <- Counts]), Dropped}),
    detach(Agent).

%% Trace messages of several processes have no order among themselves: to the gap, it is the time of each that counts.
several_at_once_test_() -> kinds(fun several_at_once/1).

several_at_once(Kind) ->
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    Steady = [start_steady(100, K * 10000000) || K <- lists:seq(1, 6)],
    Pids = [Pid || {_, Pid} <- Steady],
    {ok, _} = trace(Agent, #{level => messages, scope => Pids, budget => #{events => 2000}}),
    [Pid ! go || Pid <- Pids],
    {es, session, _, {in_force, observe, events}, _} = await(Agent, in_force(observe)),
    [Pid ! {burst, 1} || Pid <- Pids],
    {ok, _} = trace(Agent, #{level => messages, scope => Pids, budget => #{events => infinity}}),
    _ = await(Agent, fun(E) -> element(2, E) =:= gap andalso element(1, element(4, E)) =:= budget end),
    Up = erlang:monotonic_time(),
    [_ = await(Agent, fun(E) -> element(3, E) =:= send andalso element(2, E) =:= Pid andalso element(6, E) > Up end) || Pid <- Pids],
    Moments = lists:append([stop_steady(One) || One <- Steady]),
    {ok, _} = command(Agent, sync),
    ?assert(exact(Agent, budget, Moments) > 0),
    %% Messages that come when it has been told have a gap of their own, inside of it.
    Gaps = [{From, To} || {budget, From, To, _} <- gaps(Agent)],
    ?assert(lists:member({lists:min([From || {From, _} <- Gaps]), lists:max([To || {_, To} <- Gaps])}, Gaps)),
    detach(Agent).

%% Whatever the limit.
each_limit_test_() ->
    [{atom_to_list(Why), {timeout, 60, fun() -> limit(Why, Budget) end}}
     || {Why, Budget} <- [{bytes, #{bytes => 100000}}, {cpu, #{cpu => 1}}]].

limit(Why, Budget) ->
    Agent = attach(#{sample_ms => 0}),
    {_, Pid} = Steady = start_steady(300),
    {ok, _} = trace(Agent, #{level => messages, scope => [Pid], budget => Budget}),
    Pid ! go,
    {es, session, _, {in_force, observe, Why}, _} = await(Agent, in_force(observe)),
    Moments = stop_steady(Steady),
    %% Let go while it is lowered: the gap ends there.
    Agent1 = maps:without([none], Agent),
    {ok, _} = elixirscope_agent:command(maps:get(owner, Agent1), detach),
    ok = node_side:await_gone(Agent, 60000),
    ?assert(exact(Agent, budget, Moments) >= 0),
    ?assertMatch([{budget, _, _, _} | _], gaps(Agent)),
    exit(maps:get(scope, Agent), kill).

%% The node itself is overloaded: many wait for a scheduler.
run_queue_test_() -> {timeout, 60, fun run_queue/0}.

run_queue() ->
    Agent = attach(#{sample_ms => 0}),
    {ok, _} = trace(Agent, #{level => messages, scope => [self()], budget => #{run_queue => 5}}),
    Busy = [spawn(fun Loop() -> lists:seq(1, 100), Loop() end) || _ <- lists:seq(1, 20 * erlang:system_info(schedulers_online))],
    {es, session, _, {in_force, observe, run_queue}, _} = await(Agent, in_force(observe)),
    [exit(Pid, kill) || Pid <- Busy],
    _ = await(Agent, in_force(messages)),
    detach(Agent).

%% At the lowest level already: everything off for a while, and the gap is exact.
breaker_of_the_budget_test_() -> kinds(fun breaker_of_the_budget/1).

breaker_of_the_budget(Kind) ->
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(Agent, #{level => observe, budget => #{events => 1000}}),
    Spawner = spawn(fun Loop() -> receive stop -> ok after 1 -> [spawn(fun() -> ok end) || _ <- lists:seq(1, 50)], Loop() end end),
    {es, gap, _, {breaker, From, To, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap andalso element(1, element(4, E)) =:= breaker end),
    Spawner ! stop,
    {ok, _} = command(Agent, sync),
    ?assertEqual([], [E || {trace_ts, P, _, _, _, Ts} = E <- events(Agent), P =:= Spawner, Ts >= From, Ts =< To]),
    detach(Agent).

%% The breaker, held against what the application itself knows: nothing inside of its gap, and nothing missing outside.
breaker_is_exact_test_() -> kinds(fun breaker_is_exact/1).

breaker_is_exact(Kind) ->
    Agent = attach(#{tracer => Kind, mailbox_limit => 1000, sample_ms => 0}),
    {_, Pid} = Steady = start_steady(20),
    {ok, _} = trace(Agent, #{level => messages, scope => [Pid]}),
    Pid ! go,
    _ = await(Agent, fun(E) -> element(3, E) =:= send end),
    #{tracer := Tracer} = Agent,
    true = erlang:suspend_process(Tracer),
    Pid ! {burst, 2000},
    ok = node_side:until(fun() -> {message_queue_len, L} = process_info(Tracer, message_queue_len), L > 20000 end),
    Pid ! {burst, 20},
    true = erlang:resume_process(Tracer),
    {es, gap, _, {breaker, _, To, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap andalso element(1, element(4, E)) =:= breaker end),
    _ = await(Agent, fun(E) -> element(3, E) =:= send andalso element(6, E) > To end),
    Moments = stop_steady(Steady),
    accounted(Agent, Moments),
    detach(Agent).

%% Each message is stored, and then in no gap, or missing, and then in one. (What was counted before a trip has a gap of
%% its own, overload.)
accounted(Agent, Moments) ->
    {ok, #{produced := Produced, sent := Sent, dropped := Dropped}} = command(Agent, sync),
    ?assertEqual(Produced, Sent + Dropped),
    Stored = maps:from_list([{N, Ts} || {trace_ts, _, send, {steady, N}, _, Ts} <- events(Agent)]),
    Gaps = [{F, T} || {_, F, T, _} <- gaps(Agent)],
    ?assertEqual([], [{N, Ts, Gap} || {N, Ts} <- maps:to_list(Stored), {F, T} = Gap <- Gaps, Ts >= F, Ts =< T]),
    ?assertEqual([], [Moment || {N, Before, After} = Moment <- Moments, not is_map_key(N, Stored),
                                not lists:any(fun({F, T}) -> After >= F andalso Before =< T end, Gaps)]).

%% However often it opened: what was asked for is recorded again within bounded time, 6 s (and what a busy machine adds).
breaker_comes_back_test_() -> {timeout, 60, fun breaker_comes_back/0}.

breaker_comes_back() ->
    Agent = attach(#{mailbox_limit => 1000, sample_ms => 0}),
    {_, Pid} = Steady = start_steady(1),
    {ok, _} = trace(Agent, #{level => messages, scope => [Pid]}),
    Pid ! go,
    _ = await(Agent, fun(E) -> element(3, E) =:= send end),
    Back = [trip(Agent, Pid, Nth) || Nth <- lists:seq(1, 4)],
    ?assertEqual([ok, ok, ok, ok], Back),
    accounted(Agent, stop_steady(Steady)),
    detach(Agent).

%% Right after the one before, while the level is in force for less than two seconds.
trip(#{tracer := Tracer} = Agent, Pid, Nth) ->
    true = erlang:suspend_process(Tracer),
    Pid ! {burst, 2000},
    ok = node_side:until(fun() -> {message_queue_len, L} = process_info(Tracer, message_queue_len), L > 15000 end),
    Pid ! {burst, 1},
    true = erlang:resume_process(Tracer),
    ok = node_side:until(fun() -> length(breaker_gaps(Agent)) >= Nth end, 9000),
    To = lists:max(breaker_gaps(Agent)),
    node_side:until(fun() -> lists:any(fun(E) -> element(3, E) =:= send andalso element(6, E) > To end, events(Agent)) end, 8000).

breaker_gaps(Agent) -> [To || {breaker, _, To, _} <- gaps(Agent)].

%% The memory of the tracer has the limit of the budget, not more than at the start.
memory_test_() -> {timeout, 60, fun memory/0}.

memory() ->
    Agent = attach(#{sample_ms => 0}),
    Sender = node_side:busy_sender(4000, lists:seq(1, 1000)),
    {ok, _} = trace(Agent, #{level => messages, scope => [Sender], budget => #{memory => 4 * 1024 * 1024}}),
    #{tracer := Tracer} = Agent,
    true = erlang:suspend_process(Tracer),
    Sender ! {go, self()},
    receive {Sender, sent} -> ok end,
    true = erlang:resume_process(Tracer),
    {es, gap, _, {Cause, _, _, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap end),
    ?assert(lists:member(Cause, [overload, breaker])),
    detach(Agent).
