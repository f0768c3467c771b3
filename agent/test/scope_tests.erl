-module(scope_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/0, attach/1, trace/2, command/2, detach/1, events/1, await/2, until/1]).
-export([init/1, start_child/1, start/2, stop/1]).

%%% What the scopes are tried on

%% Says who it is, then does what it is told.
worker() ->
    spawn(fun work/0).

work() ->
    receive
        {From, {spawn, Fun}} -> From ! {self(), spawn(Fun)}, work();
        {From, {register, Name}} -> From ! {self(), register(Name, self())}, work();
        {From, Message} -> From ! {self(), Message}, work();
        stop -> ok
    end.

ask(Pid, Message) ->
    Pid ! {self(), Message},
    receive {Pid, Answer} -> Answer end.

child(Pid) -> ask(Pid, {spawn, fun work/0}).

%% Two workers below a supervisor, of which the second has a raw child.
init(Name) ->
    Child = #{id => one, start => {?MODULE, start_child, [Name]}},
    {ok, {#{strategy => one_for_one, intensity => 100, period => 1}, [Child]}}.

start_child(_) ->
    {ok, proc_lib:spawn_link(fun work/0)}.

start(_, _) -> supervisor:start_link({local, scope_tests_top}, ?MODULE, scope_tests_top).
stop(_) -> ok.

only_child(Supervisor) ->
    [{_, Pid, _, _}] = supervisor:which_children(Supervisor),
    Pid.

%% An application of its own without a file.
load_application(Name) ->
    ok = application:load({application, Name, [{description, "x"}, {vsn, "1"}, {modules, []}, {registered, []},
                                               {applications, [kernel, stdlib]}, {mod, {?MODULE, []}}]}).

%% Who of these has events after each got a message.
traced(Agent, Pids) ->
    Mark = make_ref(),
    [ask(Pid, Mark) || Pid <- Pids],
    {ok, _} = command(Agent, sync),
    Seen = [Pid || {trace_ts, Pid, 'receive', {_, M}, _} <- events(Agent), M =:= Mark],
    [lists:member(Pid, Seen) || Pid <- Pids].

kinds(Fun) ->
    [{atom_to_list(Kind), {timeout, 60, fun() -> Fun(Kind) end}} || Kind <- node_side:tracer_kinds()].

%%% Applications

application_test_() -> kinds(fun application/1).

application(Kind) ->
    Name = scope_tests_app,
    load_application(Name),
    {ok, _} = application:ensure_all_started(Name),
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    Inside = only_child(scope_tests_top),
    Before = child(Inside),
    Outside = worker(),
    {ok, _} = trace(Agent, #{level => messages, scope => [{app, Name}]}),
    After = child(Inside),
    ?assertEqual([true, true, true, false, false], traced(Agent, [Inside, Before, After, Outside, child(Outside)])),
    [Pid ! stop || Pid <- [Before, After, Outside]],
    ok = application:stop(Name),
    detach(Agent),
    ok = application:unload(Name).

%% Not started yet when the tracing begins: from its first process on. One that
%% starts beside it is not taken for it.
application_that_starts_later_test_() -> kinds(fun application_that_starts_later/1).

application_that_starts_later(Kind) ->
    Name = scope_tests_later,
    load_application(Name),
    load_application(scope_tests_beside),
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    ?assertEqual({error, {no_application, no_such_app}}, trace(Agent, #{scope => [{app, no_such_app}]})),
    {ok, #{processes := 0}} = trace(Agent, #{level => messages, scope => [{app, Name}]}),
    {ok, _} = application:ensure_all_started(Name),
    Top = whereis(scope_tests_top),
    Inside = only_child(Top),
    {ok, _} = command(Agent, sync),
    Spawned = [Pid || {trace_ts, Pid, spawned, _, _, _} <- events(Agent)],
    ?assertEqual({true, true}, {lists:member(Top, Spawned), lists:member(Inside, Spawned)}),
    ok = application:stop(Name),
    {ok, _} = application:ensure_all_started(scope_tests_beside),
    Beside = only_child(scope_tests_top),
    ?assertEqual([false, false], traced(Agent, [Beside, child(Beside)])),
    ok = application:stop(scope_tests_beside),
    [ok = application:unload(App) || App <- [Name, scope_tests_beside]],
    detach(Agent).

%%% Modules

modules_test() ->
    Agent = attach(#{sample_ms => 0}),
    %% By registered name, by label, by announced module; not by a name that only begins alike.
    [Named, Labelled, Alike] = [worker(), proc_lib:spawn(fun() -> put('$process_label', 'Elixir.Scope.Tests.Label'), work() end), worker()],
    true = ask(Named, {register, 'Elixir.Scope.Tests'}),
    true = ask(Alike, {register, 'Elixir.Scope.TestsOther'}),
    Child = child(Named),
    ?assertEqual(hello, ask(Labelled, hello)),
    {ok, #{processes := 3}} = trace(Agent, #{level => messages, scope => [{in, <<"Elixir.Scope.Tests">>}]}),
    ?assertEqual([true, true, true, true, false], traced(Agent, [Named, Labelled, Child, child(Child), Alike])),
    {ok, _} = trace(Agent, #{level => messages, scope => [{in, atom_to_binary(?MODULE, utf8)}]}),
    [Pid ! stop || Pid <- [Named, Labelled, Alike, Child]],
    detach(Agent).

%%% Supervisors

supervisor_test() ->
    Agent = attach(#{sample_ms => 0}),
    {ok, Top} = supervisor:start_link({local, scope_tests_sup}, ?MODULE, scope_tests_sup),
    unlink(Top),
    Outside = worker(),
    {ok, _} = trace(Agent, #{level => messages, scope => [{under, scope_tests_sup}]}),
    First = only_child(scope_tests_sup),
    ?assertEqual([true, true, false], traced(Agent, [First, child(First), Outside])),
    %% One that is started again belongs to it, and so does the supervisor itself under the same name.
    exit(First, kill),
    ok = until(fun() -> [{_, P, _, _}] = supervisor:which_children(scope_tests_sup), is_pid(P) andalso P =/= First end),
    ?assertEqual([true], traced(Agent, [only_child(scope_tests_sup)])),
    exit(Top, kill),
    ok = until(fun() -> whereis(scope_tests_sup) =:= undefined end),
    {ok, Again} = supervisor:start_link({local, scope_tests_sup}, ?MODULE, scope_tests_sup),
    unlink(Again),
    ok = until(fun() -> traced(Agent, [only_child(scope_tests_sup)]) =:= [true] end),
    exit(Again, kill),
    Outside ! stop,
    detach(Agent).

%%% Exceptions

except_test_() -> kinds(fun except/1).

except(Kind) ->
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    [Wanted, Unwanted] = [worker(), worker()],
    Child = child(Unwanted),
    {ok, _} = trace(Agent, #{level => messages, except => [Unwanted]}),
    ?assertEqual([true, true, false, false, false], traced(Agent, [Wanted, child(Wanted), Unwanted, Child, child(Unwanted)])),
    [Pid ! stop || Pid <- [Wanted, Unwanted, Child]],
    detach(Agent).

%%% Changed while running

%% Who is in the scope before and after misses nothing; the others end and begin with the change.
changes_test_() -> kinds(fun changes/1).

changes(Kind) ->
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    Sink = spawn(fun Loop() -> receive _ -> Loop() end end),
    Steady = spawn(fun() -> receive go -> ok end, steady(Sink, 1) end),
    Other = worker(),
    {ok, _} = trace(Agent, #{level => messages, scope => [Steady]}),
    Steady ! go,
    [begin
         {ok, _} = trace(Agent, maps:merge(#{level => messages}, Request)),
         ?assertEqual([Traced], traced(Agent, [Other]))
     end || {Request, Traced} <- [{#{}, true}, {#{scope => [Steady]}, false}, {#{scope => [Steady, Other]}, true}, {#{except => [Other]}, false},
                                  {#{scope => [Steady, {under, Other}]}, true}, {#{scope => [Steady], level => messages}, false},
                                  {#{sample => #{pids => 10000}}, true}, {#{}, true}, {#{except => [Other]}, false}]],
    Steady ! {stop, self()},
    Sent = receive {sent, Count} -> Count end,
    {ok, #{dropped := 0}} = command(Agent, sync),
    ?assertEqual(lists:seq(1, Sent), [N || {trace_ts, _, send, {steady, N}, _, _} <- events(Agent)]),
    [Pid ! stop || Pid <- [Other]],
    exit(Sink, kill),
    detach(Agent).

steady(Sink, N) ->
    receive
        {stop, From} -> From ! {sent, N - 1}
    after 0 ->
        Sink ! {steady, N},
        N rem 20 =:= 0 andalso receive after 1 -> ok end,
        steady(Sink, N + 1)
    end.

%% A recording says what its scope was, and when.
told_test() ->
    Agent = attach(),
    Pid = worker(),
    {ok, _} = trace(Agent, #{level => messages, scope => [Pid], except => [kernel_sup], sample => #{calls => 7, flows => 3}}),
    {es, session, _, {tracing, Told}, _} =
        await(Agent, fun(E) -> element(2, E) =:= session andalso is_tuple(element(4, E)) andalso element(1, element(4, E)) =:= tracing end),
    ?assertEqual(#{level => messages, scope => [Pid], except => [kernel_sup], processes => 1,
                   sample => #{pids => all, calls => 7, flows => 3, told => 2000}}, Told),
    Pid ! stop,
    detach(Agent).

refused_test() ->
    node_side:load(),
    ?assertEqual({error, {bad_option, budget}}, elixirscope_agent:start(#{scope => self(), budget => #{memory => 1}})),
    ?assertEqual(ok, node_side:await_gone(#{}, 5000)),
    Agent = attach(),
    ?assertEqual({error, {bad_sample, 10001}}, trace(Agent, #{sample => #{pids => 10001}})),
    ?assertEqual({error, {bad_sample, #{calls => 0}}}, trace(Agent, #{sample => #{calls => 0}})),
    ?assertEqual({error, {bad_sample, #{typo => 1}}}, trace(Agent, #{sample => #{typo => 1}})),
    ?assertEqual({error, {bad_budget, events}}, trace(Agent, #{budget => #{events => 0}})),
    ?assertEqual({error, {bad_budget, typo}}, trace(Agent, #{budget => #{typo => 1}})),
    ?assertEqual({error, {no_process, nobody_there}}, trace(Agent, #{scope => [{under, nobody_there}]})),
    {ok, _} = trace(Agent, #{scope => [{under, nobody_there}, {app, no_such_app}], later => true}),
    detach(Agent).

%%% Sampling

%% A process is seen whole or not at all, those that come later too.
sample_test_() -> kinds(fun sample/1).

sample(Kind) ->
    Agent = attach(#{tracer => Kind, sample_ms => 0}),
    Old = [worker() || _ <- lists:seq(1, 200)],
    {ok, _} = trace(Agent, #{level => messages, sample => #{pids => 3000}}),
    New = [worker() || _ <- lists:seq(1, 200)],
    All = Old ++ New,
    Seen = traced(Agent, All),
    ?assertEqual([erlang:phash2(Pid, 10000) < 3000 || Pid <- All], Seen),
    ?assert(length([yes || true <- Seen]) > 60),
    {ok, #{sampled_out := Out, dropped := 0, produced := Produced, sent := Sent, sampled_out_by_kind := ByKind}} = command(Agent, sync),
    ?assertEqual(Produced, Sent + Out),
    ?assertEqual(Out, lists:sum(maps:values(ByKind))),
    %% Told in the record as well.
    Told = [Count || {es, session, _, {sampled_out, Counts}, _} <- events(Agent), {_, Count} <- Counts],
    ?assertEqual(Out, lists:sum(Told)),
    Spawned = [Pid || {trace_ts, Pid, spawned, _, _, _} <- events(Agent), lists:member(Pid, New)],
    ?assertEqual([Pid || Pid <- New, erlang:phash2(Pid, 10000) < 3000], lists:sort(Spawned)),
    [Pid ! stop || Pid <- All],
    detach(Agent).

%% So many calls a second; a return goes with its call, and each is counted.
call_rate_test() ->
    Agent = attach(#{sample_ms => 0}),
    Pattern = {ordsets, from_list, 1, [{'_', [], [{exception_trace}]}]},
    {ok, _} = trace(Agent, #{level => calls, patterns => [Pattern], sample => #{calls => 10}}),
    Caller = spawn(fun() -> receive {go, From} -> [ordsets:from_list([N]) || N <- lists:seq(1, 1000)], From ! done end, receive stop -> ok end end),
    Caller ! {go, self()},
    receive done -> ok end,
    {ok, #{sampled_out_by_kind := ByKind, dropped := 0}} = command(Agent, sync),
    Calls = [hd(Arguments) || {trace_ts, P, call, _, {es_args, [Arguments], _}, _} <- events(Agent), P =:= Caller],
    Returns = [hd(Value) || {trace_ts, P, return_from, _, Value, _} <- events(Agent), P =:= Caller],
    ?assertEqual(lists:seq(1, 10), lists:sublist(Calls, 10)),
    ?assertEqual(Calls, Returns),
    ?assertEqual(1000, length(Calls) + maps:get(call, ByKind)),
    ?assertEqual(1000, length(Returns) + maps:get(return_from, ByKind)),
    Caller ! stop,
    detach(Agent).
