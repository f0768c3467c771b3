-module(command_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/0, attach/1, trace/2, command/2, detach/1, events/1, await/2]).

echo() -> spawn(fun Loop() -> receive {From, M} -> From ! {self(), M}, Loop(); stop -> ok end end).

ping(Pid, M) ->
    Pid ! {self(), M},
    receive {Pid, M} -> ok end.

levels_while_running_test_() ->
    [{atom_to_list(Kind), fun() -> levels(Kind) end} || Kind <- node_side:tracer_kinds()].

levels(Kind) ->
    Agent = attach(#{tracer => Kind}),
    Pid = echo(),
    Kinds = fun(Level, Patterns) ->
                {ok, _} = trace(Agent, #{level => Level, patterns => Patterns}),
                ping(Pid, Level),
                New = spawn(fun() -> ordsets:from_list([Level]), receive stop -> ok end end),
                Ref = monitor(process, New),
                New ! stop,
                receive {'DOWN', Ref, _, _, _} -> ok end,
                {ok, _} = command(Agent, sync),
                lists:usort([element(3, E) || E <- since_level(Level, events(Agent)), lists:member(element(2, E), [Pid, New])])
            end,
    Pattern = [{ordsets, from_list, 1, [{'_', [], [{return_trace}]}]}],
    ?assertEqual([exit, spawned], Kinds(observe, [])),
    ?assertEqual([exit, 'receive', send, spawned], Kinds(messages, [])),
    ?assertEqual([call, exit, 'receive', return_from, send, spawned], Kinds(calls, Pattern)),
    ?assertEqual([call, exit, return_from, spawned], Kinds(observe, Pattern)),
    Pid ! stop,
    detach(Agent).

since_level(Level, Events) ->
    lists:takewhile(fun(E) -> element(4, E) =/= {level, Level} end, lists:reverse(Events)).

%% No event of our own processes, nor of a receiver on this node.
never_traces_itself_test() ->
    Agent = attach(),
    Own = maps:values(maps:with([owner, tracer, observer, monitor, reaper, scope], Agent)),
    {ok, _} = trace(Agent, #{level => messages}),
    ok = command(Agent, snapshot),
    _ = await(Agent, fun(E) -> element(4, E) =:= snapshot_done end),
    {ok, _} = command(Agent, sync),
    ?assertEqual([], [E || E <- events(Agent), element(1, E) =:= trace_ts, lists:member(element(2, E), Own)]),
    detach(Agent).

scope_of_pids_and_names_test() ->
    Agent = attach(#{sample_ms => 0}),
    [A, B, C] = [echo(), echo(), echo()],
    register(command_tests_b, B),
    {ok, #{processes := 2}} = trace(Agent, #{level => messages, scope => [A, command_tests_b]}),
    [ping(Pid, hello) || Pid <- [A, B, C]],
    {ok, _} = command(Agent, sync),
    Seen = lists:usort([element(2, E) || E <- events(Agent), element(1, E) =:= trace_ts]),
    ?assertEqual(lists:sort([A, B]), Seen),
    [Pid ! stop || Pid <- [A, B, C]],
    detach(Agent).

%% What traced processes spawn is traced.
scope_follows_spawn_test() ->
    Agent = attach(),
    Parent = spawn(fun() -> receive {From, go} -> From ! {child, spawn(fun() -> receive {P, M} -> P ! {self(), M} end end)}, receive stop -> ok end end end),
    {ok, _} = trace(Agent, #{level => messages, scope => [Parent]}),
    Parent ! {self(), go},
    Child = receive {child, Pid} -> Pid end,
    ping(Child, hello),
    {trace_ts, Child, 'receive', {_, hello}, _} = await(Agent, fun(E) -> element(2, E) =:= Child andalso element(3, E) =:= 'receive' end),
    Parent ! stop,
    detach(Agent).

%% A request that is refused changes nothing.
refused_test_() ->
    [{atom_to_list(Kind), fun() -> refused(Kind) end} || Kind <- node_side:tracer_kinds()].

refused(Kind) ->
    Agent = attach(#{tracer => Kind}),
    Pid = echo(),
    {ok, _} = trace(Agent, #{level => calls, scope => [Pid], patterns => [{ordsets, from_list, 1, true}]}),
    Dead = spawn(fun() -> ok end),
    ok = node_side:until(fun() -> not is_process_alive(Dead) end),
    Calls = fun(Patterns) -> #{level => calls, patterns => Patterns} end,
    ?assertMatch({error, {no_process, nobody_has_this_name}}, trace(Agent, #{scope => [nobody_has_this_name]})),
    ?assertMatch({error, {no_process, Dead}}, trace(Agent, #{scope => [Dead]})),
    ?assertMatch({error, {bad_scope, some}}, trace(Agent, #{scope => some})),
    ?assertMatch({error, {bad_level, lots}}, trace(Agent, #{level => lots})),
    ?assertMatch({error, {bad_option, typo}}, trace(Agent, #{typo => 1})),
    ?assertMatch({error, {no_module, {no_such_module, f, 1, true}}}, trace(Agent, Calls([{no_such_module, f, 1, true}]))),
    ?assertMatch({error, {no_function, {lists, no_such_function, 1, true}}}, trace(Agent, Calls([{lists, no_such_function, 1, true}]))),
    ?assertMatch({error, {{bad_match_spec, _}, _}}, trace(Agent, Calls([{lists, seq, 2, [{'_', [{no_such_guard}], []}]}]))),
    ?assertMatch({error, {bad_match_spec, _}}, trace(Agent, Calls([{lists, seq, 2, nonsense}]))),
    ?assertMatch({error, {bad_pattern, {'_', '_', '_', true}}}, trace(Agent, Calls([{'_', '_', '_', true}]))),
    ?assertMatch({error, {bad_pattern, nonsense}}, trace(Agent, Calls(nonsense))),
    ?assertMatch({error, {bad_request, nonsense}}, trace(Agent, nonsense)),
    ?assertMatch({error, {bad_command, nonsense}}, command(Agent, nonsense)),
    ping(Pid, still),
    _ = await(Agent, fun(E) -> element(2, E) =:= Pid andalso element(3, E) =:= 'receive' andalso element(2, element(4, E)) =:= still end),
    Pid ! stop,
    detach(Agent).

%% A pattern on a module that is not loaded yet loads it.
loads_modules_test() ->
    Agent = attach(),
    code:purge(sofs), code:delete(sofs), code:purge(sofs),
    {ok, #{functions := 1}} = trace(Agent, #{level => calls, patterns => [{sofs, is_sofs_set, 1, true}]}),
    Pid = spawn(fun() -> receive go -> sofs:is_sofs_set(x) end end),
    {ok, _} = trace(Agent, #{level => calls, patterns => [{sofs, is_sofs_set, 1, true}]}),
    Pid ! go,
    {trace_ts, Pid, call, {sofs, is_sofs_set, 1}, {es_args, [x], _}, _} = await(Agent, fun(E) -> element(3, E) =:= call end),
    detach(Agent).

exceptions_and_results_test() ->
    Agent = attach(),
    {ok, _} = trace(Agent, #{level => calls, patterns => [{lists, seq, 2, [{'_', [], [{exception_trace}]}]}]}),
    Pid = spawn(fun() -> receive go -> ok end, [1, 2] = lists:seq(1, 2), try lists:seq(a, b) catch _:_ -> ok end end),
    Pid ! go,
    {trace_ts, Pid, return_from, {lists, seq, 2}, [1, 2], _} = await(Agent, fun(E) -> element(3, E) =:= return_from end),
    {trace_ts, Pid, exception_from, {lists, seq, 2}, {error, function_clause}, _} =
        await(Agent, fun(E) -> element(3, E) =:= exception_from end),
    detach(Agent).

info_test() ->
    Agent = attach(),
    ?assertMatch(#{version := 1, tracing := _, otp := <<_, _>>, elixir := <<>>, processes := _, time_offset := _,
                   system := #{schedulers := _, wordsize := 8}}, Agent),
    ?assertEqual(erlang:time_offset(nanosecond) div 1000000000, maps:get(time_offset, Agent) div 1000000000),
    detach(Agent).

stats_come_by_themselves_test() ->
    Agent = attach(),
    ?assertEqual(ok, node_side:until(fun() -> node_side:stats(Agent) =/= none end)),
    ?assertMatch(#{produced := _, sent := _, dropped := 0, dropped_by_kind := _, batches := _, bytes := _, acked := _,
                   mailbox := _, memory := _, reductions := _, runtime_ns := _, breaker := closed}, node_side:stats(Agent)),
    detach(Agent).
