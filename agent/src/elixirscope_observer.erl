%% Looks at the node and turns what it finds into events: snapshots of processes,
%% applications and supervisors, supervisors whose children changed, samples.
%% Waits after each portion until it has been sent, so that a snapshot is whole
%% however slow the receiver is.
-module(elixirscope_observer).

-export([start/3]).

-spec start(pid(), pid(), map()) -> {pid(), reference()}.
start(Owner, Tracer, Options) ->
    spawn_opt(fun() -> init(Owner, Tracer, Options) end, [monitor]).

init(Owner, Tracer, #{sample_ms := SampleMs, sample_budget_ms := Budget}) ->
    erlang:send_after(1000, self(), es_look),
    loop(sample_in(#{owner => Owner, tracer => Tracer, sample_ms => SampleMs, timer => none,
                     sampler => elixirscope_sampler:new(Budget, SampleMs),
                     watching => false, masters => #{}, supervisors => #{},
                     own => [self(), Owner, Tracer]})).

loop(S) ->
    receive
        es_snapshot -> loop(snapshot(S));
        {es_refresh, Pids} -> loop(processes([Pid || Pid <- Pids, is_pid(Pid), node(Pid) =:= node()], S));
        {es_sample, Ms} -> loop(sample_in(S#{sample_ms := Ms, sampler := elixirscope_sampler:every(Ms, maps:get(sampler, S))}));
        es_sample -> loop(sample_in(sample(S)));
        {es_inventory, {From, Ref}} ->
            Found = inventory(S),
            From ! {es_answer, Ref, {ok, Found}},
            loop(S);
        {es_own, Pid} -> loop(S#{own := [Pid | maps:get(own, S)]});
        es_look ->
            Looked = look(S),
            erlang:send_after(1000, self(), es_look),
            loop(Looked);
        _ -> loop(S)
    end.

%%% Snapshot

snapshot(#{owner := Owner} = S) ->
    Everybody = processes() -- maps:get(own, S),
    emit(elixirscope_names:global(Owner), S),
    Seen = applications(processes(Everybody, S#{watching := true, masters := #{}, supervisors := #{}})),
    emit([{es, pubsub, Owner, {subscriptions, PubSub, Entries}, now_ts()} || {PubSub, Entries} <- elixirscope_phoenix:subscriptions()], Seen),
    _ = inventory(Seen),
    emit([{es, session, Owner, snapshot_done, now_ts()}], Seen),
    Seen.

%% Emits a `process` event for each, and a `supervisor` event for those that are.
processes([], S) ->
    S;
processes(Pids, S) ->
    {Portion, Rest} = portion(100, Pids, []),
    Masters = elixirscope_tree:masters(),
    %% Each with its own time: what was traced until then is in the facts.
    Found = [{es, process, Pid, Facts, now_ts()}
             || Pid <- Portion, Facts <- [elixirscope_facts:process(Pid, Masters)], Facts =/= undefined],
    emit(Found, S),
    emit(lists:append([registry(Pid, Facts, S) || {es, process, Pid, Facts, _} <- Found]), S),
    Supervisors = [Pid || {es, process, Pid, Facts, _} <- Found, elixirscope_tree:is_supervisor(proplists:get_value(initial_call, Facts))],
    processes(Rest, supervisors(Supervisors, S)).

registry(Pid, Facts, #{owner := Owner}) ->
    case {proplists:get_value(initial_call, Facts), proplists:get_value(registered_name, Facts)} of
        {{supervisor, 'Elixir.Registry.Supervisor', 1}, Name} when is_atom(Name) -> elixirscope_names:registry(Pid, Name, Owner);
        %% From OTP 29 on a scope runs on a module of its own.
        {{Scope, init, 1}, Name} when is_atom(Name), Name =/= [], Scope =:= pg orelse Scope =:= data_publisher -> elixirscope_names:groups(Pid, Name);
        _ -> []
    end.

%% What else is in the node; also an event, so that a recording has it.
inventory(#{owner := Owner} = S) ->
    Found = elixirscope_inventory:take(),
    emit([{es, session, Owner, {inventory, Found}, now_ts()}], S),
    Found.

portion(0, Rest, Portion) -> {lists:reverse(Portion), Rest};
portion(_, [], Portion) -> {lists:reverse(Portion), []};
portion(N, [Pid | Rest], Portion) -> portion(N - 1, Rest, [Pid | Portion]).

supervisors([], S) ->
    S;
supervisors(Pids, #{supervisors := Known} = S) ->
    Strategies = maps:from_list([{Pid, Strategy} || {Pid, {Strategy, _, _}} <- maps:to_list(maps:with(Pids, Known)), is_tuple(Strategy)]),
    Before = maps:from_list([{Pid, links(Pid)} || Pid <- Pids]),
    Answers = elixirscope_tree:children(Pids, Strategies),
    emit([{es, supervisor, Pid, Data, now_ts()} || {Pid, Data} <- Answers], S),
    S#{supervisors := lists:foldl(fun({Pid, Data}, Map) -> remember(Pid, Data, Before, Map) end, Known, Answers)}.

%% The links were read before the question: what changes later is seen by `look`.
%% One that did not answer is asked again.
remember(Pid, {Module, Strategy, Intensity, Period, _, _} = Data, Before, Map) ->
    Map#{Pid => {{Module, Strategy, Intensity, Period}, maps:get(Pid, Before), elixirscope_tree:pids(Data)}};
remember(Pid, {timeout, _}, _, Map) ->
    Map#{Pid => {unknown, unanswered, []}}.

links(Pid) ->
    case process_info(Pid, links) of
        {links, Links} -> erlang:phash2(lists:sort(Links));
        undefined -> dead
    end.

applications(#{masters := Known} = S) ->
    Masters = elixirscope_tree:masters(),
    New = maps:without(maps:keys(Known), Masters),
    Tops = [{Top, Name, Master} || {Master, Name} <- maps:to_list(New), Top <- [elixirscope_tree:top(Master)], Top =/= undefined],
    emit([application(Top, Name, Master) || {Top, Name, Master} <- Tops], S),
    Reported = maps:with([Master || {_, _, Master} <- Tops], Masters),
    S#{masters := maps:merge(maps:with(maps:keys(Masters), Known), Reported)}.

application(Top, Name, Master) ->
    {Version, Description} = elixirscope_tree:application(Name),
    {es, application, Top, {Name, Version, Description, Master}, now_ts()}.

%%% Changes. A supervisor whose links changed has other children: comparing them
%%% costs the traced processes nothing.

look(#{watching := false} = S) ->
    S;
look(#{masters := Before} = S) ->
    #{masters := After, supervisors := Known} = Applied = applications(S),
    Tops = [elixirscope_tree:top(Master) || Master <- maps:keys(After) -- maps:keys(Before)],
    Started = subtrees([Pid || Pid <- Tops, is_pid(Pid)], Applied),
    Changed = [Pid || {Pid, {_, Links, _}} <- maps:to_list(Known), links(Pid) =/= Links],
    changed(Changed, Known, Started).

changed([], _, S) ->
    S;
changed(Pids, Before, #{supervisors := Known} = S) ->
    {Portion, Rest} = portion(50, Pids, []),
    {Living, Dead} = lists:partition(fun is_process_alive/1, Portion),
    Asked = supervisors(Living, S#{supervisors := maps:without(Dead, Known)}),
    New = lists:append([new_children(Pid, Before, Asked) || Pid <- Living]),
    changed(Rest, Before, subtrees(New, Asked)).

%% New processes with all that is supervised below them.
subtrees([], S) ->
    S;
subtrees(Pids, #{owner := Owner} = S) ->
    %% Who was not spawned by one of those that are traced may belong to them all the same.
    Owner ! {es_found, Pids},
    #{supervisors := Known} = Described = processes(Pids, S),
    subtrees(lists:append([Children || Pid <- Pids, {_, _, Children} <- [maps:get(Pid, Known, {none, none, []})]]), Described).

new_children(Pid, Before, #{supervisors := Known}) ->
    case {Known, Before} of
        {#{Pid := {_, _, Children}}, #{Pid := {_, _, Old}}} -> ordsets:subtract(ordsets:from_list(Children), ordsets:from_list(Old));
        _ -> []
    end.

%%% Samples

sample_in(#{sample_ms := Ms, timer := Timer} = S) ->
    _ = Timer =:= none orelse erlang:cancel_timer(Timer),
    case Ms of
        0 -> S#{timer := none};
        _ -> S#{timer := erlang:send_after(Ms, self(), es_sample)}
    end.

sample(#{sampler := Sampler, own := Own} = S) ->
    S#{sampler := elixirscope_sampler:round(Sampler, Own, fun(Events) -> emit(Events, S) end)}.

%%% Emission

now_ts() -> erlang:monotonic_time().

emit([], _) ->
    ok;
emit(Events, #{tracer := Tracer}) ->
    Tracer ! {es_emit, self(), length(Events), term_to_binary(Events)},
    receive es_emitted -> ok end.
