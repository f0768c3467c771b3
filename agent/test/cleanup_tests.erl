-module(cleanup_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, set/3, events/1, await_gone/2, traces_left/1, byes/1]).

-export([crowded/0]).

-define(LIMIT, 1000).

%% Whatever ends it, everything is gone within a second: flags, patterns,
%% sessions, processes, modules. Each case with everything switched on.
every_end_test_() ->
    [{timeout, 20, {atom_to_list(Kind) ++ ", " ++ Name, fun() -> ends(Kind, End) end}}
     || Kind <- node_side:tracer_kinds(),
        {Name, End} <- [{"scope killed", fun(#{scope := Scope}) -> exit(Scope, kill) end},
                        {"scope ended", fun(#{scope := Scope}) -> exit(Scope, shutdown) end},
                        {"owner killed", fun(#{owner := Owner}) -> exit(Owner, kill) end},
                        {"tracer killed", fun(#{tracer := Tracer}) -> exit(Tracer, kill) end},
                        {"observer killed", fun(#{observer := Observer}) -> exit(Observer, kill) end},
                        {"system monitor killed", fun(#{monitor := Monitor}) -> exit(Monitor, kill) end},
                        {"owner and tracer killed", fun(#{owner := Owner, tracer := Tracer}) -> exit(Tracer, kill), exit(Owner, kill) end},
                        {"detach", fun(Agent) -> {ok, _} = command(Agent, detach) end}]].

traced_fully(Options) ->
    Agent = attach(Options),
    {ok, #{functions := Functions}} =
        trace(Agent, #{level => calls, patterns => [{lists, '_', '_', true}, {ordsets, from_list, 1, [{'_', [], [{return_trace}]}]}]}),
    ?assert(Functions > 50),
    ok = command(Agent, snapshot),
    #{monitor := Monitor} = Agent,
    ?assertMatch({Monitor, [_ | _]}, erlang:system_monitor()),
    Agent.

ends(Kind, End) ->
    Agent = traced_fully(#{tracer => Kind}),
    End(Agent),
    ?assertEqual(ok, await_gone(Agent, ?LIMIT)),
    ?assertEqual([], traces_left(patterns())).

patterns() -> [{ordsets, from_list, 1} | [{lists, F, A} || {F, A} <- lists:module_info(functions)]].

%% The limit counts from the last beat.
missing_heartbeat_test_() ->
    {timeout, 20, fun() ->
        Agent = traced_fully(#{heartbeat_ms => 700}),
        ok = set(Agent, how, stall),
        ok = set(Agent, beat, false),
        ?assertEqual(ok, await_gone(Agent, ?LIMIT)),
        ?assertEqual([heartbeat], byes(Agent))
    end}.

beats_keep_it_alive_test_() ->
    {timeout, 20, fun() ->
        Agent = #{owner := Owner} = attach(#{heartbeat_ms => 600}),
        Ref = monitor(process, Owner),
        receive {'DOWN', Ref, _, _, _} -> error(gone) after 1500 -> detach(Agent) end
    end}.

%% A killed reaper is replaced, and the replacement does its work.
reaper_killed_test_() ->
    [{timeout, 20, fun() ->
        Agent = #{reaper := Reaper, owner := Owner} = traced_fully(#{tracer => Kind}),
        Ref = monitor(process, Reaper),
        exit(Reaper, kill),
        receive {'DOWN', Ref, _, _, _} -> ok end,
        {ok, _} = command(Agent, sync),
        exit(Owner, kill),
        ?assertEqual(ok, await_gone(Agent, ?LIMIT)),
        ?assertEqual([], traces_left(patterns()))
    end} || Kind <- node_side:tracer_kinds()].

under_load_test_() ->
    {timeout, 30, fun() ->
        Busy = [spawn(fun Loop() -> self() ! x, receive x -> Loop() end end) || _ <- lists:seq(1, 50)],
        Agent = #{scope := Scope} = traced_fully(#{}),
        receive after 500 -> ok end,
        Ref = monitor(process, Scope),
        Before = process_flag(priority, max),
        exit(Scope, kill),
        receive {'DOWN', Ref, _, _, _} -> ok end,
        process_flag(priority, Before),
        Gone = await_gone(Agent, ?LIMIT),
        [exit(Pid, kill) || Pid <- Busy],
        ?assertEqual(ok, Gone)
    end}.

%% The owner comes to nothing: on a node whose schedulers have no processors, the change of a level can take it seconds.
owner_held_up_test_() ->
    [{timeout, 20, {atom_to_list(Kind) ++ ", " ++ Name, fun() -> held_up(Kind, End) end}}
     || Kind <- node_side:tracer_kinds(),
        {Name, End} <- [{"scope killed", fun(#{scope := Scope}) -> exit(Scope, kill) end},
                        {"no beat", fun(#{beating := Beating} = Agent) -> unlink(Beating), exit(Beating, kill), ok = set(Agent, how, stall) end}]].

held_up(Kind, End) ->
    Agent = #{owner := Owner, reaper := Reaper} = traced_fully(#{tracer => Kind, heartbeat_ms => 700}),
    Beating = spawn_link(fun Beat() -> Reaper ! es_beat, receive after 100 -> Beat() end end),
    true = erlang:suspend_process(Owner),
    %% Longer than the heartbeat: nothing is taken away from whoever is there.
    receive after 1200 -> ok end,
    ?assert(is_process_alive(Owner)),
    End(Agent#{beating => Beating}),
    ?assertEqual(ok, await_gone(Agent, ?LIMIT)),
    ?assertEqual([], traces_left(patterns())),
    unlink(Beating),
    exit(Beating, kill).

%% More schedulers than processors, and all of them busy: each change of a pattern takes a tenth of a second and more.
crowded_test_() ->
    {timeout, 60, fun() ->
        {ok, Peer, Node} = peer(["+S", integer_to_list(2 * erlang:system_info(logical_processors_available))]),
        ok = peer:call(Peer, persistent_term, put, [agent_bundle, persistent_term:get(agent_bundle)]),
        Gone = peer:call(Peer, ?MODULE, crowded, [], 60000),
        peer:stop(Peer),
        ?assertEqual({Node, ok, []}, Gone)
    end}.

crowded() ->
    Busy = [spawn(fun Loop() -> self() ! x, receive x -> Loop() end end) || _ <- lists:seq(1, 50)],
    Agent = #{scope := Scope} = attach(#{tracer => legacy}),
    {ok, _} = trace(Agent, #{level => calls, patterns => []}),
    process_flag(priority, max),
    exit(Scope, kill),
    Gone = await_gone(Agent, ?LIMIT),
    [exit(Pid, kill) || Pid <- Busy],
    {node(), Gone, traces_left([])}.

%% The scope on another node, which is killed.
connection_lost_test_() ->
    {timeout, 30, fun() ->
        {ok, Peer, Node, Scope} = remote_scope(),
        ok = node_side:load(),
        {ok, Info} = elixirscope_agent:start(#{scope => Scope}),
        Scope ! {agent, Info},
        {ok, _} = trace(Info, #{level => messages}),
        ok = command(Info, snapshot),
        {ok, #{sent := Sent}} = command(Info, sync),
        ?assert(Sent > 0),
        ?assertEqual(ok, node_side:until(fun() -> length(events(#{scope => Scope})) >= Sent end)),
        monitor_node(Node, true),
        rpc:cast(Node, erlang, halt, [137, [{flush, false}]]),
        receive {nodedown, Node} -> ok end,
        ?assertEqual(ok, await_gone(Info, ?LIMIT)),
        try peer:stop(Peer) catch exit:_ -> ok end
    end}.

remote_scope() ->
    {ok, Peer, Node} = peer([]),
    true = peer:call(Peer, net_kernel, connect_node, [node()]),
    {ok, Peer, Node, peer:call(Peer, node_side, scope, [take])}.

peer(Arguments) ->
    {ok, [[Port]]} = init:get_argument(erl_epmd_port),
    peer:start(#{name => peer:random_name(), host => "127.0.0.1", longnames => true, connection => standard_io,
                 args => ["-start_epmd", "false", "-erl_epmd_port", Port, "-dist_listen", "false", "-hidden",
                          "-setcookie", atom_to_list(erlang:get_cookie()), "-pa", filename:absname(".") | Arguments]}).

callers_left_alone_get_an_answer_test() ->
    Agent = attach(#{}),
    Parent = self(),
    Caller = spawn(fun() -> Parent ! {self(), command(Agent, sync)}, receive stop -> ok end end),
    receive {Caller, {ok, _}} -> ok end,
    detach(Agent),
    %% Somebody who had been in our code is not killed by the purge.
    ?assert(is_process_alive(Caller)),
    exit(Caller, kill).

%%% A start that fails leaves nothing either

bad_option_test() ->
    ok = node_side:load(),
    ?assertEqual({error, {bad_option, window_bytes}}, elixirscope_agent:start(#{scope => self(), window_bytes => many})),
    ?assertEqual(ok, await_gone(#{}, ?LIMIT)),
    ok = node_side:load(),
    ?assertEqual({error, {bad_option, scope}}, elixirscope_agent:start(#{})),
    ?assertEqual(ok, await_gone(#{}, ?LIMIT)),
    ok = node_side:load(),
    ?assertEqual({error, {bad_option, unknown}}, elixirscope_agent:start(#{scope => self(), unknown => 1})),
    ?assertEqual(ok, await_gone(#{}, ?LIMIT)).

already_attached_test() ->
    Agent = #{owner := Owner} = attach(#{}),
    ?assertEqual({error, {already_attached, Owner}}, elixirscope_agent:start(#{scope => self()})),
    ?assertMatch({ok, _}, command(Agent, sync)),
    detach(Agent).
