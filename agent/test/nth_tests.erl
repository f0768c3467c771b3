-module(nth_tests).
-include_lib("eunit/include/eunit.hrl").
-export([entry/1]).
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1]).

entry(Fun) -> Fun(), ok.

kinds(Fun) -> [{atom_to_list(Kind), fun() -> Fun(Kind) end} || Kind <- node_side:tracer_kinds()].

request(N) ->
    #{level => flows, flows => [{<<"entry">>, ?MODULE, entry, 1, true, required}], flow_label => 16#e5c0de0a0a0a, sample => #{flows => N}}.

%% Runs funs, each after a message without a token.
runner() -> spawn(fun Loop() -> receive {run, From, Fun} -> Fun(), From ! {self(), done} end, Loop() end).

run(Pid, Fun) ->
    seq_trace:set_token([]),
    Pid ! {run, self(), Fun},
    receive {Pid, done} -> ok end,
    seq_trace:set_token([]).

word() -> erlang:system_info(trace_control_word).

told(Agent) -> [Kind || {trace_ts, _, call, _, {es_flow, Kind, <<"entry">>, _}, _} <- events(Agent)].

every_third_test_() -> kinds(fun every_third/1).

every_third(Kind) ->
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(Agent, request(3)),
    Runner = runner(),
    Sink = spawn(fun Loop() -> receive _ -> Loop() end end),
    %% What is called inside belongs to it, whether it is recorded or not; also what a process does that it sent to.
    Deep = runner(),
    Me = self(),
    [run(Runner, fun() -> entry(fun() ->
         Sink ! {first, N},
         entry(fun() -> Sink ! {second, N} end),
         Deep ! {run, Me, fun() -> entry(fun() -> Sink ! {third, N} end) end}
     end) end) || N <- lists:seq(1, 30)],
    [receive {Deep, done} -> ok end || _ <- lists:seq(1, 30)],
    {ok, #{sampled_out := Left, sampled_out_by_kind := ByKind, produced := Produced, sent := Sent, dropped := 0}} = command(Agent, sync),
    ?assertEqual([N || N <- lists:seq(1, 30, 3)], [N || {seq_trace, _, {send, _, _, _, {first, N}}, _} <- events(Agent)]),
    ?assertEqual([N || N <- lists:seq(1, 30, 3)], [N || {seq_trace, _, {send, _, _, _, {second, N}}, _} <- events(Agent)]),
    ?assertEqual([N || N <- lists:seq(1, 30, 3)], [N || {seq_trace, _, {send, _, _, _, {third, N}}, _} <- events(Agent)]),
    ?assertEqual({10, 20}, {length([start || start <- told(Agent)]), length([nested || nested <- told(Agent)])}),
    ?assertEqual({20, #{flow_start => 20}}, {Left, ByKind}),
    ?assertEqual(Produced, Sent + Left),
    %% All of them again: another plan is another beginning.
    {ok, _} = trace(Agent, request(1)),
    ?assertEqual(0, word()),
    [run(Runner, fun() -> entry(fun() -> Sink ! {all, N} end) end) || N <- [1, 2, 3]],
    {ok, _} = command(Agent, sync),
    ?assertEqual([1, 2, 3], [N || {seq_trace, _, {send, _, _, _, {all, N}}, _} <- events(Agent)]),
    detach(Agent),
    [exit(Pid, kill) || Pid <- [Runner, Sink, Deep]].

%% The word is given back, whoever ends it.
given_back_test_() -> kinds(fun given_back/1).

given_back(Kind) ->
    First = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(First, request(7)),
    ?assertNotEqual(0, word()),
    detach(First),
    ?assertEqual(0, word()),
    Second = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(Second, request(7)),
    exit(maps:get(owner, Second), kill),
    ok = node_side:await_gone(Second, 60000),
    ?assertEqual(0, word()),
    exit(maps:get(scope, Second), kill).

%% Somebody else's stays, and nothing changes.
taken_test_() -> kinds(fun taken/1).

taken(Kind) ->
    _ = erlang:system_flag(trace_control_word, 17),
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    ?assertEqual({error, {control_word_taken, 17}}, trace(Agent, request(2))),
    {ok, _} = trace(Agent, request(1)),
    ?assertEqual(17, word()),
    detach(Agent),
    ?assertEqual(17, erlang:system_flag(trace_control_word, 0)).
