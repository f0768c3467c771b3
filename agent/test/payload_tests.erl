-module(payload_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/0, attach/1, trace/2, command/2, detach/1, events/1, await/2]).

%% Sends one message while traced; what arrived, and what it cost: the processor's
%% time, since a machine may stand still for longer than all of this takes.
traced(Message) -> traced(Message, #{}).

traced(Message, Options) ->
    Agent = attach(Options#{sample_ms => 0}),
    Sink = spawn(fun() -> receive stop -> ok end end),
    Parent = self(),
    %% The message is made in the sender: it is copied once, not once more here.
    Sender = spawn(fun() -> receive go -> Sink ! Message(), Parent ! {self(), sent}, receive stop -> ok end end end),
    {ok, _} = trace(Agent, #{level => messages, scope => [Sender]}),
    Sender ! go,
    receive {Sender, sent} -> ok end,
    {Start, _} = erlang:statistics(runtime),
    {ok, #{dropped := 0}} = command(Agent, sync),
    {End, _} = erlang:statistics(runtime),
    {trace_ts, _, send, Arrived, Sink, _} = await(Agent, fun(E) -> element(3, E) =:= send andalso element(5, E) =:= Sink end),
    {memory, Memory} = process_info(maps:get(tracer, Agent), memory),
    #{bytes := Bytes} = detach(Agent),
    exit(Sink, kill), exit(Sender, kill),
    {Arrived, #{ms => End - Start, memory => Memory, bytes => Bytes}}.

small_things_are_untouched_test() ->
    Term = {a, "b", <<"c">>, #{d => [1.5, self()]}},
    ?assertMatch({Term, _}, traced(fun() -> Term end)).

large_binary_test_() ->
    {timeout, 30, fun() ->
        {Arrived, Cost} = traced(fun() -> {upload, binary:copy(<<"x">>, 100 * 1024 * 1024)} end),
        {'$elixirscope_cut', Size, {upload, {'$elixirscope_cut', 104857600, <<"xxx", _/binary>>}}} = Arrived,
        ?assert(Size > 104857600),
        ?assert(maps:get(bytes, Cost) < 10000),
        ?assert(maps:get(memory, Cost) < 8 * 1024 * 1024),
        ?assert(maps:get(ms, Cost) < 500)
    end}.

long_list_test_() ->
    {timeout, 60, fun() ->
        {Arrived, Cost} = traced(fun() -> lists:seq(1, 10000000) end),
        {'$elixirscope_cut', Size, [1, 2, 3 | _]} = Arrived,
        ?assert(Size > 10000000),
        ?assert(maps:get(bytes, Cost) < 10000),
        ?assert(maps:get(memory, Cost) < 8 * 1024 * 1024),
        ?assert(maps:get(ms, Cost) < 2000)
    end}.

%% Literals are not copied into messages, so their size shows nowhere but here.
literal_test_() ->
    {timeout, 30, fun() ->
        persistent_term:put(payload_tests, maps:from_list([{N, {N, "text"}} || N <- lists:seq(1, 200000)])),
        {Arrived, Cost} = traced(fun() -> persistent_term:get(payload_tests) end),
        persistent_term:erase(payload_tests),
        ?assertMatch({'$elixirscope_cut', _, #{'$elixirscope_cut' := 200000}}, Arrived),
        ?assert(maps:get(bytes, Cost) < 20000)
    end}.

limit_is_an_option_test() ->
    Term = {long, lists:duplicate(300, <<"0123456789">>)},
    ?assertMatch({Term, _}, traced(fun() -> Term end)),
    %% The batch as a whole has to be large before anything is looked at.
    {Arrived, _} = traced(fun() -> {{long, lists:sublist(element(2, Term), 3)}, lists:duplicate(500, Term)} end, #{payload_bytes => 3000}),
    ?assertMatch({'$elixirscope_cut', _, {{long, [_ | _]}, [_ | _]}}, Arrived).

%% Outlines: bounded in every direction, and the shape can be seen.
outline(Term) -> element(3, elixirscope_cut:payload(Term, 4096)).

outlines_test_() ->
    {setup, fun node_side:load_modules/0, fun(_) -> node_side:unload() end, fun(_) -> outlines() end}.

outlines() ->
    Large = binary:copy(<<0>>, 10000),
    Deep = lists:foldl(fun(_, Acc) -> {nested, Acc} end, Large, lists:seq(1, 1000)),
    Struct = maps:put('__struct__', 'Elixir.Big', maps:from_list([{{key, N}, Large} || N <- lists:seq(1, 100)])),
    [?_assertMatch({user, {'$elixirscope_cut', 10000, <<0, _/binary>>}, [1, 2]}, outline({user, Large, [1, 2]})),
     ?_assertMatch(#{'__struct__' := 'Elixir.Big', '$elixirscope_cut' := 101}, outline(Struct)),
     ?_assertMatch({nested, {nested, _}}, outline(Deep)),
     ?_assertMatch([{'$elixirscope_cut', 10000, _} | improper], outline([Large | improper])),
     ?_assertMatch({'$elixirscope_cut', _, integer}, outline(1 bsl 100000)),
     ?_assertMatch({'$elixirscope_cut', _, function}, outline(fun() -> Large end)),
     ?_assert(tuple_size(outline(erlang:make_tuple(10000, x))) =< 33),
     [?_assert(erlang:external_size(elixirscope_cut:payload(Term, Limit)) =< max(Limit, 1500))
      || Limit <- [256, 1024, 4096, 65536],
         Term <- [Large, Deep, Struct, lists:duplicate(1000, Struct), erlang:make_tuple(1000, erlang:make_tuple(1000, Large)),
                  maps:from_list([{{K, Large}, #{K => Deep}} || K <- lists:seq(1, 50)])]]].

%% Exit reasons, arguments and results as well as messages.
other_payloads_test() ->
    ok = node_side:load_modules(),
    Large = lists:seq(1, 50000),
    Cut = fun(Event) -> elixirscope_cut:event(Event, 1000) end,
    ?assertMatch({trace_ts, p, exit, {'$elixirscope_cut', _, {boom, _}}, 1}, Cut({trace_ts, p, exit, {boom, Large}, 1})),
    ?assertMatch({trace_ts, p, call, {m, f, {'$elixirscope_cut', _, [a, _]}}, 1}, Cut({trace_ts, p, call, {m, f, [a, Large]}, 1})),
    ?assertMatch({trace_ts, p, return_from, {m, f, 1}, {'$elixirscope_cut', _, _}, 1}, Cut({trace_ts, p, return_from, {m, f, 1}, Large, 1})),
    ?assertMatch({trace_ts, p, exception_from, {m, f, 1}, {'$elixirscope_cut', _, {error, _}}, 1},
                 Cut({trace_ts, p, exception_from, {m, f, 1}, {error, Large}, 1})),
    ?assertMatch({trace_ts, p, spawn, q, {m, f, {'$elixirscope_cut', _, _}}, 1}, Cut({trace_ts, p, spawn, q, {m, f, [Large]}, 1})),
    {_, _, _} = elixirscope_cut:payload(Large, 1000),
    node_side:unload().
