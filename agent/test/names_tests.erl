-module(names_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/0, attach/1, trace/2, command/2, detach/1, events/1, await/2]).
-export([init/1, handle_call/3, handle_cast/2, register_name/2, unregister_name/1, whereis_name/1, send/2]).

init(_) -> {ok, none}.
handle_call(stop, _, S) -> {stop, normal, ok, S}.
handle_cast(_, S) -> {noreply, S}.

%%% A `via` module of our own, over a table

register_name(Name, Pid) ->
    case ets:insert_new(names_tests, {Name, Pid}) of true -> yes; false -> no end.
unregister_name(Name) -> ets:delete(names_tests, Name).
whereis_name(Name) ->
    case ets:lookup(names_tests, Name) of [{_, Pid}] -> Pid; [] -> undefined end.
send(Name, Message) -> whereis_name(Name) ! Message.

named(Pid, Payload) ->
    fun({trace_ts, _, call, _, {es_name, P, _, Data}, _}) -> P =:= Pid andalso Data =:= Payload;
       ({es, name, P, _, Data, _}) -> P =:= Pid andalso Data =:= Payload;
       (_) -> false
    end.

global_test_() ->
    {timeout, 30, fun() ->
        Before = spawn(fun() -> receive stop -> ok end end),
        yes = global:register_name({names_tests, before}, Before),
        Agent = attach(),
        {ok, _} = trace(Agent, #{level => observe}),
        ok = command(Agent, snapshot),
        _ = await(Agent, named(Before, {register, {global, {names_tests, before}}})),
        Later = spawn(fun() -> receive stop -> ok end end),
        yes = global:register_name({names_tests, later}, Later),
        _ = await(Agent, named(Later, {register, {global, {names_tests, later}}})),
        global:unregister_name({names_tests, later}),
        _ = await(Agent, named(Later, {unregister, {global, {names_tests, later}}})),
        %% Death gives a name back too.
        exit(Before, kill),
        _ = await(Agent, named(Before, {unregister, {global, {names_tests, before}}})),
        exit(Later, kill),
        detach(Agent)
    end}.

via_test_() ->
    {timeout, 30, fun() ->
        names_tests = ets:new(names_tests, [named_table, public]),
        Agent = attach(),
        {ok, _} = trace(Agent, #{level => observe}),
        {ok, Pid} = gen_server:start({via, names_tests, {room, 7}}, names_tests, [], []),
        _ = await(Agent, named(Pid, {register, {via, names_tests, {room, 7}}})),
        %% Who does not get it has not got it.
        {error, {already_started, Pid}} = gen_server:start({via, names_tests, {room, 7}}, names_tests, [], []),
        ok = gen_server:call(Pid, stop),
        {ok, _} = command(Agent, sync),
        ?assertEqual([Pid], [P || {trace_ts, _, call, _, {es_name, P, names_tests, {register, _}}, _} <- events(Agent)]),
        ets:delete(names_tests),
        detach(Agent)
    end}.

%% A label that OTP knows (27), as soon as it is set.
label_test_() ->
    {timeout, 30, fun() ->
        Agent = attach(),
        {ok, _} = trace(Agent, #{level => observe}),
        case erlang:function_exported(proc_lib, set_label, 1) of
            true ->
                Pid = spawn(fun() -> proc_lib:set_label({room, 7}), receive stop -> ok end end),
                {trace_ts, Pid, call, {proc_lib, set_label, 1}, {es_process, Pid, label, [{label, {room, 7}}]}, _} =
                    await(Agent, fun({trace_ts, P, call, _, _, _}) -> P =:= Pid; (_) -> false end),
                exit(Pid, kill);
            false -> ok
        end,
        detach(Agent)
    end}.

%% Who is in a group, since before we came and from then on, and who looks for somebody in it.
groups_test_() ->
    {timeout, 30, fun() ->
        {ok, Scope} = pg:start_link(names_tests_scope),
        [Before, Later] = [spawn(fun() -> receive stop -> ok end end) || _ <- [1, 2]],
        ok = pg:join(names_tests_scope, <<"counter:updates">>, Before),
        Group = {via, pg, {names_tests_scope, <<"counter:updates">>}},
        Agent = attach(),
        {ok, _} = trace(Agent, #{level => messages}),
        ok = command(Agent, snapshot),
        _ = await(Agent, named(Before, {join, Group})),
        spawn(fun() -> pg:join(names_tests_scope, <<"counter:updates">>, Later) end),
        _ = await(Agent, named(Later, {join, Group})),
        spawn(fun() -> pg:leave(names_tests_scope, <<"counter:updates">>, [Later]) end),
        _ = await(Agent, named(Later, {leave, Group})),
        Asker = spawn(fun() -> receive go -> pg:get_members(names_tests_scope, <<"counter:udpates">>) end end),
        Asker ! go,
        _ = await(Agent, named(Asker, {dispatch, {via, pg, {names_tests_scope, <<"counter:udpates">>}}})),
        exit(Before, kill), exit(Later, kill),
        detach(Agent),
        unlink(Scope), exit(Scope, kill)
    end}.

%% A cast to a name in `global` that nobody has: it is lost, but that it was looked for is told.
global_lookup_test_() ->
    {timeout, 30, fun() ->
        Agent = attach(),
        {ok, _} = trace(Agent, #{level => messages}),
        Asker = spawn(fun() -> receive go -> try global:send({names_tests, nobody}, hello) catch _:_ -> lost end end end),
        Asker ! go,
        _ = await(Agent, named(Asker, {lookup, {global, {names_tests, nobody}}})),
        detach(Agent)
    end}.
