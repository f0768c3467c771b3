%% A bounded price where an application is busy. What our own patterns tell (telemetry,
%% logs, PubSub, LiveView, the starts of flows) costs some microseconds a call, which is
%% nothing for a hundred requests a second and too much for ten thousand. So a function that
%% is called more often than its limit loses its pattern and has it back for a slice of each
%% second, in which everything is told; in between its calls are counted by the emulator
%% (12 ns each) and cost nothing else. How many there were is told each second.
%%
%% Slices of different functions begin together, so that what belongs to one request is told whole.
%% A part of the owner, on whose state it works.
-module(elixirscope_thin).

-export([new/0, set/2, check/1, over/3, stand_ins/1, standing_in/1, counted/1, release/1]).

%% `left`: what is left of a second's worth of calls. `calls`: the emulator's count when it was looked at last, `at`.
%% `off`: that count when the pattern was taken away. `missed`: calls without a pattern since it was told last.
-type counted() :: #{spec := list(), limit := pos_integer(), counted := no | ours | theirs, left := number(),
                      calls := non_neg_integer(), at := integer(), thinned := boolean(), off := none | non_neg_integer(), missed := non_neg_integer()}.
-type thin() :: #{functions := #{mfa() => counted()}, watch := reference(), tick := non_neg_integer(), events := non_neg_integer()}.
-export_type([thin/0]).

-spec new() -> thin().
new() -> #{functions => #{}, watch => make_ref(), tick => 1, events => 0}.

%% Patterns that may stand in for one that was taken away, for the clean-up.
-spec stand_ins(map()) -> [elixirscope_plan:pattern()].
stand_ins(#{thin := #{functions := Functions}}) ->
    lists:append([in_place_of(MFA) || MFA <- maps:keys(Functions)]).

%% Those of them that do.
-spec standing_in(map()) -> [elixirscope_plan:pattern()].
standing_in(#{thin := #{functions := Functions}}) ->
    lists:append([in_place_of(MFA) || {MFA, #{thinned := true}} <- maps:to_list(Functions)]).

%% Functions whose calls are counted because of us.
-spec counted(map()) -> [mfa()].
counted(#{thin := #{functions := Functions}}) ->
    [MFA || {MFA, #{counted := ours}} <- maps:to_list(Functions)].

%% Patterns were set: those of ours that a busy application may have to do without. From `messages` on everything was asked for.
-spec set(elixirscope_plan:step(), map()) -> map().
set(#{level := Level, own := Own, flow := Flow}, #{thin_rate := Rate} = S) when Level =:= observe; Level =:= flows ->
    Entries = case Flow of {_, MFAs} -> MFAs; none -> [] end,
    Functions = [{MFA, function(Spec, limit(lists:member(MFA, Entries), Rate))}
                 || {{M, F, A} = MFA, Spec} <- Own, is_atom(F), is_integer(A), Rate =/= infinity, lists:member(M, modules()) orelse lists:member(MFA, Entries)],
    #{thin := Thin} = Released = release(S),
    count([telemetry], Released#{thin := Thin#{functions := maps:from_list(Functions)}});
set(_, S) ->
    release(S).

modules() -> [logger_backend | [Module || {_, Module} <- elixirscope_phoenix:modules()]].

%% What follows from an entry point is some dozen events.
limit(true, Rate) -> max(1, Rate div 5);
limit(false, Rate) -> Rate.

function(Spec, Limit) ->
    #{spec => Spec, limit => Limit, counted => no, left => Limit, calls => 0, at => erlang:monotonic_time(), thinned => false, off => none, missed => 0}.

%% The reaper has to know before anything is set.
count(Which, #{thin := #{functions := Functions} = Thin, backend := Backend} = S) ->
    case [MFA || {{M, _, _} = MFA, #{counted := no}} <- maps:to_list(Functions), Which =:= all orelse lists:member(M, Which)] of
        [] -> S;
        New ->
            known(New ++ counted(S), S),
            Counted = maps:from_list([{MFA, counting(Backend, MFA, maps:get(MFA, Functions))} || MFA <- New]),
            S1 = S#{thin := Thin#{functions := maps:merge(Functions, Counted)}},
            known(counted(S1), S1),
            S1
    end.

known(Counted, #{reaper := Reaper} = S) ->
    Reaper ! {es_thin, Counted, stand_ins(S)}.

%% Somebody else may count the same calls, on a node that has one counter only: then it is read and left alone.
counting(Backend, MFA, Function) ->
    At = erlang:monotonic_time(),
    case elixirscope_trace:calls(Backend, MFA) of
        none ->
            elixirscope_trace:count(Backend, MFA, true),
            Function#{counted := ours, calls := 0, at := At};
        Calls ->
            Function#{counted := theirs, calls := Calls, at := At}
    end.

%% Before other patterns are set, and at the end.
-spec release(map()) -> map().
release(#{thin := #{functions := Functions} = Thin, backend := Backend} = S) ->
    Thinned = [MFA || {MFA, #{thinned := true}} <- maps:to_list(Functions)],
    told([{MFA, tallied(Backend, MFA, maps:get(MFA, Functions))} || MFA <- Thinned], S),
    lists:foreach(fun(MFA) -> elixirscope_trace:repattern(Backend, gone(in_place_of(MFA))) end, Thinned),
    lists:foreach(fun(MFA) -> elixirscope_trace:count(Backend, MFA, false) end, counted(S)),
    S1 = S#{thin := Thin#{functions := #{}, watch := make_ref()}},
    _ = map_size(Functions) > 0 andalso known([], S1),
    S1.

%%% Looking, five times a second

%% To look costs up to 15 µs a function (OTP 25): where few events come, telemetry is looked at each second.
-spec check(map()) -> map().
check(#{breaker := closed, thin := #{functions := Functions, tick := Tick, events := Before} = Thin, alive := Counters} = S) when map_size(Functions) > 0 ->
    Events = atomics:get(Counters, 2),
    S1 = S#{thin := Thin#{tick := Tick + 1, events := Events}},
    case Events - Before >= 100 of
        true -> looked(Tick rem 5, count(all, S1));
        false when Tick rem 5 =:= 0 -> looked(0, S1);
        false -> S1
    end;
check(S) ->
    S.

looked(Phase, #{thin := #{functions := Functions} = Thin} = S) ->
    {Looked, Told} = maps:fold(fun(MFA, Function, Found) -> looked(MFA, Function, Phase, S, Found) end, {Functions, []}, Functions),
    told(Told, S),
    S#{thin := Thin#{functions := Looked}}.

looked(_, #{counted := no}, _, _, Found) ->
    Found;
looked(_, #{thinned := true}, Phase, _, Found) when Phase =/= 0 ->
    Found;
looked(MFA, #{thinned := Thinned, limit := Limit, left := Left} = Function, _, #{backend := Backend} = S, {Functions, Told}) ->
    {Calls, Missed, From, #{at := At} = Tallied} = tallied(Backend, MFA, Function),
    Allowed = Limit * (At - From) / 1000000000,
    Now = case Thinned of
              false when Left + Allowed < Calls -> off(MFA, Tallied#{thinned := true}, Backend);
              false -> Tallied#{left := min(Limit, Left + Allowed - Calls)};
              true when Calls * 1.25 =< Allowed -> on(MFA, Tallied#{thinned := false, left := Limit}, Backend);
              true -> slice(MFA, max(5, round(1000 * Allowed / Calls)), Tallied, S)
          end,
    {Functions#{MFA := Now}, case Thinned of true -> [{MFA, {Calls, Missed, From, Tallied}} | Told]; false -> Told end}.

%% What was called since the last look, and how much of it without a pattern.
tallied(Backend, MFA, #{calls := Before, at := From, off := Off, missed := Missed} = Function) ->
    At = erlang:monotonic_time(),
    Calls = calls(Backend, MFA, Before),
    Now = case Off of none -> Missed; _ -> Missed + Calls - Off end,
    {Calls - Before, Now, From, Function#{calls := Calls, at := At, missed := 0, off := case Off of none -> none; _ -> Calls end}}.

%% A count that is gone (code that was loaded anew) or was reset starts again with the next look.
calls(Backend, MFA, Before) ->
    case elixirscope_trace:calls(Backend, MFA) of
        none ->
            elixirscope_trace:count(Backend, MFA, true),
            Before;
        Calls -> max(Before, Calls)
    end.

%% Nearly a second is all of it.
slice(MFA, Ms, Function, #{thin := #{watch := Watch}, backend := Backend}) ->
    _ = Ms > 800 orelse erlang:send_after(Ms, self(), {es_slice_over, Watch, MFA}),
    on(MFA, Function, Backend).

%% For what stands in its place there may be two events in the moment of the change, rather than none.
on(MFA, #{spec := Spec, off := Off, calls := Calls, missed := Missed} = Function, Backend) ->
    elixirscope_trace:repattern(Backend, [{MFA, Spec}]),
    elixirscope_trace:repattern(Backend, gone(in_place_of(MFA))),
    case Off of
        none -> Function;
        _ ->
            Now = calls(Backend, MFA, Calls),
            Function#{off := none, missed := Missed + Now - Off}
    end.

off(MFA, #{calls := Before} = Function, Backend) ->
    elixirscope_trace:repattern(Backend, in_place_of(MFA)),
    elixirscope_trace:repattern(Backend, [{MFA, false}]),
    Function#{off := calls(Backend, MFA, Before)}.

-spec over(reference(), mfa(), map()) -> map().
over(Watch, MFA, #{thin := #{watch := Watch, functions := Functions} = Thin, backend := Backend} = S) ->
    case Functions of
        #{MFA := #{thinned := true, off := none} = Function} -> S#{thin := Thin#{functions := Functions#{MFA := off(MFA, Function, Backend)}}};
        #{} -> S
    end;
over(_, _, S) ->
    S.

told([], _) -> ok;
told(Told, S) ->
    From = lists:min([From || {_, {_, _, From, _}} <- Told]),
    To = lists:max([At || {_, {_, _, _, #{at := At}}} <- Told]),
    elixirscope_level:said([{thinned, From, To, [{MFA, Calls, Missed} || {MFA, {Calls, Missed, _, _}} <- Told]}], S).

%%% What must not be missed

%% Functions that are called where something failed, and tell of it meanwhile.
in_place_of({telemetry, execute, 3}) ->
    [{{'Elixir.Phoenix.Endpoint.RenderErrors', instrument_render_and_send, 5}, elixirscope_telemetry:rendered()}
     || has('Elixir.Phoenix.Endpoint.RenderErrors', {instrument_render_and_send, 5})];
in_place_of({logger_backend, call_handlers, 3}) ->
    [{{'Elixir.Logger.Translator', translate, 4}, elixirscope_logs:translated()}
     || has('Elixir.Logger.Translator', {translate, 4})];
in_place_of(_) ->
    [].

has(Module, Function) -> erlang:module_loaded(Module) andalso lists:member(Function, Module:module_info(functions)).

gone(Patterns) -> [{MFA, false} || {MFA, _} <- Patterns].
