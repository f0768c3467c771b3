%% What is traced now: the level that is wanted, or the one below it that the
%% budget allows, or nothing while the circuit breaker is open. A part of the
%% owner, on whose state it works.
-module(elixirscope_level).

-export([new/1, trace/2, arrived/1, services/1, check/2, join/2, leave/2, patterns/1, breaker_open/2, breaker_drained/1, breaker_close/1, flows_intact/1, last_words/1, report/2, said/2]).

%% `steps`: the level that is wanted and those below it; `step`: the one in force.
%% `lowered`: since when, and why, it is not the first. `calm`: how long it has to be
%% calm before a step up, in milliseconds; `stepped`, `last`: when the last step was, and where to.
-spec new(map()) -> map().
new(Options) ->
    Counters = maps:get(alive, Options),
    Budget = maps:get(budget, Options),
    #{tracing => #{flags => [], scope => all, sample => all, watched => [], patterns => []},
      rule => #{only => all, except => [], sample => all, later => false}, anchors => [], calls => infinity,
      level => off, steps => [], step => none, own => [], states => [], spared => #{}, flow => none,
      nth => 1, noise => #{}, missing => [], below => [], watch => none, seen => none, seen_at => 0,
      lowered => none, calm => 2000, last => down, stepped => now_ms(),
      budget => Budget, account => elixirscope_budget:new(Budget, spent(Counters)),
      thin => elixirscope_thin:new(), thin_rate => infinity,
      breaker => closed, pause => 0, tripped => erlang:monotonic_time()}.

now_ms() -> erlang:monotonic_time(millisecond).

spent(Counters) ->
    #{events => atomics:get(Counters, 2), bytes => atomics:get(Counters, 3), cpu => atomics:get(Counters, 4)}.

-spec patterns(map()) -> [elixirscope_plan:pattern()].
patterns(#{tracing := #{patterns := Patterns}}) -> Patterns.

%%% A plan of the user's

%% While the breaker is open a new plan only takes its patterns; the flags come
%% when it closes.
-spec trace(elixirscope_plan:plan(), map()) -> {{ok, map()} | {error, term()}, map()}.
trace(#{tokens := #{nth := Nth}} = Plan, #{nth := Before} = S) ->
    case elixirscope_nth:take(Nth) of
        ok -> with_nth(traced(Plan, S#{nth := Nth}), Before);
        {taken, Word} -> {{error, {control_word_taken, Word}}, S}
    end;
trace(Plan, S) ->
    elixirscope_nth:release(),
    with_nth(traced(Plan, S#{nth := 1}), maps:get(nth, S)).

%% What was refused changes nothing.
with_nth({{error, _} = Error, #{flow := Flow} = S}, Before) ->
    _ = Flow =/= none andalso elixirscope_nth:take(Before),
    {Error, S#{nth := Before}};
with_nth(Done, _) ->
    Done.

traced(#{tokens := Tokens, steps := Steps} = Plan, #{tracer := Tracer} = S) ->
    case flows(Tokens, S) of
        {taken, Other} when map_get(required, Tokens) ->
            {{error, {system_tracer_taken, Other, elixirscope_trace:describe(Other)}}, S};
        {taken, Other} ->
            {Answer, S1} = planned(Plan#{steps := [plain(Step) || Step <- Steps]}, S),
            {with_flows({taken, elixirscope_trace:describe(Other)}, Answer), S1};
        none ->
            planned(Plan, S);
        ok ->
            {Answer, #{flow := Flow} = S1} = planned(Plan, S),
            %% Refused, and there were none before.
            _ = Flow =:= none andalso elixirscope_flow:release([Tracer]),
            {with_flows(on, Answer), S1}
    end.

%% Services can be started anew, and an application that boots brings its own.
-spec services(map()) -> map().
services(#{flow := none} = S) ->
    S;
services(#{flow := Flow, noise := Before} = S) ->
    case elixirscope_flow:noise([]) of
        Before -> S;
        Now ->
            told(Flow, S),
            S#{noise := Now}
    end.

%% Entry points that were not there when they were asked for have come: who asked is told, and asks again.
-spec arrived(map()) -> map().
arrived(#{missing := []} = S) ->
    S;
arrived(#{missing := Missing, scope := Scope} = S) ->
    case elixirscope_flow:arrived(Missing) of
        [] -> S;
        Modules ->
            erlang:send(Scope, {es_entries, Modules}, [nosuspend, noconnect]),
            S#{missing := Missing -- Modules}
    end.

flows(none, _) -> none;
flows(_, #{tracer := Tracer, breaker := closed}) -> elixirscope_flow:take(Tracer);
flows(_, #{tracer := Tracer}) ->
    case elixirscope_flow:holder(Tracer) of
        Other when Other =/= ours, Other =/= none -> {taken, Other};
        _ -> ok
    end.

with_flows(Flows, {ok, Counts}) -> {ok, Counts#{flows => Flows}};
with_flows(_, Error) -> Error.

plain(#{plain := Plain, plain_own := Own} = Step) -> Step#{patterns := Plain, own := Own, flow := none}.

planned(#{level := Level, steps := [Step | _] = Steps, scope := Rule, census := Census, calls := Calls, told := Told, below := Below, missing := Missing} = Plan, #{tracer := Tracer} = S) ->
    Wanted = #{rule => Rule, census => Census},
    #{rule := #{sample := Before}} = S,
    %% While the flags change: whoever is in one of the two samples, and one of them has the other in it.
    Tracer ! {es_sampling, larger(Before, maps:get(sample, Rule)), infinity},
    case in_force(Step, Wanted, S#{below := Below, thin_rate := Told}) of
        {{ok, Counts}, S1} ->
            Tracer ! {es_sampling, maps:get(sample, Rule), Calls},
            S2 = raised(Steps, Step, none, S1),
            S3 = budget(maps:get(budget, Plan), S2#{level := Level, steps := Steps, step := Step, rule := Rule, calls := Calls, missing := Missing,
                                                   anchors := elixirscope_scope:anchors(Rule), calm := 2000, last := down}),
            said([{level, Level}, {tracing, described(Plan, Counts)}], S3),
            {{ok, Counts#{at => erlang:monotonic_time()}}, S3};
        {{error, _} = Error, _} ->
            Tracer ! {es_sampling, Before, maps:get(calls, S)},
            {Error, S}
    end.

larger(All, Sample) when All =:= all; Sample =:= all -> all;
larger(One, Other) -> max(One, Other).

budget(keep, S) -> S;
budget(Budget, #{tracer := Tracer, alive := Counters} = S) ->
    Tracer ! {es_memory_limit, elixirscope_budget:memory(Budget)},
    S#{budget := Budget, account := elixirscope_budget:new(Budget, spent(Counters))}.

%% So that a recording can tell what was not recorded from what did not happen.
described(#{level := Level, scope := #{only := Only, except := Except, sample := Sample}, calls := Calls, told := Told, flows := Flows}, #{processes := Processes}) ->
    #{level => Level, scope => Only, except => Except, processes => Processes,
      sample => #{pids => Sample, calls => Calls, flows => Flows, told => Told}}.

%%% Putting a level into force

%% Flags, patterns and who has them. On a pattern that is refused nothing changes.
in_force(#{flags := Flags, patterns := Patterns, own := Own, states := States, flow := Flow} = Step, #{rule := Rule, census := Census},
         #{backend := Backend, tracing := Old, reaper := Reaper} = S) ->
    Excluded = excluded(S),
    IsFamily = elixirscope_scope:is_family(Rule),
    Known = case IsFamily of
                true -> elixirscope_scope:census(Rule, maps:from_list([{Pid, false} || Pid <- Excluded] ++ maps:to_list(Census)), processes());
                false -> #{}
            end,
    Members = case IsFamily of true -> elixirscope_scope:members(Known) -- Excluded; false -> all end,
    New = #{flags => Flags, scope => Members, sample => case IsFamily of true -> all; false -> maps:get(sample, Rule) end,
            watched => case IsFamily of true -> elixirscope_scope:watched(Rule); false -> [] end, patterns => Patterns},
    Reaper ! {es_patterns, maps:get(patterns, Old) ++ Patterns},
    %% What it is to take in has to be known before the first of it comes.
    told(Flow, S),
    case elixirscope_trace:apply_plan(Backend, current(S, Old), current(S, New), Excluded) of
        {ok, #{functions := Functions, processes := Processes}} ->
            Reaper ! {es_patterns, Patterns},
            {New1, More} = complete(IsFamily andalso maps:get(breaker, S) =:= closed, Rule, Known, Excluded, Backend, New),
            elixirscope_trace:mark(Backend, Reaper),
            {{ok, #{processes => Processes + More, functions => Functions - length(Own)}},
             elixirscope_spare:heaps(elixirscope_reload:watch(elixirscope_thin:set(Step, system_tracer(S#{tracing := New1, own := Own, states := States, spared := #{}, flow := Flow}))))};
        {error, _} = Error ->
            Reaper ! {es_patterns, maps:get(patterns, Old)},
            told(maps:get(flow, S), S),
            {Error, S}
    end.

told(none, #{tracer := Tracer}) ->
    Tracer ! {es_flow, none, [], 1};
told({Label, Entries}, #{tracer := Tracer, observer := Observer, reaper := Reaper, nth := Nth}) ->
    Tracer ! {es_flow, {Label, elixirscope_flow:noise([self(), Tracer, Observer, Reaper])}, Entries, Nth}.

%% Ours while there are entry points, and tracing is on.
system_tracer(#{flow := none, tracer := Tracer} = S) ->
    elixirscope_flow:release([Tracer]),
    S;
system_tracer(#{breaker := closed, tracer := Tracer, nth := Nth} = S) ->
    _ = elixirscope_flow:take(Tracer),
    _ = elixirscope_nth:take(Nth),
    S;
system_tracer(S) ->
    S.

%% It can go to another tool while the rest is left to us. Flows end then, entry
%% points first: our tokens would fill that tool's record.
-spec flows_intact(map()) -> map().
flows_intact(#{flow := none} = S) ->
    S;
flows_intact(#{tracer := Tracer, checked := From, steps := Steps, step := Step, rule := Rule} = S) ->
    case elixirscope_flow:holder(Tracer) of
        ours -> S;
        Other ->
            Taken = {taken, elixirscope_trace:describe(Other)},
            Tracer ! {es_gap, taken_over, From, erlang:monotonic_time()},
            {_, S1} = in_force(plain(Step), #{rule => Rule, census => #{}}, S#{flow := none}),
            said([{flows, Taken}], S1),
            erlang:send(maps:get(scope, S), {es_flows, Taken}, [nosuspend, noconnect]),
            S1#{steps := [plain(One) || One <- Steps], step := plain(Step)}
    end.

%% Who came while the flags were being set: children of the family have them by
%% now or get them; then they are taken from whoever does not belong to it.
complete(false, _, _, _, _, New) ->
    {New, 0};
complete(true, Rule, Known, Excluded, Backend, #{scope := Members, watched := Watched} = New) ->
    {Census, Late} = latecomers(5, Rule, Known, Backend, New, []),
    elixirscope_trace:leave(Backend, ([Pid || {Pid, false} <- maps:to_list(Census)] -- Watched) -- Excluded),
    {New#{scope := Late ++ Members}, length(Late)}.

latecomers(0, _, Known, _, _, Late) ->
    {Known, Late};
latecomers(Rounds, Rule, Known, Backend, New, Late) ->
    Census = elixirscope_scope:census(Rule, Known, processes()),
    case elixirscope_scope:members(maps:without(maps:keys(Known), Census)) of
        [] -> {Census, Late};
        Pids ->
            _ = elixirscope_trace:join(Backend, New, Pids),
            latecomers(Rounds - 1, Rule, Census, Backend, New, Pids ++ Late)
    end.

current(#{breaker := closed}, Tracing) -> Tracing;
current(_, Tracing) -> Tracing#{flags := [], scope := all, watched := []}.

%% Never traced: our own processes, the receiver where it is on this node, and
%% the process that carries the connection (TLS distribution), since what it does
%% for us would be traced and sent, and so on.
excluded(#{tracer := Tracer, observer := Observer, system := System, reaper := Reaper, scope := Scope}) ->
    [self(), Tracer, Observer, System, Reaper, Scope | carriers(node(Scope))].

carriers(Node) ->
    Controllers = [Pid || {Peer, Pid} <- erlang:system_info(dist_ctrl), Peer =:= Node, is_pid(Pid)],
    lists:append([[Pid | neighbours(Pid)] || Pid <- Controllers]).

neighbours(Pid) ->
    case process_info(Pid, links) of
        {links, Links} ->
            [Link || Link <- Links, is_pid(Link), node(Link) =:= node(), process_info(Link, registered_name) =:= []];
        undefined ->
            []
    end.

%%% Those who belong to it and were not spawned by one who does

%% Of these processes, which the observer has found, those that do.
-spec join([pid()], map()) -> map().
join(Pids, #{rule := Rule, tracing := #{scope := Members} = Tracing, backend := Backend, breaker := closed} = S) when is_list(Members) ->
    Known = maps:from_list([{Pid, true} || Pid <- Members] ++ [{Pid, false} || Pid <- excluded(S)]),
    New = elixirscope_scope:members(maps:without(maps:keys(Known), elixirscope_scope:census(Rule, Known, Pids))),
    _ = elixirscope_trace:join(Backend, Tracing, New),
    S#{tracing := Tracing#{scope := New ++ Members}};
join(_, S) ->
    S.

%% Not in the sample.
-spec leave([pid()], map()) -> map().
leave(Pids, #{tracing := #{scope := all}, backend := Backend} = S) ->
    elixirscope_trace:leave(Backend, [Pid || Pid <- Pids, is_process_alive(Pid)]),
    S;
leave(_, S) ->
    S.

%% A name was given to another process, an application started.
anchored(#{rule := Rule, anchors := Anchors, observer := Observer, tracing := #{scope := Before}} = S) ->
    case elixirscope_scope:anchors(Rule) of
        Anchors -> S;
        Moved ->
            #{tracing := #{scope := After}} = Joined = join(processes(), S#{anchors := Moved}),
            %% Nobody has told the record who they are.
            Observer ! {es_refresh, After -- Before},
            Joined
    end.

%%% The budget, looked at five times a second

-spec check(map(), map()) -> map().
check(Counters, S) ->
    {Verdict, Account} = elixirscope_budget:spend(spent(Counters), elixirscope_budget:load(), maps:get(account, S)),
    stepped(Verdict, now_ms() - maps:get(stepped, S), anchored(S#{account := Account})).

stepped({over, Why}, Since, #{breaker := closed, step := #{}} = S) when Since >= 400 ->
    step_down(Why, S);
stepped(within, Since, #{breaker := closed, lowered := {_, _}, calm := Calm} = S) when Since >= Calm ->
    step_up(S);
%% After a minute without a step the next one up comes soon again.
stepped(within, Since, #{lowered := none} = S) when Since >= 60000 ->
    S#{calm := 2000, last := down};
stepped(_, _, S) ->
    S.

step_down(Why, #{steps := Steps, step := Step} = S) ->
    case below(Step, Steps) of
        none -> breaker_open(now, S#{calm := longer(S)});
        Lower -> step(Lower, Why, S#{calm := longer(S), last := down})
    end.

%% A step up that has to be taken back was too early.
longer(#{calm := Calm, last := up}) -> min(Calm * 2, 60000);
longer(#{calm := Calm}) -> Calm.

step_up(#{steps := Steps, step := Step, lowered := {_, Why}} = S) ->
    step(above(Step, Steps), Why, S#{last := up}).

below(Step, Steps) ->
    case lists:dropwhile(fun(One) -> One =/= Step end, Steps) of
        [_, Lower | _] -> Lower;
        _ -> none
    end.

above(Step, Steps) -> lists:last(lists:takewhile(fun(One) -> One =/= Step end, Steps)).

%% The tracer leaves out what is above the level before the flags are taken away,
%% and until they are all back: one gap, from the first moment to the last.
step(#{level := Level} = To, Why, #{tracer := Tracer, steps := Steps, rule := Rule, step := #{level := Before}} = S) ->
    From = case rank(Level, Steps) > rank(Before, Steps) of
               true -> since(fun(Ref) -> Tracer ! {es_lowered, Level, Ref} end, Tracer);
               false -> erlang:monotonic_time()
           end,
    case in_force(To, #{rule => Rule, census => #{}}, S) of
        {{ok, _}, S1} ->
            S2 = raised(Steps, To, From, S1),
            said([{in_force, Level, case To =:= hd(Steps) of true -> calm; false -> Why end}], S2),
            rewarded(S2#{step := To, stepped := now_ms(), lowered := case To =:= hd(Steps) of true -> none; false -> {From, Why} end});
        {{error, _}, S1} ->
            %% A module has gone that a pattern is on: as it was, and once more later.
            Tracer ! case maps:get(lowered, S) of
                         none -> {es_raised, From, all, none};
                         {Since, _} -> {es_raised, From, Before, Since}
                     end,
            S1#{stepped := now_ms()}
    end.

%% A new level starts with all of its allowance.
rewarded(#{budget := Budget, alive := Counters} = S) ->
    S#{account := elixirscope_budget:new(Budget, spent(Counters))}.

rank(Level, [#{level := Level} | _]) -> 0;
rank(Level, [_ | Steps]) -> 1 + rank(Level, Steps).

%% What is older than this moment may lie before or after that in the tracer's mailbox, what is younger only after it.
since(Tell, Tracer) ->
    Ref = make_ref(),
    _ = Tell(Ref),
    From = erlang:monotonic_time(),
    Tracer ! {Ref, From},
    From.

%% The gap of the level that was in force until now, if that was not the one wanted.
raised(Steps, #{level := Level} = Step, Since, #{tracer := Tracer, lowered := Lowered} = S) ->
    From = case Lowered of {Lower, _} -> Lower; none -> none end,
    Tracer ! {es_raised, From, case Step =:= hd(Steps) of true -> all; false -> Level end, Since},
    S#{lowered := none}.

%%% Circuit breaker

%% The tracer counts already where it says since when.
-spec breaker_open(now | integer(), map()) -> map().
breaker_open(At, #{backend := Backend, tracing := Tracing, tracer := Tracer, pending := Pending} = S) ->
    Tripped = case At of now -> since(fun(Ref) -> Tracer ! {es_breaker_opens, Ref} end, Tracer); _ -> At end,
    elixirscope_trace:flags_off(Backend, Tracing),
    elixirscope_flow:release([Tracer]),
    S#{breaker := opening, tripped := Tripped, pause := pause(At, S), pending := Pending#{elixirscope_trace:delivered(Backend) => breaker}}.

%% For how long. A budget is kept on the average, so it has to be long where there is always too much. A mailbox that
%% is too long can be a stall of the machine: a short pause does where the level was in force for a while before.
pause(now, #{tripped := Before} = S) ->
    longer_pause(erlang:convert_time_unit(erlang:monotonic_time() - Before, native, millisecond) < 30000, 500, 8000, S);
pause(_, #{stepped := Since} = S) ->
    longer_pause(now_ms() - Since < 2000, 250, 2000, S).

longer_pause(true, Shortest, Longest, #{pause := Last}) -> min(max(2 * Last, Shortest), Longest);
longer_pause(false, Shortest, _, _) -> Shortest.

-spec breaker_drained(map()) -> map().
breaker_drained(#{pause := Pause} = S) ->
    erlang:send_after(Pause, self(), es_breaker_close),
    S#{breaker := open}.

%% The third trip in a row: the level is too much for this node. But not for long, or a stall that is over would be
%% paid for by a minute without a record of what was asked for.
-spec breaker_close(map()) -> map().
breaker_close(#{pause := Pause, steps := Steps, step := Step} = S) when Pause >= 1000 ->
    case below(Step, Steps) of
        none -> breaker_closed(S);
        Lower ->
            breaker_closed(step(Lower, breaker, S#{calm := min(longer(S), 4000), last := down}))
    end;
breaker_close(S) ->
    breaker_closed(S).

breaker_closed(#{backend := Backend, tracing := Tracing, tracer := Tracer, tripped := Tripped, reaper := Reaper, rule := Rule} = S) ->
    Excluded = excluded(S),
    Renewed = case Tracing of
                  #{scope := all} -> Tracing;
                  #{scope := Members} ->
                      Known = maps:from_list([{Pid, true} || Pid <- Members, is_process_alive(Pid)] ++ [{Pid, false} || Pid <- Excluded]),
                      Tracing#{scope := elixirscope_scope:members(elixirscope_scope:census(Rule, Known, processes()))}
              end,
    _ = elixirscope_trace:flags_on(Backend, Renewed, Excluded),
    elixirscope_trace:mark(Backend, Reaper),
    Tracer ! {es_breaker, on, Tripped},
    system_tracer(S#{breaker := closed, tracing := Renewed, stepped := now_ms()}).

%% At the end: gaps that would have been closed later.
-spec last_words(map()) -> ok.
last_words(#{tracer := Tracer, breaker := Breaker, tripped := Tripped, lowered := Lowered}) ->
    Now = erlang:monotonic_time(),
    _ = case Lowered of {From, _} -> Tracer ! {es_raised, From, all, none}; none -> ok end,
    _ = Breaker =:= closed orelse (Tracer ! {es_gap, breaker, Tripped, Now}),
    ok.

%% Into the tracer's accounts: what is wanted, what is in force, and why.
-spec report(map(), map()) -> map().
report(Stats, #{level := Level, step := Step, lowered := Lowered, breaker := Breaker, budget := Budget}) ->
    Stats#{level => Level,
           in_force => case {Breaker, Step} of {closed, #{level := Now}} -> Now; _ -> off end,
           lowered_by => case {Breaker, Lowered} of {closed, none} -> none; {closed, {_, Why}} -> Why; _ -> breaker end,
           budget => maps:filter(fun(_, Limit) -> Limit =/= infinity end, Budget)}.

-spec said([term()], map()) -> ok.
said(Facts, #{tracer := Tracer}) ->
    Events = [{es, session, self(), Fact, erlang:monotonic_time()} || Fact <- Facts],
    Tracer ! {es_emit, self(), length(Events), term_to_binary(Events)},
    ok.
