%% What was asked for, checked before anything changes: the options of a start
%% and the request of a `trace` command. Runs in the caller's process, so that
%% loading a module or a slow code server never holds up the owner.
-module(elixirscope_plan).

-export([options/1, trace/1, flags/1]).

-type level() :: observe | messages | state | calls.
-type pattern() :: {mfa_pattern(), true | list()}.
-type mfa_pattern() :: {module(), atom(), arity() | '_'}.
%% `own`: those of the patterns that are ours (elixirscope_own); they come first. `states`: those of them for states.
-type plan() :: #{level := level(), scope := all | [pid()], patterns := [pattern()], own := [pattern()], states := [pattern()]}.
-export_type([level/0, pattern/0, mfa_pattern/0, plan/0]).

%% Sizes in bytes, times in milliseconds.
defaults() ->
    #{window_bytes => 16 * 1024 * 1024,
      batch_events => 512,
      batch_ms => 5,
      payload_bytes => 65536,
      mailbox_limit => 20000,
      memory_limit => 64 * 1024 * 1024,
      heartbeat_ms => 700,
      sample_ms => 1000,
      tracer => best}.

-spec options(map()) -> {ok, map()} | {error, {bad_option, term()}}.
options(Given) when is_map(Given) ->
    Options = maps:merge(defaults(), Given),
    case [Key || {Key, Value} <- maps:to_list(Options), not valid(Key, Value)] of
        _ when not is_map_key(scope, Options) -> {error, {bad_option, scope}};
        [] -> window(Options);
        [Key | _] -> {error, {bad_option, Key}}
    end;
options(_) ->
    {error, {bad_option, options}}.

valid(scope, Value) -> is_pid(Value);
valid(window_bytes, Value) -> at_least(65536, Value);
valid(batch_events, Value) -> at_least(1, Value) andalso Value =< 65536;
valid(batch_ms, Value) -> at_least(1, Value) andalso Value =< 1000;
valid(payload_bytes, Value) -> at_least(256, Value);
valid(mailbox_limit, Value) -> at_least(100, Value);
valid(memory_limit, Value) -> at_least(1024 * 1024, Value);
valid(heartbeat_ms, Value) -> at_least(50, Value);
valid(sample_ms, Value) -> at_least(0, Value);
valid(tracer, Value) -> Value =:= best orelse Value =:= legacy;
valid(_, _) -> false.

at_least(Least, Value) -> is_integer(Value) andalso Value >= Least.

%% One cut event must fit into the window.
window(#{payload_bytes := Payload, window_bytes := Window}) when Payload * 4 > Window ->
    {error, {bad_option, payload_bytes}};
window(Options) ->
    {ok, Options}.

%% Flags of a level. The timestamp flag makes the BEAM send `trace_ts` tuples.
-spec flags(off | level()) -> [atom()].
flags(off) -> [];
%% `call` costs nothing but at functions with a pattern; arguments come through match
%% specs, see elixirscope_own.
flags(observe) -> [procs, call, arity, monotonic_timestamp];
flags(_) -> [procs, send, 'receive', call, arity, monotonic_timestamp].

-spec trace(term()) -> {ok, plan()} | {error, term()}.
trace(Request) when is_map(Request) ->
    case maps:keys(maps:without([level, patterns, scope], Request)) of
        [] -> level(Request);
        [Key | _] -> {error, {bad_option, Key}}
    end;
trace(Request) ->
    {error, {bad_request, Request}}.

level(Request) ->
    case maps:get(level, Request, observe) of
        Level when Level =:= observe; Level =:= messages; Level =:= state; Level =:= calls ->
            with_scope(Level, Request);
        Level ->
            {error, {bad_level, Level}}
    end.

with_scope(Level, Request) ->
    case scope(maps:get(scope, Request, all)) of
        {ok, Scope} -> with_patterns(Level, Scope, maps:get(patterns, Request, []));
        {error, _} = Error -> Error
    end.

with_patterns(Level, Scope, Patterns) when is_list(Patterns) ->
    case patterns(Patterns, []) of
        {ok, Checked} -> with_own(Level, Scope, users(Level, Checked));
        {error, _} = Error -> Error
    end;
with_patterns(_, _, Patterns) ->
    {error, {bad_pattern, Patterns}}.

users(calls, Patterns) -> [{MFA, elixirscope_own:with_arguments(Spec)} || {MFA, Spec} <- Patterns];
users(_, _) -> [].

%% A pattern of the user's on one of our functions comes later, and stays.
with_own(Level, Scope, Users) ->
    case elixirscope_own:missing(Level) of
        Missing when Missing =/= [], Level =:= state ->
            {error, {no_state, Missing}};
        _ ->
            Own = elixirscope_own:patterns(Level),
            States = case Level =:= state orelse Level =:= calls of
                         true -> elixirscope_state:patterns(#{});
                         false -> []
                     end,
            {ok, #{level => Level, scope => Scope, patterns => Own ++ Users, own => Own, states => States}}
    end.

scope(all) -> {ok, all};
scope(List) when is_list(List) -> pids(List, []);
scope(Other) -> {error, {bad_scope, Other}}.

pids([], Found) ->
    {ok, lists:usort(Found)};
pids([Name | Rest], Found) when is_atom(Name) ->
    case whereis(Name) of
        Pid when is_pid(Pid) -> pids(Rest, [Pid | Found]);
        _ -> {error, {no_process, Name}}
    end;
pids([Pid | Rest], Found) when is_pid(Pid), node(Pid) =:= node() ->
    case is_process_alive(Pid) of
        true -> pids(Rest, [Pid | Found]);
        false -> {error, {no_process, Pid}}
    end;
pids([Other | _], _) ->
    {error, {no_process, Other}}.

patterns([], Checked) ->
    {ok, lists:reverse(Checked)};
patterns([{M, F, A, Spec} = Pattern | Rest], Checked)
  when is_atom(M), M =/= '_', is_atom(F), is_integer(A) orelse A =:= '_' ->
    case pattern(M, F, A, Spec) of
        ok -> patterns(Rest, [{{M, F, A}, Spec} | Checked]);
        {error, Reason} -> {error, {Reason, Pattern}}
    end;
patterns([Pattern | _], _) ->
    {error, {bad_pattern, Pattern}}.

pattern(M, F, A, Spec) ->
    case code:ensure_loaded(M) of
        {module, M} ->
            case has_function(M, F, A) of
                true -> match_spec(Spec);
                false -> {error, no_function}
            end;
        {error, _} ->
            {error, no_module}
    end.

has_function(_, '_', '_') -> true;
has_function(M, F, A) ->
    lists:any(fun({Name, Arity}) ->
                      (F =:= '_' orelse F =:= Name) andalso (A =:= '_' orelse A =:= Arity)
              end, M:module_info(functions)).

%% The emulator's own opinion, which differs between OTP versions.
match_spec(true) -> ok;
match_spec(Spec) when is_list(Spec) ->
    try erlang:match_spec_test([], Spec, trace) of
        {ok, _, _, _} -> ok;
        {error, Problems} -> {error, {bad_match_spec, Problems}}
    catch
        error:_ -> {error, bad_match_spec}
    end;
match_spec(_) -> {error, bad_match_spec}.
