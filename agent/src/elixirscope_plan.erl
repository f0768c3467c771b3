%% What was asked for, checked before anything changes: the options of a start
%% and the request of a `trace` command. Runs in the caller's process, so that
%% loading a module or a slow code server never holds up the owner.
-module(elixirscope_plan).

-export([options/1, trace/1, patterns/1, flags/1]).

-type level() :: observe | flows | messages | state | calls | lines.
-type pattern() :: {mfa_pattern(), true | list()}.
-type mfa_pattern() :: {module(), atom(), arity() | '_'}.
%% What one level traces. `own`: those of the patterns that are ours (elixirscope_own); they come last. `states`: those
%% of them for states. `flow`: the label and the entry points of flows; `plain`, `plain_own`: without them.
-type step() :: #{level := level(), flags := [atom()], patterns := [pattern()], own := [pattern()], states := [pattern()],
                  plain := [pattern()], plain_own := [pattern()], flow := none | {Label :: integer(), Entries :: [mfa_pattern()]}}.
%% The level that is wanted and those below it, to be stepped down to. `calls`: so many a second of a function;
%% `told`: so many of a function of our own (elixirscope_thin); `flows`: every n-th. `missing`: modules of entry points that may come later.
%% `below`: names below which modules that come later are meant. `budget` stays what it was where none is given.
-type plan() :: #{level := level(), steps := [step()], scope := elixirscope_scope:scope(), census := elixirscope_scope:census(),
                  calls := infinity | pos_integer(), told := infinity | pos_integer(), flows := pos_integer(), missing := [module()],
                  below := elixirscope_reload:below(), budget := keep | elixirscope_budget:budget(), tokens := tokens()}.
%% Entry points of flows; `required`: without them the request is refused where another tool holds the system tracer.
-type tokens() :: none | #{label := integer(), entries := [elixirscope_flow:entry()], nth := pos_integer(), required := boolean()}.
-export_type([level/0, pattern/0, mfa_pattern/0, step/0, plan/0]).

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
      budget => #{},
      sample_budget_ms => 10,
      system_monitor => #{},
      tracer => best,
      who => <<>>}.

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
valid(budget, Value) -> element(1, elixirscope_budget:check(Value)) =:= ok;
valid(sample_budget_ms, Value) -> at_least(1, Value) andalso Value =< 1000;
valid(system_monitor, Value) -> elixirscope_system:valid(Value);
valid(who, Value) -> is_binary(Value) andalso byte_size(Value) =< 1024;
valid(tracer, Value) -> Value =:= best orelse Value =:= legacy;
valid(_, _) -> false.

at_least(Least, Value) -> is_integer(Value) andalso Value >= Least.

%% One cut event must fit into the window.
window(#{payload_bytes := Payload, window_bytes := Window}) when Payload * 4 > Window ->
    {error, {bad_option, payload_bytes}};
window(#{budget := Given} = Options) ->
    {ok, Budget} = elixirscope_budget:check(Given),
    {ok, Options#{budget := Budget}}.

%% Flags of a level. The timestamp flag makes the BEAM send `trace_ts` tuples.
-spec flags(off | level()) -> [atom()].
flags(off) -> [];
%% `call` costs nothing but at functions with a pattern; arguments come through match
%% specs, see elixirscope_own.
flags(Level) when Level =:= observe; Level =:= flows -> [procs, call, arity, monotonic_timestamp];
flags(_) -> [procs, send, 'receive', call, arity, monotonic_timestamp].

-spec trace(term()) -> {ok, plan()} | {error, term()}.
trace(Request) when is_map(Request) ->
    case maps:keys(maps:without([level, patterns, scope, except, sample, budget, later, flows, flow_label, below], Request)) of
        [] -> below(maps:get(below, Request, []), level(Request));
        [Key | _] -> {error, {bad_option, Key}}
    end;
trace(Request) ->
    {error, {bad_request, Request}}.

%% Modules that come later, by the names that they are below.
below(Below, {ok, Plan}) when is_list(Below) ->
    case [Bad || Bad <- Below, not is_below(Bad)] of
        [] -> {ok, Plan#{below => [{Prefix, elixirscope_own:with_arguments(Spec)} || {Prefix, Spec} <- Below]}};
        [Bad | _] -> {error, {bad_pattern, Bad}}
    end;
below(_, {ok, _}) ->
    {error, {bad_option, below}};
below(_, Error) ->
    Error.

is_below({Prefix, Spec}) -> is_binary(Prefix) andalso match_spec(Spec) =:= ok;
is_below(_) -> false.

level(Request) ->
    Level = maps:get(level, Request, observe),
    case lists:member(Level, levels()) of
        true -> with_scope(Level, Request);
        false -> {error, {bad_level, Level}}
    end.

%% From most to least.
levels() -> [lines, calls, state, messages, flows, observe].

with_scope(Level, Request) ->
    case {elixirscope_scope:check(Request), sampling(maps:get(sample, Request, #{})), budget(Request)} of
        {{ok, Scope}, {ok, Sampling}, {ok, Budget}} ->
            Plan = Sampling#{level => Level, scope => Scope, census => census(Scope), budget => Budget},
            with_tokens(Request, Plan);
        {{error, _} = Error, _, _} -> Error;
        {_, {error, _} = Error, _} -> Error;
        {_, _, Error} -> Error
    end.

sampling(Sample) when is_map(Sample) ->
    Known = #{pids => all, calls => infinity, told => 2000, flows => 1},
    case maps:merge(Known, Sample) of
        #{calls := Calls, told := Told, flows := Flows} = Merged
          when map_size(Merged) =:= 4, Calls =:= infinity orelse (is_integer(Calls) andalso Calls > 0),
               Told =:= infinity orelse (is_integer(Told) andalso Told > 0), is_integer(Flows), Flows > 0, Flows =< 16#fffff ->
            {ok, #{calls => Calls, told => Told, flows => Flows}};
        _ ->
            {error, {bad_sample, Sample}}
    end;
sampling(Sample) ->
    {error, {bad_sample, Sample}}.

budget(#{budget := Budget}) -> elixirscope_budget:check(Budget);
budget(_) -> {ok, keep}.

%% The owner decides only on who comes after this.
census(Scope) ->
    case elixirscope_scope:is_family(Scope) of
        true -> elixirscope_scope:census(Scope, #{}, processes());
        false -> #{}
    end.

with_tokens(Request, #{level := Level} = Asking) ->
    {Least, Greatest} = elixirscope_flow:labels(),
    Label = maps:get(flow_label, Request, Least),
    Asked = case Level of observe -> []; _ -> maps:get(flows, Request, []) end,
    Entered = elixirscope_flow:entries(Asked),
    Plan = Asking#{missing => case Entered of {ok, _} -> elixirscope_flow:missing(Asked); _ -> [] end},
    case Entered of
        _ when not is_integer(Label); Label < Least; Label > Greatest -> {error, {bad_option, flow_label}};
        {ok, []} -> with_patterns(Plan#{tokens => none}, maps:get(patterns, Request, []));
        {ok, Entries} ->
            Required = Level =:= flows orelse lists:keymember(required, 6, Asked),
            with_patterns(Plan#{tokens => #{label => Label, entries => Entries, nth => maps:get(flows, Plan), required => Required}}, maps:get(patterns, Request, []));
        {error, _} = Error -> Error
    end.

with_patterns(Plan, Patterns) when is_list(Patterns) ->
    case patterns(Patterns, []) of
        {ok, Checked} -> with_steps(Plan, Checked);
        {error, _} = Error -> Error
    end;
with_patterns(_, Patterns) ->
    {error, {bad_pattern, Patterns}}.

with_steps(#{level := Level, tokens := Tokens} = Plan, Patterns) ->
    case {elixirscope_own:missing(Level), elixirscope_own:taken(entries(Tokens) ++ users(Level, Plan, Patterns), elixirscope_own:patterns(Level))} of
        {Missing, _} when Missing =/= [], Level =:= state -> {error, {no_state, Missing}};
        {_, [Taken | _]} -> {error, {own_function, Taken}};
        _ ->
            Plugs = plugs(Level),
            {ok, Plan#{steps => [step(Step, Patterns, Plugs, Plan) || Step <- lists:dropwhile(fun(L) -> L =/= Level end, levels()),
                                                                      Step =/= flows orelse Level =:= flows orelse Tokens =/= none]}}
    end.

%% Looked for once, and only where states are wanted: a connection is the state of a request.
plugs(Level) when Level =:= state; Level =:= calls; Level =:= lines -> elixirscope_plugs:patterns();
plugs(_) -> [].

%% Ours come last: a wildcard of the user's takes none of them away. But plugs are functions of the application: there the
%% user's go before.
step(Level, Patterns, Found, #{scope := Scope, tokens := Tokens} = Plan) ->
    Flags = flags(Level),
    Own = elixirscope_own:patterns(Level) ++ elixirscope_scope:own_patterns(Scope, Flags),
    States = case lists:member(Level, [state, calls, lines]) of
                 true -> elixirscope_state:patterns(#{});
                 false -> []
             end,
    Plugs = case States of [] -> []; _ -> Found end,
    Users = users(Level, Plan, Patterns),
    with_flow(Level, Tokens, Users, #{level => Level, flags => Flags, patterns => Plugs ++ Users ++ Own, own => Plugs ++ Own, states => States,
                                      plain => Plugs ++ Users ++ Own, plain_own => Plugs ++ Own, flow => none}).

%% Those that somebody named.
entries(none) -> [];
entries(#{entries := Entries}) -> [{MFA, Spec} || {MFA, _, Spec} <- Entries].

%% What is not the user's is ours.
with_flow(Level, Tokens, _, Step) when Level =:= observe; Tokens =:= none ->
    Step;
with_flow(_, #{label := Label, entries := Entries, nth := Nth}, Users, #{plain := Plain} = Step) ->
    Patterns = elixirscope_flow:patterns(Entries, Label, Nth, Plain),
    Step#{patterns := Patterns, flow := {Label, lists:usort([MFA || {MFA, _, _} <- Entries])},
          own := [Pattern || {MFA, _} = Pattern <- Patterns, not lists:keymember(MFA, 1, Users)]}.

%% What was asked for has the user's patterns at any level; a level below does without.
users(Level, #{level := Level}, Patterns) -> [{MFA, elixirscope_own:with_arguments(Spec)} || {MFA, Spec} <- Patterns];
users(calls, #{level := lines} = Plan, Patterns) -> users(calls, Plan#{level := calls}, Patterns);
users(_, _, _) -> [].

%% As the user's patterns are checked.
-spec patterns(list()) -> {ok, [pattern()]} | {error, term()}.
patterns(Patterns) -> patterns(Patterns, []).

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
    case erlang:module_loaded(M) orelse code:ensure_loaded(M) =:= {module, M} of
        true ->
            case has_function(M, F, A) of
                true -> match_spec(Spec);
                false -> {error, no_function}
            end;
        false ->
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
