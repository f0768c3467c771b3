-module(dispatch_tests).
-include_lib("eunit/include/eunit.hrl").
-export([init/1, handle_call/3, handle_cast/2]).
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1]).

init(State) -> {ok, State}.
handle_call(Request, _, State) -> {reply, Request, State}.
handle_cast(_, State) -> {noreply, State}.

own(Agent, Pid) ->
    {ok, _} = command(Agent, sync),
    [Own || {trace_ts, P, call, _, Own, _} <- events(Agent), P =:= Pid].

%% What is found on this OTP, and that the emulator takes it.
patterns_test() ->
    node_side:load_modules(),
    Patterns = elixirscope_own:patterns(state),
    [?assertMatch({MFA, {ok, _, _, _}}, {MFA, erlang:match_spec_test([], Spec, trace)}) || {MFA, Spec} <- Patterns],
    MFAs = [MFA || {MFA, _} <- Patterns],
    ?assertEqual(length(MFAs), length(lists:usort(MFAs))),
    Wanted = [{gen_server, try_handle_call, 4}, {gen_server, try_terminate, 3}, {gen_server, init_it, 2}, {gen_server, system_code_change, 4},
              {gen_statem, loop_state_callback, 11}, {gen_statem, loop_state_transition, 9}, {gen_statem, init_it, 6},
              {gen_event, handle_msg, 6}, {sys, handle_system_msg, 8}, {erlang, send_after, 3}, {erlang, cancel_timer, 2}],
    ?assertEqual([], Wanted -- MFAs),
    Messages = [{F, A} || {gen_server, F, A} <- MFAs],
    ?assert(lists:member({try_dispatch, 4}, Messages) orelse [{try_handle_cast, 3}, {try_handle_info, 3}, {try_handle_continue, 3}] -- Messages =:= []),
    node_side:unload().

callbacks_test_() ->
    [{atom_to_list(Kind), fun() -> callbacks(Kind) end} || Kind <- node_side:tracer_kinds()].

callbacks(Kind) ->
    Agent = attach(#{tracer => Kind}),
    {ok, #{functions := 0}} = trace(Agent, #{level => state}),
    {ok, Pid} = gen_server:start(?MODULE, state, []),
    {add, 1} = gen_server:call(Pid, {add, 1}),
    Ref = make_ref(),
    gen_server:cast(Pid, {note, Ref, lists:seq(1, 1000)}),
    gen_server:stop(Pid),
    ?assertMatch([{es_dispatch, {?MODULE, init, 1}, [], []}, {es_state, ?MODULE, state},
                  {es_dispatch, {?MODULE, handle_call, 3}, add, {_, _}}, {es_state, ?MODULE, state},
                  {es_dispatch, {?MODULE, handle_cast, 2}, note, Ref}, {es_state, ?MODULE, state},
                  {es_dispatch, {sys, terminate, 2}, system, {_, _}}, {es_state, ?MODULE, state},
                  {es_dispatch, {?MODULE, terminate, 2}, [], {terminate, normal}}], own(Agent, Pid)),
    detach(Agent).

%% Timers from the level messages on, each with what the function answers.
timers_test_() ->
    [{atom_to_list(Kind), fun() -> timers(Kind) end} || Kind <- node_side:tracer_kinds()].

timers(Kind) ->
    Agent = attach(#{tracer => Kind}),
    {ok, #{functions := 0}} = trace(Agent, #{level => messages}),
    Me = self(),
    Pid = spawn(fun() ->
                    A = erlang:send_after(60000, self(), {tick, 1}),
                    B = erlang:start_timer(60000, self(), tock, []),
                    _ = erlang:cancel_timer(A),
                    _ = erlang:cancel_timer(B, [{async, true}]),
                    Me ! {timers, A, B}
                end),
    {A, B} = receive {timers, X, Y} -> {X, Y} end,
    ?assertEqual([{es_timer, Pid, {60000, {tick, 1}}}, {es_timer, Pid, {60000, tock, []}}, {es_timer, none, A}, {es_timer, none, B}], own(Agent, Pid)),
    ?assertMatch([A, B, Left, ok] when is_integer(Left), [Value || {trace_ts, P, return_from, _, Value, _} <- events(Agent), P =:= Pid]),
    detach(Agent).

%% A pattern of the user's on one of ours is refused; a wildcard takes nothing away.
users_patterns_test_() ->
    [{atom_to_list(Kind), fun() -> users_patterns(Kind) end} || Kind <- node_side:tracer_kinds()].

users_patterns(Kind) ->
    node_side:load_modules(),
    [{{gen_server, Loop, Arity}, _} | _] = elixirscope_state:patterns(#{}),
    Agent = attach(#{tracer => Kind}),
    Taken = fun(F, A) -> trace(Agent, #{level => calls, patterns => [{gen_server, F, A, true}]}) end,
    ?assertEqual({error, {own_function, {gen_server, Loop, Arity}}}, Taken(Loop, Arity)),
    ?assertEqual({error, {own_function, {gen_server, Loop, Arity}}}, Taken(Loop, '_')),
    ?assertEqual({error, {own_function, {erlang, send_after, 3}}}, trace(Agent, #{level => calls, patterns => [{erlang, send_after, 3, true}]})),
    {ok, _} = trace(Agent, #{level => calls, patterns => [{gen_server, '_', '_', true}]}),
    {ok, Pid} = gen_server:start(?MODULE, state, []),
    gen_server:stop(Pid),
    Own = own(Agent, Pid),
    ?assertMatch([_ | _], [S || {es_state, ?MODULE, S} <- Own]),
    ?assertMatch([_ | _], [D || {es_dispatch, {?MODULE, init, 1}, _, _} = D <- Own]),
    ?assertMatch([_ | _], [Arguments || {es_args, Arguments, _} <- Own]),
    detach(Agent).

%% What is dropped is counted as what it is.
dropped_test_() ->
    [{atom_to_list(Kind), fun() -> dropped(Kind) end} || Kind <- node_side:tracer_kinds()].

dropped(Kind) ->
    Agent = attach(#{tracer => Kind, window_bytes => 65536, payload_bytes => 4096}),
    node_side:set(Agent, how, stall),
    {ok, Pid} = gen_server:start(?MODULE, state, []),
    {ok, _} = trace(Agent, #{level => state, scope => [Pid]}),
    Done = fun() ->
               [gen_server:call(Pid, N) || N <- lists:seq(1, 500)],
               {ok, #{dropped_by_kind := Dropped}} = command(Agent, sync),
               maps:get(state, Dropped, 0) > 1000
           end,
    ok = node_side:until(Done, 20000),
    {ok, #{dropped_by_kind := Dropped, produced := Produced, sent := Sent, dropped := Total}} = command(Agent, sync),
    ?assertEqual(false, is_map_key(call, Dropped)),
    ?assert(abs(maps:get(state, Dropped) - maps:get(dispatch, Dropped)) =< 1),
    ?assertEqual(Produced, Sent + Total),
    node_side:set(Agent, how, take),
    gen_server:stop(Pid),
    detach(Agent).
