-module(logs_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/0, trace/2, command/2, detach/1, events/1, await/2]).

logs(Agent) ->
    {ok, _} = command(Agent, sync),
    [{Pid, Level, Msg, Meta} || {trace_ts, _, call, {logger_backend, call_handlers, 3}, {es_log, Pid, Level, {Msg, Meta}}, _} <- events(Agent)].

%% Ours alone: no handler prints it, and the filter of another test is not there.
with_level(Level, Fun) ->
    #{level := Before} = logger:get_primary_config(),
    Handlers = [{Id, logger:get_handler_config(Id)} || Id <- logger:get_handler_ids()],
    [logger:set_handler_config(Id, level, none) || {Id, _} <- Handlers],
    logger:set_primary_config(level, Level),
    try Fun() after
        logger:set_primary_config(level, Before),
        [logger:set_handler_config(Id, level, HandlerLevel) || {Id, {ok, #{level := HandlerLevel}}} <- Handlers]
    end.

what_is_allowed_and_nothing_else_test() ->
    with_level(notice, fun() ->
        Agent = attach(),
        {ok, _} = trace(Agent, #{level => observe}),
        ok = logger:add_primary_filter(logs_tests, {fun(#{msg := {string, "filtered"}}, _) -> stop; (_, _) -> ignore end, none}),
        %% Who gave the commands is not traced.
        {Pid, Ref} = spawn_monitor(fun() ->
            logger:notice("told ~p", [{once, 1}], #{domain => [names, tests]}),
            logger:error("filtered"),
            logger:info("below the level"),
            logger:log(error, #{what => report}, #{file => "x.erl"})
        end),
        receive {'DOWN', Ref, _, _, _} -> ok end,
        ok = logger:remove_primary_filter(logs_tests),
        ?assertMatch([{Pid, notice, {"told ~p", [{once, 1}]}, #{domain := [names, tests], pid := Pid}},
                      {Pid, error, {report, #{what := report}}, #{file := "x.erl"}}], logs(Agent)),
        detach(Agent)
    end).

%% The death of a plain process is told by the emulator, in another process.
belongs_to_its_process_test_() ->
    {timeout, 30, fun() -> with_level(error, fun() ->
        Agent = attach(),
        {ok, _} = trace(Agent, #{level => observe}),
        Pid = spawn(fun() -> error(logs_tests) end),
        {trace_ts, Caller, call, _, {es_log, Pid, error, _}, _} =
            await(Agent, fun({trace_ts, _, call, _, {es_log, P, _, _}, _}) -> P =:= Pid; (_) -> false end),
        ?assertNotEqual(Pid, Caller),
        detach(Agent)
    end) end}.
