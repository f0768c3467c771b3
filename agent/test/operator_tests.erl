%% What whoever runs the node sees of ElixirScope, allows it, and does to end it.
-module(operator_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, byes/1, events/1, stats/1, await_gone/2, traces_left/1]).

-export([log/2]).

-define(LIMIT, 1000).

%%% To end it

stop_test_() ->
    [{timeout, 20, {atom_to_list(Kind) ++ ", " ++ Name, fun() -> stop(Kind, Prepare, Bye) end}}
     || Kind <- node_side:tracer_kinds(),
        {Name, Prepare, Bye} <- [{"at work", fun(_) -> ok end, [stopped]},
                                 {"owner held up", fun(#{owner := Owner}) -> erlang:suspend_process(Owner) end, []}]].

stop(Kind, Prepare, Bye) ->
    Agent = attach(#{tracer => Kind}),
    {ok, _} = trace(Agent, #{level => calls, patterns => [{ordsets, from_list, 1, true}]}),
    %% In a process of its own, as rpc and a shell have it, which our code's end must not take with it.
    {Caller, Monitor} = spawn_monitor(fun() -> Prepare(Agent), exit({said, elixirscope_agent:stop()}) end),
    receive {'DOWN', Monitor, process, Caller, Reason} -> ?assertEqual({said, ok}, Reason) end,
    ?assertEqual(ok, await_gone(Agent, ?LIMIT)),
    ?assertEqual([], traces_left([{ordsets, from_list, 1}])),
    ?assertEqual(Bye, byes(Agent)).

%% What was produced until then was sent or counted.
stop_has_exact_accounts_test_() ->
    {timeout, 20, fun() ->
        Agent = attach(#{sample_ms => 0}),
        {ok, _} = trace(Agent, #{level => messages}),
        %% Who asks for tracing is not traced.
        Busy = fun() -> _ = [self() ! N || N <- lists:seq(1, 1000)], [receive N -> ok end || N <- lists:seq(1, 1000)] end,
        {Pid, Monitor} = spawn_monitor(Busy),
        receive {'DOWN', Monitor, process, Pid, _} -> ok end,
        ok = elixirscope_agent:stop(),
        ok = await_gone(Agent, ?LIMIT),
        #{produced := Produced, sent := Sent, dropped := Dropped, sampled_out := Left} = stats(Agent),
        ?assert(Produced >= 2000),
        ?assertEqual(Produced, Sent + Dropped + Left)
    end}.

%%% What the log says

log(Event, #{config := To}) -> To ! {log, Event}.

logged(Ends) ->
    #{level := Before} = logger:get_primary_config(),
    ok = logger:set_primary_config(level, notice),
    %% Not into the test's own output.
    ok = logger:set_handler_config(default, level, critical),
    ok = logger:add_handler(?MODULE, ?MODULE, #{config => self()}),
    Agent = attach(#{who => <<"ada@desk">>}),
    {ok, _} = trace(Agent, #{level => messages}),
    {ok, _} = command(Agent, sync),
    Own = [E || {trace_ts, _, call, {logger_backend, _, _}, _, _} = E <- events(Agent)],
    Ends(Agent),
    ok = await_gone(Agent, 60000),
    Said = [receive {log, #{level := notice, msg := {Format, Arguments}}} -> lists:flatten(io_lib:format(Format, Arguments)) after 10000 -> none end
            || _ <- [attached, left]],
    ok = logger:remove_handler(?MODULE),
    ok = logger:set_handler_config(default, level, all),
    ok = logger:set_primary_config(level, Before),
    {Said, Own}.

says_who_attached_and_why_it_left_test_() ->
    [{timeout, 30, {Name, fun() ->
          ?assertEqual({["ElixirScope attached: ada@desk", "ElixirScope left, " ++ Why ++ ": ada@desk"], []}, logged(Ends))
      end}}
     || {Name, Why, Ends} <- [{"detached", "detached", fun(#{owner := Owner}) -> {ok, _} = elixirscope_agent:command(Owner, detach) end},
                              {"stopped", "stopped from this node", fun(_) -> ok = elixirscope_agent:stop() end},
                              {"connection lost", "its connection ended", fun(#{scope := Scope}) -> exit(Scope, kill) end},
                              {"owner killed", "its process on this node was killed", fun(#{owner := Owner}) -> exit(Owner, kill) end}]].

%% A handler that hangs holds up neither the start nor the end.
a_hanging_handler_test_() ->
    {timeout, 20, fun() ->
        #{level := Before} = logger:get_primary_config(),
        ok = logger:set_primary_config(level, notice),
        Hangs = fun(_, _) -> receive never -> stop end end,
        ok = logger:add_primary_filter(?MODULE, {Hangs, none}),
        Agent = #{scope := Scope} = attach(#{who => <<"ada@desk">>}),
        exit(Scope, kill),
        Gone = await_gone(Agent, ?LIMIT),
        ok = logger:remove_primary_filter(?MODULE),
        ok = logger:set_primary_config(level, Before),
        ?assertEqual(ok, Gone)
    end}.

%%% What is allowed

allowing(Setting, Test) ->
    ok = application:set_env(kernel, elixirscope, Setting),
    try Test() after application:unset_env(kernel, elixirscope) end.

nobody_attaches_test_() ->
    [{timeout, 60, fun() ->
         allowing(Setting, fun() ->
             node_side:load(),
             ?assertEqual({error, {not_allowed, Setting}}, elixirscope_agent:start(#{scope => self()})),
             ?assertEqual(ok, node_side:await_gone(#{}, 60000))
         end)
     end} || Setting <- [false, messgaes, []]].

up_to_a_level_test_() ->
    {timeout, 60, fun() -> allowing(messages, fun() ->
        Agent = attach(#{}),
        Refused = {error, {not_allowed, messages}},
        {ok, _} = trace(Agent, #{level => messages}),
        ?assertEqual(Refused, trace(Agent, #{level => state})),
        ?assertEqual(Refused, trace(Agent, #{level => observe, patterns => [{ordsets, from_list, 1, true}]})),
        ?assertEqual(Refused, trace(Agent, #{level => observe, below => [{<<"Elixir.Shop">>, true}]})),
        ?assertEqual(Refused, trace(Agent, #{level => lines, lines => [ordsets]})),
        ?assertEqual(Refused, command(Agent, {replay, #{}})),
        ?assertEqual({error, {bad_level, most}}, trace(Agent, #{level => most})),
        {ok, _} = trace(Agent, #{level => observe}),
        detach(Agent)
    end) end}.

up_to_calls_test_() ->
    {timeout, 60, fun() -> allowing(calls, fun() ->
        Agent = attach(#{}),
        {ok, _} = trace(Agent, #{level => calls, patterns => [{ordsets, from_list, 1, true}]}),
        ?assertEqual({error, {not_allowed, calls}}, trace(Agent, #{level => lines, patterns => [{ordsets, from_list, 1, true}]})),
        detach(Agent)
    end) end}.
