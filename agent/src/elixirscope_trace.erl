%% The one place that touches trace flags and patterns: a session of our own on
%% OTP 27+, the node's single legacy tracer before that.
-module(elixirscope_trace).

-export([open/2, close/3, kind/1, apply_plan/4, flags_off/2, flags_on/3, join/3, leave/2, repattern/2, count/3, calls/2, is_traced/2, delivered/1, exclude/2, mark/2, intact/3, describe/1]).

-type backend() :: {session, term(), pid()} | {legacy, pid()}.
%% `scope`: everybody, or these and what they spawn. `watched`: those who spawn what may belong to it (elixirscope_scope).
-type tracing() :: #{flags := [atom()], scope := all | [pid()], sample := all | 0..10000, watched := [pid()],
                     patterns := [elixirscope_plan:pattern()]}.
-export_type([backend/0, tracing/0]).

%% Only the process that calls this may keep the backend: the session lives as
%% long as somebody holds its reference.
-spec open(pid(), legacy | best) -> {ok, backend()} | {error, {tracer_taken, pid() | port() | module(), binary()}}.
open(Tracer, best) ->
    _ = erlang:module_loaded(trace) orelse code:ensure_loaded(trace),
    case erlang:function_exported(trace, session_create, 3) of
        true -> {ok, {session, trace:session_create(elixirscope, Tracer, []), Tracer}};
        false -> open(Tracer, legacy)
    end;
open(Tracer, legacy) ->
    case foreign_tracer(Tracer) of
        none -> {ok, {legacy, Tracer}};
        {Pid, Description} -> {error, {tracer_taken, Pid, Description}}
    end.

-spec kind(backend()) -> session | legacy.
kind(Backend) -> element(1, Backend).

%% Removes all flags and exactly the patterns and counts that we set.
-spec close(backend() | none, [elixirscope_plan:pattern()], [mfa()]) -> ok.
close(none, _, _) ->
    ok;
close({session, Session, _}, _, _) ->
    try trace:session_destroy(Session) of _ -> ok catch error:_ -> ok end;
close({legacy, _} = Backend, Patterns, Counted) ->
    _ = clear_flags(Backend),
    elixirscope_unset:all([{canary_mfa(), true} | Patterns], Counted).

%% Goes from one tracing to another without a moment in which something that is
%% traced before and after would be missed. Who of the living does not belong to
%% a list any more is taken out by `leave`. Throws nothing: on a pattern that is
%% refused the old ones are put back.
-spec apply_plan(backend(), tracing(), tracing(), [pid()]) ->
          {ok, #{processes := non_neg_integer(), functions := non_neg_integer()}} | {error, term()}.
apply_plan(Backend, Old, New, Excluded) ->
    #{patterns := OldPatterns} = Old,
    #{patterns := NewPatterns} = New,
    Kept = [MFA || {MFA, _} <- NewPatterns],
    unset_patterns(Backend, [Pattern || {MFA, _} = Pattern <- OldPatterns, not lists:member(MFA, Kept)]),
    case set_patterns(Backend, NewPatterns, 0) of
        {ok, Functions} ->
            Processes = change_flags(Backend, Old, New, Excluded),
            {ok, #{processes => Processes, functions => Functions}};
        {error, _} = Error ->
            unset_patterns(Backend, NewPatterns),
            _ = set_patterns(Backend, OldPatterns, 0),
            Error
    end.

%% Everything off at once; patterns stay. For the circuit breaker.
-spec flags_off(backend(), tracing()) -> ok.
flags_off(Backend, _) ->
    clear_flags(Backend).

-spec flags_on(backend(), tracing(), [pid()]) -> non_neg_integer().
flags_on(Backend, Tracing, Excluded) ->
    change_flags(Backend, #{flags => [], scope => none, sample => all, watched => [], patterns => []}, Tracing, Excluded).

%% Some more of those who are traced with what they spawn.
-spec join(backend(), tracing(), [pid()]) -> non_neg_integer().
join(_, #{flags := []}, _) -> 0;
join(Backend, #{flags := Flags}, Pids) -> each(Backend, Pids, [set_on_spawn | Flags], 0).

-spec leave(backend(), [pid()]) -> ok.
leave(Backend, Pids) -> lists:foreach(fun(Pid) -> off(Backend, Pid) end, Pids).

%% Other match specs for functions that carry a pattern already.
-spec repattern(backend(), [elixirscope_plan:pattern()]) -> ok.
repattern(Backend, Patterns) ->
    lists:foreach(fun({MFA, Spec}) -> function(Backend, MFA, Spec) end, Patterns).

%% The emulator counts calls of a function, whoever makes them, or no more.
-spec count(backend(), mfa(), boolean()) -> ok.
count({session, Session, _}, MFA, How) ->
    _ = trace:function(Session, MFA, How, [call_count]),
    ok;
count({legacy, _}, MFA, How) ->
    _ = erlang:trace_pattern(MFA, How, [call_count]),
    ok.

-spec calls(backend(), mfa()) -> none | non_neg_integer().
calls(Backend, MFA) ->
    case info(Backend, MFA, call_count) of
        {call_count, Calls} when is_integer(Calls) -> Calls;
        _ -> none
    end.

%% Whether what we set on it is there: a pattern, or a count where it has to do without (elixirscope_thin).
-spec is_traced(backend(), mfa()) -> boolean().
is_traced(Backend, MFA) -> info(Backend, MFA, traced) =:= {traced, local} orelse calls(Backend, MFA) =/= none.

-spec exclude(backend(), pid()) -> ok.
exclude(Backend, Pid) ->
    off(Backend, Pid).

%% Asks for `{trace_delivered, all, Ref}`, which comes when every trace message
%% produced so far lies in the tracer's mailbox.
-spec delivered(backend()) -> reference().
delivered({session, Session, _}) -> trace:delivered(Session, all);
delivered({legacy, _}) -> erlang:trace_delivered(all).

%% Gives an idle process of ours a flag that makes no events, so that it can be
%% seen when somebody erases all flags or takes the tracer.
-spec mark(backend(), pid()) -> ok.
mark({session, _, _}, _) ->
    ok;
mark(Backend, Pid) ->
    _ = process(Backend, Pid, true, [monotonic_timestamp]),
    ok.

%% Whether nobody erased or took over what we set. Cheap: three look-ups, none
%% at a process that might be busy.
-spec intact(backend(), tracing(), pid()) -> boolean().
intact(_, #{flags := []}, _) ->
    true;
intact({session, _, Tracer} = Backend, #{scope := all}, _) ->
    info(Backend, new_processes, tracer) =:= {tracer, Tracer};
intact({session, _, _} = Backend, _, _) ->
    info(Backend, new_processes, flags) =/= gone;
intact({legacy, Tracer} = Backend, #{scope := Scope}, Marked) ->
    traced_by(Marked) =:= Tracer
        andalso (Scope =/= all orelse traced_by(new_processes) =:= Tracer)
        andalso info(Backend, canary_mfa(), traced) =:= {traced, local}.

canary_mfa() -> {elixirscope_agent, canary, 0}.

set_patterns(Backend, [], Count) ->
    _ = function(Backend, canary_mfa(), true),
    {ok, Count};
set_patterns(Backend, [{MFA, Spec} | Rest], Count) ->
    try function(Backend, MFA, Spec) of
        Functions -> set_patterns(Backend, Rest, Count + Functions)
    catch
        error:_ -> {error, {bad_match_spec, MFA}}
    end.

unset_patterns(Backend, Patterns) ->
    lists:foreach(fun({MFA, _}) -> function(Backend, MFA, false) end, Patterns).

%% Who is traced before and after keeps the flags all the time: they are given
%% first, and taken from others later (`leave`).
change_flags(Backend, #{scope := none}, New, Excluded) ->
    given(Backend, New, Excluded);
change_flags(Backend, _, #{flags := []}, _) ->
    clear_flags(Backend),
    0;
change_flags(Backend, #{flags := []}, New, Excluded) ->
    given(Backend, New, Excluded);
change_flags(Backend, #{flags := OldFlags, scope := OldScope} = Old, #{flags := Flags, scope := Scope} = New, Excluded) ->
    fewer(Backend, OldFlags -- Flags, OldScope, New),
    Count = given(Backend, New, Excluded),
    leave(Backend, (maps:get(watched, Old) -- maps:get(watched, New)) -- listed(Scope)),
    _ = case {OldScope, Scope} of
            {all, all} -> unsampled(Backend, Old, New);
            {all, _} -> process(Backend, new_processes, false, [all]);
            {_, all} -> process(Backend, existing, false, [set_on_spawn]);
            _ -> ok
        end,
    Count.

listed(all) -> processes();
listed(Pids) -> Pids.

unsampled(_, #{sample := Sample}, #{sample := Sample}) -> ok;
unsampled(Backend, _, #{sample := Sample}) -> leave(Backend, [Pid || Pid <- processes(), not elixirscope_scope:sampled(Pid, Sample)]).

%% In a session, taking one flag from new processes takes all of them (its tracer
%% is forgotten), hence the second step: it follows at once, and who was
%% spawned in between gets the flags with everybody else.
fewer(_, [], _, _) ->
    ok;
fewer(Backend, Superfluous, OldScope, #{scope := Scope, flags := Flags}) ->
    _ = OldScope =:= all andalso process(Backend, new_processes, false, Superfluous),
    _ = OldScope =:= all andalso Scope =:= all andalso process(Backend, new_processes, true, Flags),
    _ = process(Backend, existing, false, Superfluous),
    ok.

%% New processes first: whoever is spawned meanwhile has the flags already. One
%% by one, so that our own processes never have a flag and the node is not
%% stopped for it, as `all` would.
given(_, #{flags := []}, _) ->
    0;
given(Backend, #{flags := Flags, scope := all, sample := Sample}, Excluded) ->
    _ = process(Backend, new_processes, true, Flags),
    each(Backend, [Pid || Pid <- processes() -- Excluded, elixirscope_scope:sampled(Pid, Sample)], Flags, 0);
given(Backend, #{flags := Flags, scope := Pids, watched := Watched}, Excluded) ->
    _ = each(Backend, (Watched -- Pids) -- Excluded, [call, set_on_spawn, monotonic_timestamp], 0),
    each(Backend, Pids -- Excluded, [set_on_spawn | Flags], 0).

each(_, [], _, Count) ->
    Count;
each(Backend, [Pid | Rest], Flags, Count) ->
    try process(Backend, Pid, true, Flags) of
        N -> each(Backend, Rest, Flags, Count + N)
    catch
        error:_ -> each(Backend, Rest, Flags, Count)
    end.

clear_flags({session, _, _} = Backend) ->
    try process(Backend, all, false, [all]) of _ -> ok catch error:_ -> ok end;
clear_flags({legacy, Tracer} = Backend) ->
    case traced_by(new_processes) of
        Tracer -> _ = process(Backend, new_processes, false, [all]), ok;
        _ -> ok
    end,
    _ = process(Backend, existing, false, [all]),
    ok.

off(Backend, Pid) ->
    try process(Backend, Pid, false, [all]) of _ -> ok catch error:_ -> ok end.

process({session, Session, _}, What, How, Flags) ->
    trace:process(Session, What, How, Flags);
%% The tracer is named for removal too: the flags of others are spared then, and
%% what new processes get would lose its tracer without it.
process({legacy, Tracer}, What, How, Flags) ->
    erlang:trace(What, How, [{tracer, Tracer} | Flags]).

function({session, Session, _}, MFA, Spec) -> trace:function(Session, MFA, Spec, [local]);
function({legacy, _}, MFA, Spec) -> erlang:trace_pattern(MFA, Spec, [local]).

info({session, Session, _}, What, Item) ->
    try trace:info(Session, What, Item) catch error:_ -> gone end;
info({legacy, _}, What, Item) ->
    erlang:trace_info(What, Item).

%% Who else uses the legacy tracer. Asking each process for its tracer would mean
%% to wait until each is scheduled. Instead a flag without effect is tried: it is
%% refused where another tracer is.
foreign_tracer(Tracer) ->
    case traced_by(new_processes) of
        Other when Other =/= [], Other =/= Tracer -> {Other, describe(Other)};
        _ -> tried(processes() -- [Tracer, self()], Tracer)
    end.

tried([], _) ->
    none;
tried([Pid | Rest], Tracer) ->
    try
        _ = erlang:trace(Pid, true, [{tracer, Tracer}, monotonic_timestamp]),
        _ = erlang:trace(Pid, false, [monotonic_timestamp]),
        tried(Rest, Tracer)
    catch
        error:_ -> refused(Pid, Rest, Tracer)
    end.

refused(Pid, Rest, Tracer) ->
    case traced_by(Pid) of
        [] -> tried(Rest, Tracer);
        Tracer -> tried(Rest, Tracer);
        Other -> {Other, describe(Other)}
    end.

traced_by(Process) ->
    try erlang:trace_info(Process, tracer) of
        {tracer, Tracer} -> Tracer;
        undefined -> []
    catch
        error:_ -> []
    end.

%% Who it is, for a person.
-spec describe(term()) -> binary().
describe(Pid) when is_pid(Pid), node(Pid) =:= node() ->
    Facts = process_info(Pid, [registered_name, initial_call, current_function]),
    text("process ~0p ~0p", [Pid, Facts]);
describe(Other) ->
    text("~0p", [Other]).

text(Format, Arguments) ->
    unicode:characters_to_binary(io_lib:format(Format, Arguments)).
