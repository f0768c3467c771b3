%% Modules that are loaded anew lose their trace patterns with their old code, and
%% new ones may have come below a name. Found by looking: a trace of who loads code
%% would be told sooner, but not of every loader, and not on every OTP. Looking costs
%% 0.2 µs a module.
-module(elixirscope_reload).

-export([watch/1, every/1, check/2, specs/2]).

%% What modules looked like, where they carry patterns; all names that were loaded,
%% where new ones count.
-type seen() :: #{modules := #{module() => term()}, loaded := none | [module()]}.
%% Names below which every module is meant, and their match spec.
-type below() :: [{binary(), list()}].
-export_type([seen/0, below/0]).

%%% A part of the owner, on whose state it works

%% From now on, or no more: patterns were set.
-spec watch(map()) -> map().
watch(#{tracing := #{patterns := []}, below := []} = S) ->
    S#{seen := none, watch := none};
watch(S) ->
    Watch = make_ref(),
    erlang:send_after(every(S), self(), {es_reload, Watch}),
    looked(S#{watch := Watch}).

%% Modules of libraries, as ours are, change seldom, and a node that has nothing to do is woken by each look (100 a second are
%% 0.7 % of a processor).
-spec every(map()) -> pos_integer().
every(#{own := Own, tracing := #{patterns := Patterns}, below := []}) when length(Own) =:= length(Patterns) -> 100;
every(_) -> 10.

%% The time is taken first: what changes while we look is found the next time, and
%% its gap must begin before.
looked(#{tracing := #{patterns := Patterns}, below := Below} = S) ->
    At = erlang:monotonic_time(),
    S#{seen := look(Patterns, Below), seen_at := At}.

%% What was called since we looked last may be missing: exactly that is the gap.
%% Whether a pattern is still there is asked only with a backend: 15 µs on OTP 25.
-spec check(elixirscope_trace:backend() | none, map()) -> map().
check(_, #{seen := none} = S) ->
    S;
check(Backend, #{seen := Seen} = S) ->
    At = erlang:monotonic_time(),
    case changed(Seen, Backend) of
        {[], [], Now} -> S#{seen := Now, seen_at := At};
        {Changed, New, _} -> again(Changed, New, S)
    end.

again(Changed, New, #{backend := Backend, tracing := Tracing, below := Below, reaper := Reaper, tracer := Tracer, seen_at := From} = S) ->
    Patterns = wanted(S),
    Adopted = adopt(New, Below, Patterns),
    #{tracing := #{patterns := All}} = S1 = adopted(Adopted, S),
    Reaper ! {es_patterns, All},
    Lost = [M || {{M, _, _}, _} <- Adopted] ++ Changed,
    Again = [Pattern || {{M, _, _}, _} = Pattern <- All, lists:member(M, Lost)],
    %% As they are now: what is loaded once more while we set patterns is other than this, and found the next time.
    At = erlang:monotonic_time(),
    Now = look(All, Below),
    elixirscope_trace:repattern(Backend, Again),
    _ = Again =:= [] orelse (Tracer ! {es_gap, code_reload, From, erlang:monotonic_time()}),
    _ = case lists:usort([M || {{M, _, _}, _} <- Again]) of
            [] -> ok;
            Modules -> elixirscope_level:said([{code_reload, Modules}], S)
        end,
    S1#{tracing := maps:merge(Tracing, #{patterns => All}), seen := traceable(Backend, Now), seen_at := At}.

%% The level that is wanted has the patterns of modules below a name; one that the
%% budget put in its place does without.
wanted(#{steps := [#{patterns := Patterns} | _]}) -> Patterns;
wanted(_) -> [].

adopted(Adopted, #{steps := [Top | Lower], step := Step, tracing := #{patterns := Patterns} = Tracing} = S) ->
    #{patterns := Wanted} = Top,
    NewTop = Top#{patterns := Wanted ++ Adopted},
    case Step of
        Top -> S#{steps := [NewTop | Lower], step := NewTop, tracing := Tracing#{patterns := Patterns ++ Adopted}};
        _ -> S#{steps := [NewTop | Lower]}
    end;
adopted(_, S) ->
    S.

%% Of each module its code, one function with a pattern, and whether that must be found traced. A module that was loaded
%% between its patterns and this look has none: the function is there, so that it is found to be lost.
look(Patterns, Below) ->
    Probes = maps:from_list(lists:reverse([{M, MFA} || {{M, _, _} = MFA, _} <- Patterns])),
    #{modules => maps:map(fun(M, MFA) -> {code(M), {probe(MFA), is_there(probe(MFA))}} end, Probes),
      loaded => case Below of [] -> none; _ -> erlang:loaded() end}.

is_there({M, F, A}) -> lists:member({F, A}, functions(M)).

%% What cannot be traced although it is there is not tried for ever.
traceable(Backend, #{modules := Modules} = Seen) ->
    Seen#{modules := maps:map(fun(_, {Code, {MFA, _}}) -> {Code, {MFA, traced(Backend, MFA)}} end, Modules)}.

%% Modules whose code is other than it was, those that are new, and what is seen now.
changed(#{modules := Modules, loaded := Loaded} = Seen, Backend) ->
    Now = maps:map(fun(M, {_, Traced}) -> {code(M), Traced} end, Modules),
    Changed = [M || {M, {Code, Traced}} <- maps:to_list(Now), Code =/= none,
                    is_other(Code, element(1, map_get(M, Modules))) orelse is_lost(Backend, Traced)],
    {Changed, new(Loaded), Seen#{modules := Now}}.

code(M) ->
    try {erlang:get_module_info(M, md5), erlang:check_old_code(M)}
    catch error:_ -> none
    end.

%% Loading the same code again leaves old code behind; a purge takes it away.
is_other({Md5, true}, {Md5, false}) -> true;
is_other({Md5, _}, {Md5, _}) -> false;
is_other(_, _) -> true.

probe({M, '_', _}) -> {M, module_info, 0};
probe({M, F, '_'}) ->
    case [A || {Name, A} <- functions(M), Name =:= F] of
        [A | _] -> {M, F, A};
        [] -> {M, F, 0}
    end;
probe(MFA) -> MFA.

functions(M) ->
    try erlang:get_module_info(M, functions) catch error:_ -> [] end.

traced(Backend, MFA) -> elixirscope_trace:is_traced(Backend, MFA).

is_lost(none, _) -> false;
is_lost(Backend, {MFA, Before}) -> Before andalso not traced(Backend, MFA).

new(none) -> [];
new(Loaded) ->
    case erlang:loaded() of
        Loaded -> [];
        Now -> Now -- Loaded
    end.

%% The patterns of new modules below a name, where they have none yet.
adopt(New, Below, Patterns) ->
    [{{M, '_', '_'}, Spec} || M <- New, not lists:any(fun({{Known, _, _}, _}) -> Known =:= M end, Patterns),
                              Spec <- specs(atom_to_binary(M), Below)].

%% The match spec of a module that is below one of these names; none where it is not.
-spec specs(binary(), below()) -> [list()].
specs(Name, Below) ->
    lists:sublist([Spec || {Prefix, Spec} <- Below, is_below(Name, Prefix, byte_size(Prefix))], 1).

is_below(Name, Name, _) -> true;
is_below(Name, Prefix, Size) ->
    case Name of
        <<Prefix:Size/binary, $., _/binary>> -> true;
        _ -> false
    end.
