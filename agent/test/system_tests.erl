-module(system_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1, await/2, stats/1]).

%% Each kind that can be brought about here, tied to its process.
kinds_test_() ->
    {timeout, 30, fun() ->
        Agent = attach(#{system_monitor => #{large_heap => 100000, long_gc => 1, long_schedule => 20}}),
        Heavy = spawn(fun() -> X = lists:seq(1, 3000000), erlang:garbage_collect(), receive stop -> X end end),
        ?assertMatch({es, system_monitor, Heavy, {large_heap, [{_, _} | _]}, _}, await_kind(Agent, Heavy, large_heap)),
        ?assertMatch({es, system_monitor, Heavy, {long_gc, [{timeout, _} | _]}, _}, await_kind(Agent, Heavy, long_gc)),
        %% A regular expression that backtracks in one piece of work.
        Slow = spawn(fun() -> slow(20) end),
        ?assertMatch({es, system_monitor, Slow, {long_schedule, [{timeout, _} | _]}, _}, await_kind(Agent, Slow, long_schedule)),
        exit(Slow, kill),
        exit(Heavy, kill),
        detach(Agent)
    end}.

%% Work that does not yield, for as long as it takes.
slow(Ms) ->
    erts_debug:set_internal_state(available_internal_state, true),
    erts_debug:set_internal_state(block, Ms * 5),
    receive stop -> ok end.

long_message_queue_test_() ->
    {timeout, 30, fun() ->
        Agent = attach(#{system_monitor => #{long_message_queue => {10, 50}}}),
        Pid = spawn(fun() -> receive stop -> ok end end),
        [Pid ! {n, N} || N <- lists:seq(1, 100)],
        case list_to_integer(erlang:system_info(otp_release)) >= 27 of
            true -> ?assertMatch({es, system_monitor, Pid, {long_message_queue, true}, _}, await_kind(Agent, Pid, long_message_queue));
            %% The others are told of all the same.
            false -> ?assertMatch({_, [_ | _]}, erlang:system_monitor())
        end,
        exit(Pid, kill),
        detach(Agent)
    end}.

await_kind(Agent, Pid, Kind) ->
    await(Agent, fun({es, system_monitor, P, {K, _}, _}) -> P =:= Pid andalso K =:= Kind; (_) -> false end).

%% Somebody else's is left alone, said so, and taken when they let it go.
taken_test_() ->
    {timeout, 30, fun() ->
        Other = spawn(fun() -> register(system_tests_other, self()), receive stop -> ok end end),
        ok = node_side:until(fun() -> whereis(system_tests_other) =:= Other end, 1000),
        undefined = erlang:system_monitor(Other, [{long_gc, 123}]),
        Agent = #{monitor := Monitor} = attach(#{}),
        ?assertEqual({Other, [{long_gc, 123}]}, erlang:system_monitor()),
        {ok, #{system_monitor := {taken, Who}}} = command(Agent, sync),
        ?assertNotEqual(nomatch, binary:match(Who, <<"system_tests_other">>)),
        exit(Other, kill),
        {es, session, _, {system_monitor, on}, _} = await(Agent, fun(E) -> element(4, E) =:= {system_monitor, on} end),
        ?assertMatch({Monitor, _}, erlang:system_monitor()),
        detach(Agent),
        ?assertEqual(undefined, erlang:system_monitor())
    end}.

%% One who comes later takes it, and keeps it when we go.
taken_over_test_() ->
    {timeout, 30, fun() ->
        Agent = attach(#{}),
        Other = spawn(fun() -> register(system_tests_other, self()), receive stop -> ok end end),
        ok = node_side:until(fun() -> whereis(system_tests_other) =:= Other end, 1000),
        _ = erlang:system_monitor(Other, [busy_port]),
        {es, session, _, {system_monitor, {taken, _}}, _} =
            await(Agent, fun(E) -> is_tuple(element(4, E)) andalso element(1, element(4, E)) =:= system_monitor end),
        detach(Agent),
        ?assertEqual({Other, [busy_port]}, erlang:system_monitor()),
        exit(Other, kill)
    end}.

off_test() ->
    Agent = attach(#{system_monitor => off}),
    ?assertEqual(undefined, erlang:system_monitor()),
    {ok, #{system_monitor := off}} = command(Agent, sync),
    detach(Agent).

%% A flood: so many a second, and how many more there were.
bounded_test_() ->
    {timeout, 30, fun() ->
        Agent = #{monitor := Monitor} = attach(#{system_monitor => off}),
        Pid = spawn(fun() -> receive stop -> ok end end),
        [Monitor ! {monitor, Pid, busy_port, N} || N <- lists:seq(1, 1000)],
        {es, system_monitor, _, {not_reported, Skipped}, _} =
            await(Agent, fun({es, system_monitor, _, {not_reported, _}, _}) -> true; (_) -> false end),
        Reported = length([E || {es, system_monitor, P, _, _} = E <- events(Agent), P =:= Pid]),
        ?assertEqual(1000, Reported + Skipped),
        ?assert(Reported =< 200),
        exit(Pid, kill),
        detach(Agent)
    end}.

bad_limits_test() ->
    ok = node_side:load(),
    [begin
         ok = node_side:load(),
         ?assertEqual({error, {bad_option, system_monitor}}, elixirscope_agent:start(#{scope => self(), system_monitor => Bad})),
         ok = node_side:await_gone(#{}, 10000)
     end || Bad <- [on, #{long_gc => soon}, #{unknown => 1}, #{long_message_queue => {5, 5}}, #{busy_port => 1}]].
