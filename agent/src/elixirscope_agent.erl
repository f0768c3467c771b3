%% The owner of everything that ElixirScope does in this node: it holds the trace
%% session, takes commands, and removes all of it when ElixirScope is gone.
-module(elixirscope_agent).

-export([start/1, stop/0, command/2, modules/0, canary/0]).

%% What is removed at the end: one module where they were bundled, else each. The code server is not asked: each question
%% to it waits for a turn at normal priority, on a busy node.
-spec modules() -> [module()].
modules() ->
    [Module || Module <- [elixirscope_agent, elixirscope_budget, elixirscope_bundle, elixirscope_callback, elixirscope_clock, elixirscope_cut, elixirscope_dispatch, elixirscope_effects, elixirscope_facts, elixirscope_filter,
                          elixirscope_flow, elixirscope_inventory, elixirscope_level, elixirscope_lines, elixirscope_logs, elixirscope_monitors, elixirscope_names, elixirscope_notice, elixirscope_nth, elixirscope_observer, elixirscope_own, elixirscope_peers, elixirscope_permission,
                          elixirscope_phoenix, elixirscope_plan, elixirscope_plugs, elixirscope_probes, elixirscope_reaper, elixirscope_reload, elixirscope_replay, elixirscope_sampler, elixirscope_scope, elixirscope_source, elixirscope_spare, elixirscope_standin,
                          elixirscope_state, elixirscope_system, elixirscope_tally, elixirscope_telemetry, elixirscope_text, elixirscope_thin, elixirscope_timer, elixirscope_trace,
                          elixirscope_tracer, elixirscope_tree, elixirscope_unset],
               erlang:module_loaded(Module)].

%% Carries a trace pattern and is never called.
-spec canary() -> ok.
canary() -> ok.

%% Called by rpc. Where it fails, nothing of ours stays behind, not even code —
%% unless an agent is at work already, whose code this is.
-spec start(map()) -> {ok, map()} | {error, term()}.
start(Options) ->
    case whereis(elixirscope_agent) of
        undefined ->
            started(case elixirscope_permission:start() of
                        ok -> elixirscope_plan:options(Options);
                        Refusal -> Refusal
                    end);
        Owner -> {error, {already_attached, Owner}}
    end.

started({ok, Options}) ->
    Caller = self(),
    Ref = make_ref(),
    {_, Monitor} = spawn_opt(fun() -> init(Caller, Ref, Options) end, [monitor, {priority, high}]),
    receive
        {es_started, Ref, Result} ->
            erlang:demonitor(Monitor, [flush]),
            element(1, Result) =:= ok andalso elixirscope_notice:attached(maps:get(who, Options)),
            Result;
        {'DOWN', Monitor, process, _, Reason} ->
            {error, {start_failed, Reason}}
    end;
started({error, _} = Error) ->
    _ = elixirscope_reaper:janitor([], modules(), []),
    Error.

%% For whoever runs this node, in its shell or by rpc: everything of ours goes, and ElixirScope, which is told, does not come
%% back by itself. The caller waits in `erl_eval`, over parsed text, while our code goes away under it; an owner that does not
%% come to it is killed.
-spec stop() -> ok | {error, still_there}.
stop() ->
    Owner = whereis(elixirscope_agent),
    {ok, Tokens, _} = erl_scan:string(stop_text()),
    {ok, [Expression]} = erl_parse:parse_exprs(Tokens),
    is_pid(Owner) andalso (Owner ! es_stop),
    %% Nothing of ours is on the stack from here on.
    erl_eval:expr(Expression, [{'Owner', Owner}], none, none, value).

stop_text() ->
    "begin
         Wait = fun Wait(Left) ->
                    case {whereis(elixirscope_agent), whereis(elixirscope_janitor), erlang:module_loaded(elixirscope_agent)} of
                        {undefined, undefined, false} -> ok;
                        _ when Left =:= 0 -> {error, still_there};
                        _ ->
                            Left =:= 240 andalso is_pid(Owner) andalso exit(Owner, kill),
                            receive after 10 -> Wait(Left - 1) end
                    end
                end,
         Wait(300)
     end.".

%% Called by rpc. What may take long or fail is done here, in the caller.
-spec command(pid(), term()) -> ok | {ok, term()} | {error, term()}.
command(Owner, {trace, Request}) when is_map(Request) ->
    case elixirscope_permission:trace(Request) of
        ok -> planned(Owner, elixirscope_plan:trace(maps:remove(lines, Request)), Request);
        {error, _} = Error -> Error
    end;
command(_, {trace, Request}) ->
    {error, {bad_request, Request}};
command(Owner, {source, Modules}) ->
    _ = call(Owner, exclude),
    {ok, elixirscope_source:describe(Modules)};
command(Owner, {text, Which, Names}) ->
    _ = call(Owner, exclude),
    {ok, elixirscope_text:texts(Which, Names)};
command(Owner, Command) ->
    call(Owner, Command).

planned(Owner, {ok, Plan}, Request) ->
    elixirscope_lines:trace(Plan, maps:get(lines, Request, []), fun(Command) -> call(Owner, Command) end);
planned(_, {error, _} = Error, _) ->
    Error.

call(Owner, Command) ->
    Monitor = erlang:monitor(process, Owner),
    Owner ! {es_command, self(), Monitor, Command},
    receive
        {es_answer, Monitor, Answer} ->
            erlang:demonitor(Monitor, [flush]),
            Answer;
        {'DOWN', Monitor, process, _, _} ->
            {error, detached}
    end.

%%% Start

init(Caller, Ref, #{scope := Scope} = Options) ->
    %% The caller's group leader is on ElixirScope's node.
    group_leader(whereis(init), self()),
    try register(elixirscope_agent, self()) of
        true -> open(Caller, Ref, Options, erlang:monitor(process, Scope))
    catch
        error:badarg -> Caller ! {es_started, Ref, {error, {already_attached, whereis(elixirscope_agent)}}}
    end.

open(Caller, Ref, Options, ScopeMonitor) ->
    %% The last sign of life, and what the tracer has spent (elixirscope_level).
    Alive = atomics:new(4, []),
    atomics:put(Alive, 1, now_ms()),
    {Tracer, TracerMonitor} = elixirscope_tracer:start(self(), Options#{alive => Alive}),
    case elixirscope_trace:open(Tracer, maps:get(tracer, Options)) of
        {ok, Backend} ->
            {Observer, ObserverMonitor} = elixirscope_observer:start(self(), Tracer, Options),
            {System, SystemMonitor} = elixirscope_system:start(self(), Tracer),
            Level = elixirscope_level:new(Options#{alive => Alive}),
            S = reaper(Level#{options => Options, scope => maps:get(scope, Options), backend => Backend,
                              tracer => Tracer, observer => Observer, system => System,
                              system_monitor => elixirscope_system:hold(System, maps:get(system_monitor, Options)),
                              monitors => #{ScopeMonitor => scope, TracerMonitor => tracer, ObserverMonitor => observer, SystemMonitor => system},
                              beat => now_ms(), alive => Alive, pending => #{}, lines => #{}, loader => none, replay => none, wall => elixirscope_clock:difference(), peers => none, checked => erlang:monotonic_time()}),
            Caller ! {es_started, Ref, {ok, info(S)}},
            erlang:send_after(200, self(), es_check),
            loop(S);
        {error, _} = Error ->
            Caller ! {es_started, Ref, Error},
            _ = elixirscope_reaper:janitor([self(), Tracer], modules(), []),
            ok
    end.

%% Holds no session reference: a session has to end with its owner.
reaper(#{backend := Backend, observer := Observer, system := System, monitors := Monitors, scope := Scope, alive := Alive, options := #{heartbeat_ms := Limit, who := Who}} = S) ->
    Facts = #{scope => Scope, alive => Alive, heartbeat_ms => Limit, who => Who,
              backend => case elixirscope_trace:kind(Backend) of legacy -> Backend; session -> none end,
              pids => helpers(S), modules => modules(), patterns => elixirscope_level:patterns(S),
              thin => {elixirscope_thin:counted(S), elixirscope_thin:stand_ins(S)},
              lines => elixirscope_lines:restores(maps:values(maps:get(lines, S))), replay => elixirscope_replay:held(S)},
    Owner = self(),
    {Reaper, Monitor} = spawn_opt(fun() -> elixirscope_reaper:init(Owner, Facts) end, [monitor, {priority, high}]),
    %% One started while tracing would be traced as any new process is.
    elixirscope_trace:exclude(Backend, Reaper),
    _ = [Pid ! {es_own, Own} || Pid <- [Observer, System], Own <- [Observer, System, Reaper]],
    maps:get(level, S) =:= off orelse elixirscope_trace:mark(Backend, Reaper),
    S#{reaper => Reaper, monitors := Monitors#{Monitor => reaper}}.

info(#{tracer := Tracer, observer := Observer, system := System, reaper := Reaper, backend := Backend}) ->
    #{version => 1, owner => self(), tracer => Tracer, observer => Observer, monitor => System, reaper => Reaper,
      tracing => elixirscope_trace:kind(Backend),
      otp => list_to_binary(erlang:system_info(otp_release)),
      elixir => elixir_version(),
      node_creation => erlang:system_info(creation),
      time_offset => erlang:time_offset(nanosecond),
      monotonic_time => erlang:monotonic_time(),
      processes => erlang:system_info(process_count),
      system => #{schedulers => erlang:system_info(schedulers_online),
                  wordsize => erlang:system_info(wordsize),
                  process_limit => erlang:system_info(process_limit),
                  erts => list_to_binary(erlang:system_info(version)),
                  time_unit => erlang:convert_time_unit(1, second, native),
                  os => os:type()}}.

elixir_version() ->
    case application:get_key(elixir, vsn) of
        {ok, Version} -> list_to_binary(Version);
        undefined -> <<>>
    end.

%%% The loop

now_ms() -> erlang:monotonic_time(millisecond).

loop(#{beat := Beat, options := #{heartbeat_ms := Limit}} = S) ->
    receive
        Message -> handle(Message, S)
    after max(0, Beat + Limit - now_ms()) ->
        overdue(S)
    end.

%% No beat in time, but perhaps an acknowledgement.
overdue(#{beat := Beat, alive := Alive, options := #{heartbeat_ms := Limit}} = S) ->
    case atomics:get(Alive, 1) of
        Ack when Ack > Beat -> loop(S#{beat := Ack});
        _ -> last_look(now_ms() - Beat - Limit, S)
    end.

%% A timeout does not look at the mailbox again: a beat that is there counts. If
%% we were woken late, the node was stopped or busy (a copy of a huge message is
%% enough), and the beat may be on its way through the same jam.
last_look(Late, S) ->
    receive
        es_beat -> loop(S#{beat := now_ms()})
    after 50 + min(Late, 250) ->
        teardown(heartbeat, S)
    end.

handle(es_beat, S) ->
    loop(S#{beat := now_ms()});
handle({es_command, From, Ref, Command}, S) ->
    perform(Command, {From, Ref}, S);
handle(es_stop, S) ->
    perform(detach, stopped, S);
handle({es_stats, Stats}, S) ->
    say({es_stats, account(Stats, S)}, S),
    loop(S);
handle({trace_delivered, all, Ref}, #{pending := Pending} = S) when is_map_key(Ref, Pending) ->
    maps:get(tracer, S) ! case maps:get(Ref, Pending) of
                              breaker -> {es_breaker, off, Ref};
                              {detach, _} -> {es_sync, Ref, final};
                              _ -> {es_sync, Ref}
                          end,
    loop(S);
handle({es_synced, Ref, Stats}, #{pending := Pending} = S) when is_map_key(Ref, Pending) ->
    {Action, Left} = maps:take(Ref, Pending),
    synced(Action, account(Stats, S), S#{pending := Left});
handle({es_breaker, trip, At}, #{breaker := closed} = S) ->
    loop(elixirscope_level:breaker_open(At, S));
handle({es_breaker, drained, Ref}, #{pending := Pending} = S) ->
    loop(elixirscope_level:breaker_drained(S#{pending := maps:remove(Ref, Pending)}));
handle(es_breaker_close, #{breaker := open} = S) ->
    loop(elixirscope_level:breaker_close(S));
handle({es_found, Pids}, S) ->
    loop(elixirscope_level:join(Pids, S));
handle({es_unsampled, Pids}, S) ->
    loop(elixirscope_level:leave(Pids, S));
handle({es_large, Large}, S) ->
    loop(elixirscope_spare:spare(Large, S));
handle({es_reload, Watch}, #{watch := Watch} = S) ->
    erlang:send_after(elixirscope_reload:every(S), self(), {es_reload, Watch}),
    loop(elixirscope_reload:check(none, S));
handle({es_slice_over, Watch, MFA}, S) ->
    loop(elixirscope_thin:over(Watch, MFA, S));
handle(es_check, #{alive := Counters} = S) ->
    erlang:send_after(200, self(), es_check),
    check(elixirscope_thin:check(elixirscope_level:check(Counters, elixirscope_spare:unspare(system_monitor(elixirscope_peers:check(elixirscope_clock:check(S)))))));
handle({'DOWN', _, process, Loader, Reason}, #{loader := Loader} = S) ->
    {Refused, S1} = elixirscope_lines:done(Reason, S),
    loop(loaded(Refused, S1));
handle({'DOWN', _, process, Runner, Reason}, #{replay := {Runner, _, _}} = S) ->
    {Client, Answer, S1} = elixirscope_replay:done(Reason, S),
    answer(Client, Answer),
    loop(S1);
handle({'DOWN', Monitor, process, _, Reason}, #{monitors := Monitors} = S) when is_map_key(Monitor, Monitors) ->
    {Who, Left} = maps:take(Monitor, Monitors),
    down(Who, Reason, S#{monitors := Left});
handle(_, S) ->
    loop(S).

down(scope, _, S) -> teardown(scope_down, S);
down(reaper, _, S) -> loop(reaper(S));
down(Who, Reason, S) -> teardown({down, Who, Reason}, S).

%%% Commands

perform({trace, Plan}, {From, _} = Client, #{backend := Backend} = S) ->
    {Answer, S1} = elixirscope_level:trace(Plan, S),
    %% Who asked is ours too, not of the application.
    node(From) =:= node() andalso elixirscope_trace:exclude(Backend, From),
    answer(Client, Answer),
    loop(S1);
perform(lines, Client, #{lines := Lines} = S) ->
    answer(Client, {ok, maps:values(Lines)}),
    loop(S);
perform({lines, Load, Back, Undo}, Client, S) ->
    case elixirscope_lines:start(Load, Back, Undo, S) of
        {ok, S1} ->
            loop(S1#{client => Client});
        {error, _} = Error ->
            answer(Client, Error),
            loop(S)
    end;
%% Who works for us is not of the application.
perform(exclude, {From, _} = Client, #{backend := Backend} = S) ->
    elixirscope_trace:exclude(Backend, From),
    answer(Client, ok),
    loop(S);
perform({exclude, Pids}, Client, #{backend := Backend} = S) ->
    elixirscope_trace:leave(Backend, Pids),
    answer(Client, ok),
    loop(S);
perform({replay, Request}, Client, S) when is_map(Request) ->
    case replay(elixirscope_permission:replay(), Request, Client, S) of
        {ok, S1} ->
            loop(S1);
        {error, _} = Error ->
            answer(Client, Error),
            loop(S)
    end;
perform(look, Client, S) ->
    answer(Client, {ok, elixirscope_peers:look()}),
    loop(S);
perform(snapshot, Client, #{observer := Observer} = S) ->
    Observer ! es_snapshot,
    answer(Client, ok),
    loop(S);
perform({refresh, Pids}, Client, #{observer := Observer} = S) when is_list(Pids) ->
    Observer ! {es_refresh, Pids},
    answer(Client, ok),
    loop(S);
perform({sample, Ms}, Client, #{observer := Observer} = S) when is_integer(Ms), Ms >= 0 ->
    Observer ! {es_sample, Ms},
    answer(Client, ok),
    loop(S);
perform(inventory, Client, #{observer := Observer} = S) ->
    Observer ! {es_inventory, Client},
    loop(S);
perform(sync, Client, S) ->
    loop(delivered({sync, Client}, S));
perform(detach, Client, #{backend := Backend, tracing := Tracing} = S) ->
    elixirscope_trace:flags_off(Backend, Tracing),
    elixirscope_flow:release([maps:get(tracer, S)]),
    elixirscope_level:last_words(S),
    S1 = elixirscope_thin:release(S),
    %% Delivery takes its time on a large node: what we switched off ourselves must
    %% not look meanwhile as if another tool had taken it.
    loop(delivered({detach, Client}, S1#{tracing := Tracing#{flags := []}, step := none, lowered := none}));
perform(Command, Client, S) ->
    answer(Client, {error, {bad_command, Command}}),
    loop(S).

replay(ok, Request, Client, S) -> elixirscope_replay:start(Request, Client, S);
replay(Refusal, _, _, _) -> Refusal.

loaded(Refused, #{client := Client, loader := none} = S) ->
    answer(Client, {ok, Refused}),
    maps:remove(client, S);
loaded(_, S) ->
    S.

helpers(#{tracer := Tracer, observer := Observer, system := System, loader := Loader}) ->
    [Pid || Pid <- [Loader, Tracer, System, Observer], Pid =/= none].

answer({From, Ref}, Answer) ->
    From ! {es_answer, Ref, Answer}.

delivered(Action, #{backend := Backend, pending := Pending} = S) ->
    S#{pending := Pending#{elixirscope_trace:delivered(Backend) => Action}}.

synced({sync, Client}, Stats, S) ->
    answer(Client, {ok, Stats}),
    loop(S);
synced({detach, stopped}, Stats, S) ->
    say({es_stats, Stats}, S),
    teardown(stopped, S);
synced({detach, Client}, Stats, S) ->
    say({es_stats, Stats}, S),
    answer(Client, {ok, Stats}),
    teardown(detach, S);
synced(taken_over, Stats, S) ->
    say({es_stats, Stats}, S),
    teardown(taken_over, S).

account(#{memory := Memory, reductions := Reductions} = Stats, #{system_monitor := Holder} = S) ->
    [{memory, OwnMemory}, {reductions, OwnReductions}] = process_info(self(), [memory, reductions]),
    elixirscope_level:report(Stats#{memory := Memory + OwnMemory, reductions := Reductions + OwnReductions, system_monitor => Holder}, S).

say(Message, #{scope := Scope}) ->
    erlang:send(Scope, Message, [nosuspend, noconnect]).

%% Another tool may have taken it meanwhile, or let it go.
system_monitor(#{system := System, system_monitor := Before, tracer := Tracer, options := #{system_monitor := Limits}} = S) ->
    case elixirscope_system:hold(System, Limits) of
        Before -> S;
        Holder ->
            Event = {es, session, self(), {system_monitor, Holder}, erlang:monotonic_time()},
            Tracer ! {es_emit, self(), 1, term_to_binary([Event])},
            S#{system_monitor := Holder}
    end.

%%% Somebody else at our tracing

check(#{breaker := closed, backend := Backend, tracing := Tracing, reaper := Reaper} = S) ->
    case elixirscope_trace:intact(Backend, Tracing, Reaper) of
        true -> loop(elixirscope_lines:again(elixirscope_reload:check(Backend, checked(elixirscope_level:flows_intact(late(elixirscope_level:services(elixirscope_level:arrived(S))))))));
        false -> taken_over(S)
    end;
check(S) ->
    loop(S).

%% Our own patterns on modules that were loaded meanwhile.
late(#{tracing := #{flags := []}} = S) ->
    S;
late(#{level := Level, own := Own, backend := Backend, reaper := Reaper, below := Below, tracing := #{patterns := Patterns} = Tracing} = S) ->
    case elixirscope_own:late(Level, Patterns) ++ plugs(S, Patterns, Below) of
        [] ->
            S;
        New ->
            All = [Pattern || {MFA, _} = Pattern <- Patterns, not lists:keymember(MFA, 1, New)] ++ New,
            Reaper ! {es_patterns, All},
            elixirscope_trace:repattern(Backend, New),
            Late = S#{tracing := Tracing#{patterns := All}, own := Own ++ New},
            elixirscope_reload:watch(elixirscope_thin:set((maps:get(step, S))#{own := Own ++ New}, Late))
    end.

%% Where states are in force, plugs are.
plugs(#{states := []}, _, _) -> [];
plugs(_, Patterns, Below) -> elixirscope_plugs:late(Patterns, Below).

checked(S) -> S#{checked := erlang:monotonic_time()}.

%% Not re-applied: two tools that take the tracer from each other help nobody.
taken_over(#{backend := Backend, tracer := Tracer} = S) ->
    elixirscope_level:last_words(S),
    Tracer ! {es_gap, taken_over, maps:get(checked, S), erlang:monotonic_time()},
    Ref = make_ref(),
    Tracer ! {es_sync, Ref},
    #{pending := Pending, tracing := Tracing} = S,
    S1 = elixirscope_thin:release(S),
    elixirscope_trace:close(Backend, elixirscope_level:patterns(S), []),
    elixirscope_flow:release([Tracer]),
    loop(S1#{pending := Pending#{Ref => taken_over}, tracing := Tracing#{flags := [], patterns := []}, step := none,
            own := [], states := [], spared := #{}, flow := none, missing := [], below := [], watch := none, seen := none}).

%%% The end

teardown(Reason, #{backend := Backend, reaper := Reaper, lines := Lines, options := #{who := Who}} = S) ->
    Reaper ! es_ending,
    elixirscope_replay:stop(elixirscope_replay:held(S)),
    elixirscope_trace:close(Backend, elixirscope_level:patterns(S) ++ elixirscope_thin:standing_in(S), elixirscope_thin:counted(S)),
    elixirscope_flow:release([maps:get(tracer, S)]),
    say({es_bye, Reason}, S),
    Reaper ! es_stand_down,
    elixirscope_notice:left(Who, Reason),
    _ = elixirscope_reaper:janitor([self(), Reaper | helpers(S)], modules(), elixirscope_lines:restores(maps:values(Lines))),
    ok.
