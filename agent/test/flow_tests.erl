-module(flow_tests).
-include_lib("eunit/include/eunit.hrl").
-export([entry/1, inner/0, init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2]).
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1, await/2, byes/1]).

entry(Fun) -> Fun(), ok.
inner() -> ok.

%% A server that does what it is told.
init(State) -> {ok, State}.
handle_call(Fun, _, State) -> {reply, Fun(), State}.
handle_cast({continue, Fun}, State) -> {noreply, State, {continue, Fun}};
handle_cast(Fun, State) -> Fun(), {noreply, State}.
handle_info(Fun, State) -> Fun(), {noreply, State}.
handle_continue(Fun, State) -> Fun(), {noreply, State}.

entries() -> [{<<"entry">>, ?MODULE, entry, 1, true, required}].

%% What an earlier test left in this process must not become a part of this one.
request() ->
    seq_trace:set_token([]),
    Label = 16#e5c0de000000 + erlang:unique_integer([positive]) rem 16#ffffff,
    put(label, Label),
    #{level => flows, flows => entries(), flow_label => Label}.

kinds() -> [{atom_to_list(Kind), Kind} || Kind <- node_side:tracer_kinds()].

%% A process that runs funs, one after the other; each comes without a token.
runner() -> spawn(fun Loop() -> receive {run, From, Fun} -> Fun(), From ! {self(), done} end, Loop() end).

run(Pid, Fun) ->
    seq_trace:set_token([]),
    Pid ! {run, self(), Fun},
    receive {Pid, done} -> ok after 10000 -> error(not_done) end,
    seq_trace:set_token([]).

%% A process that does what arrives.
doer() -> spawn(fun Loop() -> receive Fun when is_function(Fun) -> Fun(); _ -> ok end, Loop() end).

hops(Agent) ->
    {ok, _} = command(Agent, sync),
    Label = get(label),
    [{Type, From, To} || {seq_trace, L, {Type, _, From, To, Message}, _} <- events(Agent), L =:= Label,
                         Message =/= es_asked, Message =/= es_answered].

%% Questions to services, and their answers.
services(Agent) ->
    {ok, _} = command(Agent, sync),
    [{Message, case Message of es_asked -> From; es_answered -> To end}
     || {seq_trace, _, {_, _, From, To, Message}, _} <- events(Agent), Message =:= es_asked orelse Message =:= es_answered].

starts(Agent) ->
    {ok, _} = command(Agent, sync),
    [{Kind, Name, Arguments} || {trace_ts, _, call, _, {es_flow, Kind, Name, Arguments}, _} <- events(Agent)].

%% From the entry through two processes and one that is spawned; nothing of a message that is not part of it.
follows_messages_test_() -> [{Name, fun() -> follows_messages(Kind) end} || {Name, Kind} <- kinds()].

follows_messages(Kind) ->
    Agent = attach(#{tracer => Kind}),
    [A, B, C] = [runner(), doer(), doer()],
    {ok, #{flows := on, functions := 0}} = trace(Agent, request()),
    C ! nothing,
    Me = self(),
    run(A, fun() -> entry(fun() -> B ! fun() -> C ! fun() -> spawn(fun() -> Me ! {child, self()} end) end end end) end),
    Child = receive {child, Pid} -> Pid end,
    ok = node_side:until(fun() -> lists:member({send, Child, Me}, hops(Agent)) end, 5000),
    Hops = hops(Agent),
    [?assertEqual({Hop, 1}, {Hop, length([x || H <- Hops, H =:= Hop])})
     || Hop <- [{send, A, B}, {'receive', A, B}, {send, B, C}, {'receive', B, C}, {send, C, Child}, {'receive', C, Child}]],
    [?assertMatch({start, <<"entry">>, [_]}, Start) || Start <- starts(Agent)],
    ?assertEqual(1, length(starts(Agent))),
    [exit(P, kill) || P <- [A, B, C]],
    detach(Agent),
    ?assertEqual(false, seq_trace:get_system_tracer()).

%% An entry point within a flow is a part of it; a token that is somebody else's stays as it is, and its hops are not recorded.
nested_and_foreign_test_() -> [{Name, fun() -> nested_and_foreign(Kind) end} || {Name, Kind} <- kinds()].

nested_and_foreign(Kind) ->
    Agent = attach(#{tracer => Kind}),
    [A, B] = [runner(), doer()],
    {ok, _} = trace(Agent, (request())#{flows := [{<<"inner">>, ?MODULE, inner, 0, true, required} | entries()]}),
    Me = self(),
    run(A, fun() -> entry(fun() -> inner(), B ! x end) end),
    run(A, fun() ->
               seq_trace:set_token(label, 17),
               seq_trace:set_token(send, true),
               entry(fun() -> Me ! {token, seq_trace:get_token()}, B ! foreign end)
           end),
    ?assertMatch([{start, <<"entry">>, _}, {nested, <<"inner">>, []}, {foreign, <<"entry">>, _}], starts(Agent)),
    receive {token, Token} -> ?assertMatch({_, 17, _, _, _}, Token) end,
    ?assertEqual([foreign || {seq_trace, Label, _, _} <- events(Agent), Label =/= get(label)], []),
    [exit(Pid, kill) || Pid <- [A, B]],
    detach(Agent).

%% What a server does after its callback, for a timer, is no part of the flow; handle_continue is, and so is what it awaits.
ends_with_the_callback_test_() ->
    [{Name ++ " " ++ atom_to_list(Level), fun() -> ends_with_the_callback(Kind, Level) end} || {Name, Kind} <- kinds(), Level <- [flows, state]].

ends_with_the_callback(Kind, Level) ->
    Agent = attach(#{tracer => Kind}),
    {ok, Server} = gen_server:start(?MODULE, state, []),
    [A, B] = [runner(), doer()],
    {ok, _} = trace(Agent, (request())#{level := Level}),
    Me = self(),
    run(A, fun() -> entry(fun() -> gen_server:cast(Server, {continue, fun() -> B ! x end}) end) end),
    ok = node_side:until(fun() -> lists:member({'receive', Server, B}, hops(Agent)) end, 5000),
    _ = erlang:send_after(1, Server, fun() -> B ! y, Me ! ticked end),
    receive ticked -> ok end,
    Hops = hops(Agent),
    ?assertEqual([{send, Server, B}], [Hop || {send, From, _} = Hop <- Hops, From =:= Server]),
    Ends = [x || {trace_ts, Pid, call, {gen_server, loop, _}, {es_flow_end}, _} <- events(Agent), Pid =:= Server],
    ?assertEqual(case Level of flows -> 1; state -> 0 end, length(Ends)),
    [exit(Pid, kill) || Pid <- [A, B, Server]],
    detach(Agent).

%% A quiet token does not keep a flow from starting.
starts_again_test() ->
    Agent = attach(#{}),
    {ok, Server} = gen_server:start(?MODULE, state, []),
    {ok, _} = trace(Agent, request()),
    [begin gen_server:call(Server, fun() -> entry(fun() -> ok end) end), seq_trace:set_token([]) end || _ <- lists:seq(1, 3)],
    _ = erlang:send_after(1, Server, fun() -> entry(fun() -> ok end) end),
    ok = node_side:until(fun() -> length(starts(Agent)) =:= 4 end, 5000),
    ?assertEqual([start], lists:usort([Kind || {Kind, _, _} <- starts(Agent)])),
    gen_server:stop(Server),
    detach(Agent).

%% Where the user traces the same function, its calls are still seen, with results.
beside_call_patterns_test_() -> [{Name, fun() -> beside_call_patterns(Kind) end} || {Name, Kind} <- kinds()].

beside_call_patterns(Kind) ->
    Agent = attach(#{tracer => Kind}),
    A = runner(),
    Calls = [{?MODULE, '_', '_', [{'_', [], [{exception_trace}]}]}],
    Flows = [{<<"for b">>, ?MODULE, entry, 1, [{['$1'], [{is_function, '$1'}], [['$1']]}], required}],
    {ok, #{functions := Functions}} = trace(Agent, (request())#{level := calls, patterns => Calls, flows := Flows}),
    ?assertEqual(length(?MODULE:module_info(functions)), Functions),
    run(A, fun() -> entry(fun() -> inner() end) end),
    run(A, fun() -> try entry(no_fun) catch error:_ -> ok end end),
    ?assertMatch([{start, <<"for b">>, [_]}], starts(Agent)),
    Calls1 = [{Type, F} || {trace_ts, Pid, Type, {_, F, _}, _, _} <- events(Agent), Pid =:= A, lists:member(F, [entry, inner])],
    ?assertEqual([{call, entry}, {call, inner}, {return_from, inner}, {return_from, entry}, {call, entry}, {exception_from, entry}], Calls1),
    exit(A, kill),
    detach(Agent).

%% Logging and printing go through many processes, none of which is recorded.
noise_is_left_out_test() ->
    Agent = attach(#{}),
    A = runner(),
    {ok, _} = trace(Agent, request()),
    run(A, fun() ->
               entry(fun() -> logger:debug("x"), io:nl(whereis(user)), code:ensure_loaded(no_such_module), file:read_file_info("/") end)
           end),
    ?assertEqual([], [Hop || {_, From, To} = Hop <- hops(Agent), From =:= A orelse To =:= A, From =/= self(), To =/= self()]),
    exit(A, kill),
    detach(Agent).

%% A question to a service is told with its answer, neither with what it was; an answer that comes without the token is not.
services_are_told_test() ->
    Agent = attach(#{}),
    A = runner(),
    Device = spawn(fun() -> device() end),
    {ok, _} = trace(Agent, request()),
    run(A, fun() -> entry(fun() -> io:put_chars(Device, "kept") end) end),
    ?assertEqual([{es_asked, A}, {es_answered, A}], services(Agent)),
    Me = self(),
    run(A, fun() -> entry(fun() -> Device ! {late, self()}, Me ! asking, io:put_chars(Device, "lost") end) end),
    receive asking -> ok end,
    ?assertEqual([{es_asked, A}, {es_answered, A}, {es_asked, A}], services(Agent)),
    [exit(P, kill) || P <- [A, Device]],
    detach(Agent).

%% An io device, which answers the next question only when somebody else has sent it something.
device() ->
    receive
        {io_request, From, As, _} -> From ! {io_reply, As, ok};
        {late, _} ->
            Device = self(),
            receive {io_request, From, As, _} -> spawn(fun() -> seq_trace:set_token([]), Device ! now end), receive now -> From ! {io_reply, As, ok} end end
    end,
    device().

%% A service that is started later is one, too.
services_change_test() ->
    Agent = attach(#{}),
    [A, Service] = [runner(), doer()],
    {ok, _} = trace(Agent, request()),
    true = register('Elixir.Logger.Proxy', Service),
    Sent = fun() -> run(A, fun() -> entry(fun() -> Service ! nothing end) end), length([x || {send, _, To} <- hops(Agent), To =:= Service]) end,
    ok = node_side:until(fun() -> Sent() =:= Sent() end, 5000),
    [exit(P, kill) || P <- [A, Service]],
    detach(Agent).

%% A library that comes later is told of, once.
arrives_later_test() ->
    Agent = attach(#{}),
    Late = [{<<"late">>, late_entry, go, 0, true, optional}],
    {ok, Counts} = trace(Agent, (request())#{flows := Late}),
    ?assertNot(is_map_key(flows, Counts)),
    {module, late_entry} = load_late(),
    ok = node_side:until(fun() -> node_side:entries(Agent) =:= [late_entry] end, 5000),
    {ok, #{flows := on}} = trace(Agent, (request())#{flows := Late}),
    A = runner(),
    run(A, fun() -> late_entry:go() end),
    ?assertMatch([{start, <<"late">>, []}], starts(Agent)),
    exit(A, kill),
    detach(Agent),
    true = code:delete(late_entry),
    _ = code:purge(late_entry).

load_late() ->
    Forms = [{attribute, 1, module, late_entry}, {attribute, 1, export, [{go, 0}]}, {function, 1, go, 0, [{clause, 1, [], [], [{atom, 1, ok}]}]}],
    {ok, late_entry, Beam} = compile:forms(Forms),
    code:load_binary(late_entry, "late_entry", Beam).

%%% The system tracer is somebody else's

taken_before_test() ->
    Other = doer(),
    false = seq_trace:set_system_tracer(Other),
    Agent = attach(#{}),
    {error, {system_tracer_taken, Other, Description}} = trace(Agent, request()),
    ?assert(is_binary(Description)),
    Optional = [setelement(6, Entry, optional) || Entry <- entries()],
    {error, {system_tracer_taken, _, _}} = trace(Agent, (request())#{flows := Optional}),
    %% At other levels only the default entry points are missed.
    {ok, #{flows := {taken, _}}} = trace(Agent, (request())#{flows := Optional, level := messages}),
    A = runner(),
    run(A, fun() -> entry(fun() -> ok end) end),
    ?assertEqual([], starts(Agent)),
    detach(Agent),
    ?assertEqual(Other, seq_trace:get_system_tracer()),
    seq_trace:set_system_tracer(false),
    [exit(Pid, kill) || Pid <- [A, Other]].

%% Theirs over ours: said with a gap, no more tokens, everything else goes on.
taken_later_test_() -> [{Name, fun() -> taken_later(Kind) end} || {Name, Kind} <- kinds()].

taken_later(Kind) ->
    Agent = attach(#{tracer => Kind}),
    Other = doer(),
    {ok, #{flows := on}} = trace(Agent, request()),
    _ = seq_trace:set_system_tracer(Other),
    {es, gap, _, {taken_over, From, To, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap end),
    ?assert(From =< To),
    {es, session, _, {flows, {taken, _}}, _} = await(Agent, fun(E) -> element(2, E) =:= session andalso element(1, element(4, E)) =:= flows end),
    A = runner(),
    Me = self(),
    run(A, fun() -> entry(fun() -> Me ! {token, seq_trace:get_token()} end) end),
    receive {token, Token} -> ?assertEqual([], Token) end,
    ?assertEqual([], byes(Agent)),
    detach(Agent),
    ?assertEqual(Other, seq_trace:get_system_tracer()),
    seq_trace:set_system_tracer(false),
    [exit(Pid, kill) || Pid <- [A, Other]].

%%% Away

reset_when_killed_test_() ->
    [{Name ++ " " ++ atom_to_list(Who), fun() -> reset_when_killed(Kind, Who) end} || {Name, Kind} <- kinds(), Who <- [owner, tracer, scope]].

reset_when_killed(Kind, Who) ->
    Agent = attach(#{tracer => Kind}),
    {ok, _} = trace(Agent, request()),
    ?assertEqual(maps:get(tracer, Agent), seq_trace:get_system_tracer()),
    exit(maps:get(Who, Agent), kill),
    ?assertEqual(ok, node_side:await_gone(Agent, 1000)),
    ?assertEqual(false, seq_trace:get_system_tracer()),
    ?assertEqual({traced, false}, erlang:trace_info({?MODULE, entry, 1}, traced)).

%% Below the level there are none.
levels_test() ->
    Agent = attach(#{}),
    {ok, _} = trace(Agent, request()),
    {ok, Counts} = trace(Agent, (request())#{level := observe}),
    ?assertNot(is_map_key(flows, Counts)),
    ?assertEqual(false, seq_trace:get_system_tracer()),
    detach(Agent).

refusals_test() ->
    Agent = attach(#{}),
    Flows = fun(Entries) -> trace(Agent, (request())#{flows := Entries}) end,
    ?assertMatch({error, {no_module, {<<"x">>, nowhere, f, 0, true, required}}}, Flows([{<<"x">>, nowhere, f, 0, true, required}])),
    ?assertMatch({error, {no_function, _}}, Flows([{<<"x">>, ?MODULE, f, 7, true, required}])),
    ?assertMatch({error, {bad_flow, x}}, Flows([x])),
    ?assertMatch({error, {bad_flow, x}}, Flows(x)),
    ?assertMatch({ok, _}, Flows([{<<"x">>, nowhere, f, 0, true, optional}, {<<"x">>, ?MODULE, f, 7, true, optional}])),
    ?assertMatch({error, {bad_option, flow_label}}, trace(Agent, (request())#{flow_label := x})),
    ?assertEqual(false, seq_trace:get_system_tracer()),
    detach(Agent).

%% Each hop is sent or counted, also where nobody takes them.
flood_is_counted_test_() -> {timeout, 60, fun flood_is_counted/0}.

flood_is_counted() ->
    Agent = node_side:attach(#{window_bytes => 200000, payload_bytes => 4096}, stall),
    A = runner(),
    Sink = spawn(fun Loop() -> receive _ -> Loop() end end),
    {ok, _} = trace(Agent, request()),
    run(A, fun() -> entry(fun() -> [Sink ! N || N <- lists:seq(1, 50000)] end) end),
    ok = node_side:until(fun() -> process_info(Sink, message_queue_len) =:= {message_queue_len, 0} end, 20000),
    {ok, #{produced := Produced, sent := Sent, dropped := Dropped}} = command(Agent, sync),
    ?assertEqual(Produced, Sent + Dropped),
    node_side:set(Agent, how, take),
    {es, gap, _, {no_credit, _, _, _}, _} = await(Agent, fun(E) -> element(2, E) =:= gap end),
    {ok, _} = command(Agent, sync),
    Counted = fun(Kind) -> lists:sum([N || {_, _, _, Counts} <- node_side:gaps(Agent), {K, N} <- Counts, K =:= Kind]) end,
    Hops = hops(Agent),
    %% One more says that it is done.
    ?assertEqual(50001, length([x || {send, From, _} <- Hops, From =:= A]) + Counted(flow_send)),
    %% That is received, too.
    ?assertEqual(50001, length([x || {'receive', _, To} <- Hops, To =:= Sink orelse To =:= self()]) + Counted(flow_receive)),
    [exit(Pid, kill) || Pid <- [A, Sink]],
    detach(Agent).

shapes_are_known_test() ->
    node_side:load_modules(),
    Patterns = elixirscope_flow:patterns([{{?MODULE, entry, 1}, <<"x">>, [{'_', [], ['$_']}]}], 5, 1, elixirscope_own:patterns(state)),
    [?assertMatch({ok, _, _, _}, erlang:match_spec_test([], Spec, trace)) || {_, Spec} <- Patterns],
    %% A server, a state machine and an event manager.
    ?assertEqual([gen_event, gen_server, gen_statem], lists:usort([M || {{M, loop, _}, _} <- Patterns])),
    node_side:unload().
