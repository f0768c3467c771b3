%% What the tests share: loads the agent as ElixirScope does, stands in for
%% ElixirScope, and looks from inside whether anything of the agent is left.
-module(node_side).

-export([sources/0, shipped/0, compile/0, load/0, load_modules/0, unload/0, attach/0, attach/1, attach/2, trace/2, command/2, detach/1, scope/1, scope_loop/1,
         tracer_kinds/0, set/3, events/1, await/2, seen/2, gaps/1, stats/1, byes/1, entries/1, await_gone/2, traces_left/1,
         until/1, until/2, ask/2, busy_sender/2]).

sources() ->
    filelib:wildcard(filename:join(os:getenv("ELIXIRSCOPE_AGENT"), "src/*.erl")).

%% What is compiled once and loaded for each test.
compile() ->
    _ = cached(agent_modules, fun modules/0),
    _ = cached(agent_bundle, fun bundle/0),
    ok.

%% Read with erl_scan and erl_parse (no epp) and bundled into one module, as
%% ElixirScope loads it.
load() ->
    ok = alone(),
    {Module, Code} = cached(agent_bundle, fun bundle/0),
    {module, Module} = code:load_binary(Module, "elixirscope_agent.erl", Code),
    ok.

%% Each module by itself.
load_modules() ->
    ok = alone(),
    unload(),
    Compiled = cached(agent_modules, fun modules/0),
    [{module, Module} = code:load_binary(Module, atom_to_list(Module), Code) || {Module, Code} <- Compiled],
    ok.

unload() ->
    [begin code:purge(Module), code:delete(Module), code:purge(Module) end || Module <- modules_left()],
    ok.

modules() -> [compiled(Forms) || Forms <- forms()].

bundle() ->
    Forms = forms(),
    [{Bundler, Code}] = [Compiled || {elixirscope_bundle, _} = Compiled <- [compiled(F) || F <- Forms]],
    {module, Bundler} = code:load_binary(Bundler, "elixirscope_bundle.erl", Code),
    {ok, Module, Bundle} = elixirscope_bundle:build(Forms),
    unload(),
    {Module, Bundle}.

cached(Key, Make) ->
    case persistent_term:get(Key, none) of
        none ->
            Made = Make(),
            persistent_term:put(Key, Made),
            Made;
        Made -> Made
    end.

forms() -> [forms(File) || File <- sources()].

forms(File) ->
    {ok, Text} = file:read_file(File),
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Text)),
    [begin {ok, Form} = erl_parse:parse_form(Part), Form end || Part <- split(Tokens, [], [])].

%% Warnings count as errors.
compiled(Forms) ->
    {ok, Module, Code, []} = compile:forms(Forms, [return, report_errors]),
    {Module, Code}.

%% A test that failed may have left an agent, or one is just being removed.
alone() ->
    case [Pid || Name <- [elixirscope_agent, elixirscope_janitor], Pid <- [whereis(Name)], is_pid(Pid)] of
        [] -> ok;
        [Pid | _] ->
            Ref = monitor(process, Pid),
            Pid =:= whereis(elixirscope_agent) andalso exit(Pid, kill),
            receive {'DOWN', Ref, _, _, _} -> ok end,
            receive after 20 -> alone() end
    end.

split([], [], Forms) -> lists:reverse(Forms);
split([{dot, _} = Dot | Rest], Form, Forms) -> split(Rest, [], [lists:reverse(Form, [Dot]) | Forms]);
split([Token | Rest], Form, Forms) -> split(Rest, [Token | Form], Forms).

%% With a session of our own where there are any, and with the legacy tracer.
tracer_kinds() ->
    _ = code:ensure_loaded(trace),
    case erlang:function_exported(trace, session_create, 3) of
        true -> [best, legacy];
        false -> [best]
    end.

attach() -> attach(#{}).

attach(Options) -> attach(Options, take).

%% How: take (acknowledge everything) | stall (nothing). The heartbeat is left
%% alone but where it is the subject: a machine that stands still for a moment
%% is not what the other tests are about.
attach(Options, How) ->
    load(),
    Scope = scope(How),
    {ok, Info} = elixirscope_agent:start(maps:merge(#{heartbeat_ms => 30000}, Options#{scope => Scope})),
    Scope ! {agent, Info},
    Info#{scope => Scope}.

trace(#{owner := Owner}, Request) -> elixirscope_agent:command(Owner, {trace, Request}).

command(#{owner := Owner}, Command) -> elixirscope_agent:command(Owner, Command).

detach(#{owner := Owner, scope := Scope} = Agent) ->
    {ok, Stats} = elixirscope_agent:command(Owner, detach),
    %% How fast it has to be is the subject of cleanup_tests.
    ok = await_gone(Agent, 60000),
    exit(Scope, kill),
    Stats.

%%% ElixirScope's part

scope(How) -> spawn(node_side, scope_loop, [#{how => How, beat => none, agent => none, seq => 0, bytes => 0, acked => 0,
                                              ahead => 0, events => [], stats => none, byes => [], entries => [], waiting => []}]).

set(#{scope := Scope}, Key, Value) -> ask(Scope, {set, Key, Value}).

events(#{scope := Scope}) -> lists:append(lists:reverse(ask(Scope, events))).
stats(#{scope := Scope}) -> ask(Scope, stats).
byes(#{scope := Scope}) -> ask(Scope, byes).
%% Modules with entry points of flows that came later.
entries(#{scope := Scope}) -> ask(Scope, entries).

ask(Scope, Question) ->
    Ref = monitor(process, Scope),
    Scope ! {ask, self(), Ref, Question},
    receive
        {Ref, Answer} -> demonitor(Ref, [flush]), Answer;
        {'DOWN', Ref, _, _, Reason} -> error({scope_down, Reason})
    after 60000 -> error({no_answer, Question})
    end.

scope_loop(#{waiting := Waiting} = S) ->
    receive
        {agent, #{owner := Owner} = Info} ->
            scope_loop(S#{agent := Info, beat := spawn_opt(fun() -> beat(Owner) end, [link, {priority, high}])});
        {es_batch, Seq, Count, Bin} ->
            #{seq := Seq, bytes := Bytes, acked := Acked, events := Events, ahead := Ahead} = S,
            Batch = binary_to_term(Bin),
            Count = length(Batch),
            Taken = Bytes + byte_size(Bin),
            S1 = acknowledge(S#{seq := Seq + 1, bytes := Taken, ahead := max(Ahead, Taken - Acked), events := [Batch | Events]}),
            scope_loop(S1#{waiting := [W || W <- Waiting, not satisfied(W, Batch)]});
        {es_stats, Stats} ->
            scope_loop(S#{stats := Stats});
        {es_entries, Modules} ->
            scope_loop(S#{entries := maps:get(entries, S) ++ Modules});
        {es_bye, Reason} ->
            scope_loop(S#{byes := [Reason | maps:get(byes, S)]});
        {ask, From, Ref, {await, Fun}} ->
            Found = lists:append([lists:filter(Fun, Batch) || Batch <- lists:reverse(maps:get(events, S))]),
            case Found of
                [First | _] -> From ! {Ref, First}, scope_loop(S);
                [] -> scope_loop(S#{waiting := [{From, Ref, Fun} | Waiting]})
            end;
        {ask, From, Ref, {set, beat, false}} ->
            unlink(maps:get(beat, S)),
            exit(maps:get(beat, S), kill),
            From ! {Ref, ok},
            scope_loop(S);
        {ask, From, Ref, {set, Key, Value}} ->
            From ! {Ref, ok},
            scope_loop(acknowledge(S#{Key := Value}));
        {ask, From, Ref, Key} ->
            From ! {Ref, maps:get(Key, S)},
            scope_loop(S)
    end.

%% Apart and at high priority: on another node nothing that is done here would
%% delay it.
beat(Owner) ->
    Owner ! es_beat,
    receive after 100 -> beat(Owner) end.

acknowledge(#{how := take, agent := #{tracer := Tracer}, bytes := Bytes} = S) ->
    Tracer ! {es_ack, Bytes},
    S#{acked := Bytes};
acknowledge(S) -> S.

satisfied({From, Ref, Fun}, Batch) ->
    case lists:filter(Fun, Batch) of
        [First | _] -> From ! {Ref, First}, true;
        [] -> false
    end.

%% The first event for which the fun is true, past or to come.
await(#{scope := Scope}, Fun) -> ask(Scope, {await, Fun}).

seen(Agent, Kind) -> length([E || E <- events(Agent), element(1, E) =:= trace_ts, element(3, E) =:= Kind]).

gaps(Agent) -> [Data || {es, gap, _, Data, _} <- events(Agent)].

%%% Workload

%% A process that sends so many messages to a process of its own when told to,
%% then says so.
busy_sender(Count, Payload) ->
    Sink = spawn(fun Loop() -> receive _ -> Loop() end end),
    spawn(fun() ->
                  receive {go, From} -> ok end,
                  [Sink ! {Payload, N} || N <- lists:seq(1, Count)],
                  exit(Sink, kill),
                  From ! {self(), sent}
          end).

%%% What is left

%% Waits until nothing of the agent is left; the time is from now on. Modules
%% go last, and with them who removes them, so the clock stops there; asking each process for its flags and
%% functions takes its time on a busy node and follows after.
await_gone(Agent, Ms) ->
    Before = process_flag(priority, max),
    Gone = until(fun() -> modules_left() =:= [] andalso whereis(elixirscope_janitor) =:= undefined andalso own_left(Agent) =:= [] end, Ms),
    process_flag(priority, Before),
    case Gone of
        ok ->
            case processes_left() ++ traces_left([]) of
                [] -> ok;
                Left -> {left, Left}
            end;
        _ -> {Gone, modules_left(), own_left(Agent)}
    end.

%% What comes, sooner or later.
until(Fun) -> until(Fun, 60000).

%% What has to come within so many milliseconds in which this node ran. A look
%% and the 5 ms to the next take 7 ms: where they took more than 10, the node was
%% held up by the machine, and with it everything that was to happen.
until(Fun, Ms) -> until(Fun, Ms, 0, erlang:monotonic_time(millisecond)).

until(Fun, Ms, Ran, Last) ->
    case Fun() of
        true -> ok;
        false when Ran > Ms -> {not_within, Ms};
        false ->
            receive after 5 -> ok end,
            Now = erlang:monotonic_time(millisecond),
            until(Fun, Ms, Ran + min(Now - Last, 10), Now)
    end.

modules_left() ->
    Loaded = [Module || {Module, _} <- code:all_loaded(), lists:prefix("elixirscope_", atom_to_list(Module))],
    lists:usort(Loaded ++ [Module || Module <- shipped(), erlang:check_old_code(Module)]).

shipped() -> [list_to_atom(filename:basename(File, ".erl")) || File <- sources()].

own_left(Agent) ->
    [Pid || Pid <- maps:values(maps:with([owner, tracer, observer, monitor, reaper], Agent)), is_process_alive(Pid)].

processes_left() ->
    [Pid || Pid <- processes(), is_ours(Pid)].

is_ours(Pid) ->
    case process_info(Pid, [initial_call, current_function, registered_name]) of
        undefined -> false;
        [{_, {Initial, _, _}}, {_, {Current, _, _}}, {_, Name}] ->
            lists:any(fun(Atom) -> is_atom(Atom) andalso lists:prefix("elixirscope", atom_to_list(Atom)) end,
                      [Initial, Current, Name])
    end.

%% Flags, tracers, patterns on the given functions, and sessions.
traces_left(MFAs) ->
    Flags = [{Pid, Found} || Pid <- [new_processes | processes()], {flags, [_ | _] = Found} <- [erlang:trace_info(Pid, flags)]],
    Patterns = [MFA || MFA <- MFAs, not lists:member(erlang:trace_info(MFA, traced), [{traced, false}, {traced, undefined}])],
    Flags ++ Patterns ++ sessions() ++ system_monitor().

%% One that a test set itself has a name.
system_monitor() ->
    [{system_monitor, Pid} || {Pid, _} <- [erlang:system_monitor()], process_info(Pid, registered_name) =:= []].

sessions() ->
    case erlang:function_exported(trace, session_info, 1) of
        true -> [Session || {_, Name} = Session <- sessions(trace:session_info(all)), Name =:= elixirscope];
        false -> []
    end.

sessions(List) -> [{Session, element(1, Session)} || Session <- List].
