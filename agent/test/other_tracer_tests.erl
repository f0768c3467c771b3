-module(other_tracer_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, set/3, await/2, await_gone/2, byes/1, events/1]).

idle() -> spawn(fun() -> receive stop -> ok end end).

%%% The legacy tracer belongs to somebody else

taken_on_one_process_test() ->
    ok = node_side:load(),
    {Traced, Other} = {idle(), idle()},
    1 = erlang:trace(Traced, true, [procs, {tracer, Other}]),
    {error, {tracer_taken, Other, Description}} = elixirscope_agent:start(#{scope => self(), tracer => legacy}),
    ?assert(is_binary(Description)),
    ?assertEqual({flags, [procs]}, erlang:trace_info(Traced, flags)),
    ?assertEqual({tracer, Other}, erlang:trace_info(Traced, tracer)),
    ?assertEqual(ok, node_side:until(fun() -> code:is_loaded(elixirscope_agent) =:= false end)),
    ?assertEqual([], [Pid || Pid <- processes(), Pid =/= Traced, erlang:trace_info(Pid, flags) =/= {flags, []},
                             erlang:trace_info(Pid, flags) =/= undefined]),
    [exit(Pid, kill) || Pid <- [Traced, Other]].

taken_by_dbg_test() ->
    ok = node_side:load(),
    {ok, _} = dbg:tracer(process, {fun(_, _) -> ok end, ok}),
    {ok, _} = dbg:p(new, [c]),
    Result = elixirscope_agent:start(#{scope => self(), tracer => legacy}),
    stop_dbg(),
    %% Since OTP 27 dbg has a session of its own.
    case Result of
        {error, {tracer_taken, _, _}} -> ok;
        {ok, #{owner := Owner}} -> {ok, _} = elixirscope_agent:command(Owner, detach)
    end,
    ?assertEqual(ok, await_gone(#{}, 1000)).

stop_dbg() ->
    dbg:stop(),
    ok = node_side:until(fun() -> whereis(dbg) =:= undefined end).

%%% Somebody else erases ours

erased_test_() ->
    [{timeout, 20, {Name, fun() -> erased(Scope, Erase) end}}
     || {Name, Scope, Erase} <-
            [{"flags", fun() -> all end, fun() -> erlang:trace(all, false, [all]) end},
             {"flags where a few processes are traced", fun() -> [whereis(init)] end, fun() -> erlang:trace(all, false, [all]) end},
             {"flags and patterns as dbg:stop and LiveDebugger do", fun() -> all end,
              fun() -> erlang:trace(all, false, [all]), erlang:trace_pattern({'_', '_', '_'}, false, [local]) end},
             {"patterns", fun() -> [whereis(init)] end, fun() -> erlang:trace_pattern({'_', '_', '_'}, false, [local]) end}]].

erased(Scope, Erase) ->
    Agent = attach(#{tracer => legacy}),
    {ok, _} = trace(Agent, #{level => calls, patterns => [{ordsets, from_list, 1, true}], scope => Scope()}),
    Erase(),
    {es, gap, _, {taken_over, From, To, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap end),
    ?assert(From =< To),
    ?assertEqual(ok, await_gone(Agent, 1000)),
    ?assertEqual([taken_over], byes(Agent)),
    ?assertEqual({traced, false}, erlang:trace_info({ordsets, from_list, 1}, traced)).

%%% Others keep theirs

their_patterns_stay_test_() ->
    [{timeout, 30, {Name, fun() -> their_patterns_stay(Busy) end}} || {Name, Busy} <- [{"node at rest", 0}, {"busy node", 100}]].

%% A node where many wait for the schedulers has everything of ours taken away at once, if there is nothing of others.
their_patterns_stay(Busy) ->
    Agent = attach(#{tracer => legacy}),
    1 = erlang:trace_pattern({ordsets, union, 2}, true, [local]),
    {ok, _} = trace(Agent, #{level => calls, patterns => [{ordsets, from_list, 1, true}]}),
    Others = [spawn(fun Loop() -> lists:seq(1, 100), Loop() end) || _ <- lists:seq(1, Busy)],
    detach(Agent),
    [exit(Pid, kill) || Pid <- Others],
    ?assertEqual({traced, local}, erlang:trace_info({ordsets, union, 2}, traced)),
    ?assertEqual({traced, false}, erlang:trace_info({ordsets, from_list, 1}, traced)),
    erlang:trace_pattern({ordsets, union, 2}, false, [local]).

%% Somebody traces a process beside the few that we trace. (From OTP 27 on the
%% legacy tracer, which we do not use there, spares nobody.)
their_flags_stay_test() ->
    case node_side:tracer_kinds() of
        [best] -> their_flags_stay();
        _ -> ok
    end.

their_flags_stay() ->
    [Ours, Theirs, Other] = [idle(), idle(), idle()],
    Agent = attach(#{}),
    {ok, _} = trace(Agent, #{level => messages, scope => [Ours]}),
    1 = erlang:trace(Theirs, true, [procs, {tracer, Other}]),
    _ = erlang:trace(new_processes, true, [procs, {tracer, Other}]),
    {ok, _} = trace(Agent, #{level => observe, scope => [Ours]}),
    {ok, _} = command(Agent, detach),
    ok = node_side:until(fun() -> code:is_loaded(elixirscope_agent) =:= false end),
    ?assertEqual({flags, [procs]}, erlang:trace_info(Theirs, flags)),
    ?assertEqual({tracer, Other}, erlang:trace_info(new_processes, tracer)),
    ?assertEqual({flags, []}, erlang:trace_info(Ours, flags)),
    erlang:trace(all, false, [all]),
    [exit(Pid, kill) || Pid <- [Ours, Theirs, Other]].

sessions_test_() ->
    case node_side:tracer_kinds() of
        [best] -> [];
        _ -> [fun their_session_stays/0, fun session_destroyed/0]
    end.

their_session_stays() ->
    Parent = self(),
    Other = spawn(fun Loop() -> receive Event -> Parent ! {theirs, Event}, Loop() end end),
    Session = trace:session_create(theirs, Other, []),
    Traced = spawn(fun Loop() -> receive {From, ping} -> From ! pong, Loop() end end),
    1 = trace:process(Session, Traced, true, ['receive']),
    1 = trace:function(Session, {ordsets, from_list, 1}, true, [local]),
    Agent = attach(#{}),
    {ok, _} = trace(Agent, #{level => calls, patterns => [{ordsets, from_list, 1, true}]}),
    detach(Agent),
    ?assertEqual({flags, ['receive']}, trace:info(Session, Traced, flags)),
    ?assertEqual({traced, local}, trace:info(Session, {ordsets, from_list, 1}, traced)),
    Traced ! {self(), ping},
    receive pong -> ok end,
    receive {theirs, {trace, Traced, 'receive', {_, ping}}} -> ok end,
    trace:session_destroy(Session).

session_destroyed() ->
    Agent = attach(#{}),
    {ok, _} = trace(Agent, #{level => messages}),
    [Ours] = [Session || {elixirscope, _} = Session <- trace:session_info(all)],
    true = trace:session_destroy(Ours),
    {es, gap, _, {taken_over, _, _, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap end),
    ?assertEqual(ok, await_gone(Agent, 1000)),
    ?assertEqual([taken_over], byes(Agent)).

%% Taken away all at once.
their_counts_stay_test() ->
    Ours = [{ordsets, from_list, 1}, {ordsets, union, 2}],
    [1 = erlang:trace_pattern(MFA, true, [local, call_count]) || MFA <- Ours],
    1 = erlang:trace_pattern({ordsets, subtract, 2}, true, [call_count]),
    ok = node_side:load_modules(),
    Busy = [spawn(fun Loop() -> lists:seq(1, 100), Loop() end) || _ <- lists:seq(1, 20 * erlang:system_info(schedulers_online))],
    ok = node_side:until(fun() -> erlang:statistics(total_run_queue_lengths) > erlang:system_info(schedulers_online) end),
    ok = elixirscope_unset:all([{MFA, true} || MFA <- Ours], Ours),
    Theirs = erlang:trace_info({ordsets, subtract, 2}, call_count),
    1 = erlang:trace_pattern({ordsets, subtract, 2}, false, [call_count]),
    [1 = erlang:trace_pattern(MFA, true, [local, call_count]) || MFA <- Ours],
    ok = elixirscope_unset:all([{{ordsets, '_', '_'}, true}], Ours),
    [exit(Pid, kill) || Pid <- Busy],
    node_side:unload(),
    ?assertMatch({call_count, N} when is_integer(N), Theirs),
    ?assertEqual([false, false, false, false], [element(2, erlang:trace_info(MFA, Item)) || MFA <- Ours, Item <- [traced, call_count]]).
