-module(state_tests).
-include_lib("eunit/include/eunit.hrl").
-export([init/1, handle_call/3, handle_cast/2]).
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1]).

%% A server that does what it is told.
init(State) -> {ok, State}.
handle_call({set, State}, _, _) -> {reply, ok, State};
handle_call(get, _, State) -> {reply, ok, State}.
handle_cast({stop, State}, _) -> {stop, normal, State}.

server(State) ->
    {ok, Pid} = gen_server:start(?MODULE, State, []),
    Pid.

stop(Pid, State) ->
    Ref = monitor(process, Pid),
    gen_server:cast(Pid, {stop, State}),
    receive {'DOWN', Ref, _, _, _} -> ok end.

states(Agent, Pid) ->
    {ok, _} = command(Agent, sync),
    [{Function, State} || {trace_ts, P, call, {gen_server, Function, Arity}, {es_state, ?MODULE, State}, _} <- events(Agent),
                          P =:= Pid, is_integer(Arity)].

every_state_test_() ->
    [{atom_to_list(Kind), fun() -> every_state(Kind) end} || Kind <- node_side:tracer_kinds()].

every_state(Kind) ->
    Agent = attach(#{tracer => Kind}),
    {ok, #{functions := 0}} = trace(Agent, #{level => state}),
    Pid = server(first),
    [ok = gen_server:call(Pid, {set, N}) || N <- lists:seq(1, 50)],
    stop(Pid, last),
    ?assertEqual([{loop, first}] ++ [{loop, N} || N <- lists:seq(1, 50)] ++ [{terminate, last}], states(Agent, Pid)),
    detach(Agent).

%% Nothing of a process that is not in the scope; nothing at the levels below.
levels_test_() ->
    [{atom_to_list(Kind), fun() -> levels(Kind) end} || Kind <- node_side:tracer_kinds()].

levels(Kind) ->
    Agent = attach(#{tracer => Kind}),
    [A, B] = [server(a), server(b)],
    {ok, _} = trace(Agent, #{level => state, scope => [A]}),
    [gen_server:call(Pid, {set, 1}) || Pid <- [A, B]],
    {ok, _} = trace(Agent, #{level => messages}),
    [gen_server:call(Pid, {set, 2}) || Pid <- [A, B]],
    {ok, #{functions := 1}} = trace(Agent, #{level => calls, patterns => [{ordsets, from_list, 1, true}]}),
    [gen_server:call(Pid, {set, 3}) || Pid <- [A, B]],
    ?assertEqual([{loop, 1}, {loop, 3}], states(Agent, A)),
    ?assertEqual([{loop, 3}], states(Agent, B)),
    [stop(Pid, x) || Pid <- [A, B]],
    detach(Agent).

%% Is copied once, and again after a while.
large_test_() ->
    [{atom_to_list(Kind), {timeout, 30, fun() -> large(Kind) end}} || Kind <- node_side:tracer_kinds()].

large(Kind) ->
    Agent = attach(#{tracer => Kind}),
    {ok, _} = trace(Agent, #{level => state}),
    [Pid, Other] = [server(x), server(y)],
    Large = [{N, N} || N <- lists:seq(1, 20000)],
    ok = gen_server:call(Pid, {set, Large}),
    Spared = fun() ->
                 ok = gen_server:call(Pid, get),
                 case lists:last(states(Agent, Pid)) of
                     {loop, {'$elixirscope_cut', Size, not_copied}} when Size > 65536 -> true;
                     {loop, _} -> false
                 end
             end,
    ok = node_side:until(Spared),
    ok = gen_server:call(Other, {set, z}),
    ?assertEqual({loop, z}, lists:last(states(Agent, Other))),
    ok = gen_server:call(Pid, {set, small}),
    Again = fun() -> ok = gen_server:call(Pid, get), lists:last(states(Agent, Pid)) =:= {loop, small} end,
    ok = node_side:until(Again),
    [stop(P, x) || P <- [Pid, Other]],
    detach(Agent).

%% A heap of that size is not copied at all.
huge_heap_test() ->
    Pid = server(lists:duplicate(3000000, x)),
    Agent = attach(#{}),
    {ok, _} = trace(Agent, #{level => state}),
    [ok = gen_server:call(Pid, get) || _ <- lists:seq(1, 5)],
    ?assertMatch([{loop, {'$elixirscope_cut', _, not_copied}}], lists:usort(states(Agent, Pid))),
    stop(Pid, x),
    detach(Agent).

%% With any number of arguments, none among them.
calls_with_arguments_test_() ->
    [{atom_to_list(Kind), fun() -> calls_with_arguments(Kind) end} || Kind <- node_side:tracer_kinds()].

calls_with_arguments(Kind) ->
    Agent = attach(#{tracer => Kind}),
    {ok, _} = trace(Agent, #{level => calls, patterns => [{ordsets, '_', '_', [{'_', [], [{exception_trace}]}]}]}),
    Self = self(),
    Pid = spawn(fun() ->
                        ordsets:new(), ordsets:size([a]), ordsets:union([a], [b]),
                        Self ! {called, self()},
                        receive stop -> ok end
                end),
    receive {called, Pid} -> ok end,
    {ok, _} = command(Agent, sync),
    ?assertMatch([{{_, new, 0}, {es_args, [], _}}, {{_, size, 1}, {es_args, [[a]], _}}, {{_, union, 2}, {es_args, [[a], [b]], _}} | _],
                 [{MFA, Arguments} || {trace_ts, P, call, MFA, Arguments, _} <- events(Agent), P =:= Pid]),
    Pid ! stop,
    detach(Agent).

shapes_are_known_test() ->
    node_side:load_modules(),
    ?assertEqual([], elixirscope_state:missing()),
    Patterns = elixirscope_state:patterns(#{self() => {'$elixirscope_cut', 1, not_copied}}),
    [?assertMatch({ok, _, _, _}, erlang:match_spec_test([], Spec, trace)) || {_, Spec} <- Patterns],
    [?assert(lists:member({F, A}, M:module_info(functions))) || {{M, F, A}, _} <- Patterns],
    node_side:unload().

%% Arguments come with a spec that says nothing of them; one that has its own message stays.
arguments_test() ->
    node_side:load_modules(),
    ?assertEqual([{[], [], [{message, {{es_args, [], {caller_line}}}}]}, {'_', [], [{message, {{es_args, '$_', {caller_line}}}}]}],
                 elixirscope_own:with_arguments(true)),
    Own = [{'_', [], [{message, false}]}],
    ?assertEqual(Own, elixirscope_own:with_arguments(Own)),
    ?assertEqual([{['$1'], [{'>', '$1', 1}], [{message, {{es_args, '$_', {caller_line}}}}, {return_trace}]}],
                 elixirscope_own:with_arguments([{['$1'], [{'>', '$1', 1}], [{return_trace}]}])),
    node_side:unload().
