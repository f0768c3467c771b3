-module(thin_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1, await/2, await_gone/2, until/1]).

-define(EXECUTE, {telemetry, execute, 3}).

%% Modules of the names that count; what they do is not what is tested.
load(Module, Function, Arity) ->
    Arguments = [{var, 1, list_to_atom("_" ++ integer_to_list(N))} || N <- lists:seq(1, Arity)],
    Forms = [{attribute, 1, module, Module}, {attribute, 1, export, [{Function, Arity}]},
             {function, 1, Function, Arity, [{clause, 1, Arguments, [], [{atom, 1, ok}]}]}],
    {ok, Module, Code} = compile:forms(Forms, [binary]),
    {module, Module} = code:load_binary(Module, atom_to_list(Module), Code).

unload(Modules) ->
    [begin code:purge(Module), code:delete(Module), code:purge(Module) end || Module <- Modules].

kinds(Fun) -> [{atom_to_list(Kind), fun() -> Fun(Kind) end} || Kind <- node_side:tracer_kinds()].

%% Calls telemetry so many times a millisecond or so, until told otherwise, and notes when it began and ended each round.
caller(Burst) -> spawn(fun() -> calls(1, Burst, []) end).

calls(N, Burst, Rounds) ->
    receive
        {stop, From} -> From ! {called, N - 1, lists:reverse(Rounds)};
        {burst, Other} -> calls(N, Other, Rounds)
    after 1 ->
        Before = erlang:monotonic_time(),
        [telemetry:execute([app, thing], #{n => M}, #{}) || M <- lists:seq(N, N + Burst - 1)],
        calls(N + Burst, Burst, [{N, N + Burst - 1, Before, erlang:monotonic_time()} | Rounds])
    end.

stop(Caller) ->
    Caller ! {stop, self()},
    receive {called, N, Rounds} -> {N, Rounds} end.

thinned(Agent) -> [Data || {es, session, _, Data, _} <- events(Agent), is_tuple(Data), element(1, Data) =:= thinned].
told(Agent) -> [N || {trace_ts, _, call, ?EXECUTE, {es_telemetry, {[app, thing], #{n := N}, _}}, _} <- events(Agent)].

until_thinned(Agent, Times) -> ok = until(fun() -> length(thinned(Agent)) >= Times end).

%% More calls than a second allows are told in slices, and how many there were; what is not told lies where that is said.
slices_test_() -> kinds(fun slices/1).

slices(Kind) ->
    load(telemetry, execute, 3),
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(Agent, #{level => observe, sample => #{told => 500}}),
    Caller = caller(20),
    until_thinned(Agent, 4),
    %% Calm: everything is told again.
    Caller ! {burst, 0},
    ok = until(fun() ->
        {thinned, Since, Until, [{?EXECUTE, Calls, _}]} = lists:last(thinned(Agent)),
        Calls * 1.25 =< 500 * (Until - Since) / 1000000000
    end),
    {Called, Rounds} = stop(Caller),
    elsewhere(fun() -> telemetry:execute([app, thing], #{n => last}, #{}) end),
    {ok, _} = command(Agent, sync),
    Told = told(Agent),
    Thinned = thinned(Agent),
    detach(Agent),
    unload([telemetry]),
    ?assert(lists:member(last, Told)),
    Missing = lists:seq(1, Called) -- Told,
    %% How many is a matter of how fast the machine is.
    ?assert(Missing =/= []),
    ?assert(length(Told) > 100),
    Intervals = [{From, To} || {thinned, From, To, _} <- Thinned],
    ?assertEqual([], [N || N <- Missing, {First, Last, Before, After} <- Rounds, N >= First, N =< Last,
                           not lists:any(fun({From, To}) -> After >= From andalso Before =< To end, Intervals)]),
    %% The emulator's counts are exact; that a look takes its time is not.
    {From, To} = {lists:min([F || {F, _} <- Intervals]), lists:max([T || {_, T} <- Intervals])},
    Within = lists:sum([Last - First + 1 || {First, Last, Before, After} <- Rounds, After >= From, Before =< To]),
    Counted = lists:sum([Calls || {thinned, _, _, [{?EXECUTE, Calls, _}]} <- Thinned]),
    Missed = lists:sum([Not || {thinned, _, _, [{?EXECUTE, _, Not}]} <- Thinned]),
    ?assert(abs(Counted - Within) =< 200 + Within div 10),
    ?assert(Missed =< Counted),
    ?assert(Missed > 0).

elsewhere(Fun) ->
    {_, Monitor} = spawn_monitor(Fun),
    receive {'DOWN', Monitor, process, _, normal} -> ok end.

%% From `messages` on, and where no limit is wanted, all of it.
in_full_test_() ->
    [{atom_to_list(Kind), fun() -> in_full(Kind, Request) end}
     || Kind <- node_side:tracer_kinds(), Request <- [#{level => messages, sample => #{told => 100}}, #{level => observe, sample => #{told => infinity}}]].

in_full(Kind, Request) ->
    load(telemetry, execute, 3),
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(Agent, Request),
    Caller = caller(5),
    ok = until(fun() -> length(told(Agent)) > 3000 end),
    {Called, _} = stop(Caller),
    {ok, #{dropped := 0}} = command(Agent, sync),
    Told = told(Agent),
    Thinned = thinned(Agent),
    Counted = erlang:trace_info(?EXECUTE, call_count),
    detach(Agent),
    unload([telemetry]),
    ?assertEqual(lists:seq(1, Called), Told),
    ?assertEqual([], Thinned),
    ?assertEqual({call_count, false}, Counted).

%% What fails in a request, and reports of crashes, are told while the rest is not.
failures_test_() -> kinds(fun failures/1).

failures(Kind) ->
    load(telemetry, execute, 3),
    load('Elixir.Phoenix.Endpoint.RenderErrors', instrument_render_and_send, 5),
    load('Elixir.Logger.Translator', translate, 4),
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(Agent, #{level => observe, sample => #{told => 100}}),
    Caller = caller(20),
    #{level := Level} = logger:get_primary_config(),
    %% Handlers have a level of their own and print nothing.
    Handlers = [{Id, logger:get_handler_config(Id)} || Id <- logger:get_handler_ids()],
    [logger:set_handler_config(Id, level, none) || {Id, _} <- Handlers],
    logger:set_primary_config(level, info),
    Logger = spawn(fun Log() -> [logger:info("") || _ <- lists:seq(1, 5)], receive stop -> ok after 1 -> Log() end end),
    ok = until(fun() -> thinned_functions(Agent) =:= [{logger_backend, call_handlers, 3}, ?EXECUTE] end),
    Conn = #{method => <<"GET">>, request_path => <<"/broken">>, private => #{huge => lists:seq(1, 10000)}},
    Exception = #{'__struct__' => 'Elixir.RuntimeError', '__exception__' => true, message => <<"broken">>},
    Stack = [{m, f, 1, [{line, 3}]}],
    %% Between two slices, whenever these are.
    ok = until(fun() ->
        elsewhere(fun() ->
            'Elixir.Phoenix.Endpoint.RenderErrors':instrument_render_and_send(Conn, error, Exception, Stack, []),
            'Elixir.Logger.Translator':translate(debug, info, report, {logger, #{nothing => wrong}}),
            'Elixir.Logger.Translator':translate(debug, error, report, {logger, #{label => crash}})
        end),
        {ok, _} = command(Agent, sync),
        rendered(Agent) =/= [] andalso reports(Agent) =/= []
    end),
    Logger ! stop,
    logger:set_primary_config(level, Level),
    [logger:set_handler_config(Id, level, HandlerLevel) || {Id, {ok, #{level := HandlerLevel}}} <- Handlers],
    _ = stop(Caller),
    [{_, Taken} | _] = rendered(Agent),
    Reports = reports(Agent),
    detach(Agent),
    unload([telemetry, 'Elixir.Phoenix.Endpoint.RenderErrors', 'Elixir.Logger.Translator']),
    ?assertMatch(#{endpoint := not_told, kind := error, conn := #{request_path := <<"/broken">>},
                   reason := #{'__struct__' := 'Elixir.RuntimeError', message := <<"broken">>}, stacktrace := [{m, f, [{line, 3}]} | _]}, Taken),
    ?assert(erlang:external_size(Taken) < 2000),
    ?assertEqual([{error, {{report, #{label => crash}}, #{}}}], lists:usort(Reports)).

rendered(Agent) -> [{Measurements, Metadata} || {trace_ts, _, call, _, {es_telemetry, {[phoenix, error_rendered], Measurements, Metadata}}, _} <- events(Agent)].
reports(Agent) -> [{Level, Log} || {trace_ts, _, call, {'Elixir.Logger.Translator', _, _}, {es_log, _, Level, Log}, _} <- events(Agent)].
thinned_functions(Agent) -> lists:usort([MFA || {thinned, _, _, Functions} <- thinned(Agent), {MFA, _, _} <- Functions]).

%% Whatever ends it, no count and no pattern stays.
killed_test_() ->
    [{atom_to_list(Kind) ++ ", " ++ Name, fun() -> killed(Kind, End) end}
     || Kind <- node_side:tracer_kinds(),
        {Name, End} <- [{"owner", fun(#{owner := Owner}) -> exit(Owner, kill) end},
                        {"scope", fun(#{scope := Scope}) -> exit(Scope, kill) end}]].

killed(Kind, End) ->
    load(telemetry, execute, 3),
    load('Elixir.Phoenix.Endpoint.RenderErrors', instrument_render_and_send, 5),
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(Agent, #{level => observe, sample => #{told => 100}}),
    Caller = caller(20),
    until_thinned(Agent, 1),
    End(Agent),
    ?assertEqual(ok, await_gone(Agent, 1000)),
    Left = [{MFA, Item, erlang:trace_info(MFA, Item)} || MFA <- [?EXECUTE, {'Elixir.Phoenix.Endpoint.RenderErrors', instrument_render_and_send, 5}],
                                                        Item <- [traced, call_count]],
    _ = stop(Caller),
    unload([telemetry, 'Elixir.Phoenix.Endpoint.RenderErrors']),
    ?assertEqual([], [Found || {_, _, {_, Is}} = Found <- Left, Is =/= false]).

%% On a node with one counter for each function somebody else's is read and left alone.
counted_by_another_test() ->
    load(telemetry, execute, 3),
    1 = erlang:trace_pattern(?EXECUTE, true, [call_count]),
    Agent = attach(#{tracer => legacy, sample_ms => 0}),
    {ok, _} = trace(Agent, #{level => observe, sample => #{told => 100}}),
    Caller = caller(20),
    until_thinned(Agent, 2),
    {Called, _} = stop(Caller),
    detach(Agent),
    Counted = erlang:trace_info(?EXECUTE, call_count),
    unload([telemetry]),
    ?assertEqual({call_count, Called}, Counted).

%% Code that is loaded anew while it has no pattern.
loaded_anew_test_() -> kinds(fun loaded_anew/1).

loaded_anew(Kind) ->
    load(telemetry, execute, 3),
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    {ok, _} = trace(Agent, #{level => observe, sample => #{told => 100}}),
    Caller = caller(20),
    until_thinned(Agent, 1),
    load(telemetry, execute, 3),
    Before = length(thinned(Agent)),
    ok = until(fun() -> length(thinned(Agent)) >= Before + 2 end),
    [{thinned, _, _, [{?EXECUTE, Calls, _}]} | _] = lists:reverse(thinned(Agent)),
    _ = stop(Caller),
    detach(Agent),
    unload([telemetry]),
    ?assert(Calls > 0).
