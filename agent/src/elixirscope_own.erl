%% Our own call patterns: what each level wants to know that no trace flag tells.
%% Each is one function whose match spec sends `{es_<kind>, …}` with the call, so
%% that the event is of that kind and not a call, and no more of it is copied:
%% `{es_state, CallbackModule, State}`, else `{es_<kind>, Process, Tag, Data}`.
-module(elixirscope_own).

-export([patterns/1, late/2, missing/1, taken/2, with_arguments/1, functions/1]).

%% One for each function. They stand after the user's, so that a user's wildcard
%% (`gen_server`, any function) takes none of them away.
-spec patterns(elixirscope_plan:level()) -> [elixirscope_plan:pattern()].
patterns(Level) -> always() ++ otp(Level) ++ phoenix(Level).

%% What processes are called, what they log, children that come without a link.
always() -> elixirscope_names:patterns() ++ elixirscope_logs:patterns() ++ elixirscope_tree:patterns().

otp(Level) when Level =:= state; Level =:= calls; Level =:= lines ->
    elixirscope_state:patterns(#{}) ++ elixirscope_dispatch:patterns() ++ otp(messages);
otp(messages) -> elixirscope_timer:patterns() ++ elixirscope_monitors:patterns() ++ elixirscope_names:lookups();
otp(_) -> [].

%% Of Phoenix only what the node has; of an application that is there, also what has not been used yet.
phoenix(Level) ->
    lists:append([elixirscope_phoenix:patterns(Module, Level) || {Application, Module} <- elixirscope_phoenix:modules(),
                                                                 available(Application, Module)]).

available(Application, Module) ->
    erlang:module_loaded(Module)
        orelse application:get_key(Application, vsn) =/= undefined
        andalso code:ensure_loaded(Module) =:= {module, Module}.

%% Functions of a module, loaded where that is needed; none where the node has no
%% such module. The code server is asked only for what is not loaded: on a node that
%% is busy each question to it waits, and for a module that is nowhere it looks into
%% each folder of the code path. Hence none for Elixir's modules where there is no Elixir.
-spec functions(module()) -> [{atom(), arity()}].
functions(Module) ->
    case erlang:module_loaded(Module) orelse is_near(Module) andalso code:ensure_loaded(Module) =:= {module, Module} of
        true -> Module:module_info(functions);
        false -> []
    end.

is_near(Module) ->
    lists:sublist(atom_to_list(Module), 7) =/= "Elixir." orelse erlang:module_loaded(elixir).

%% Of modules that were loaded since `Patterns` were set: an application starts after us where its boot was held.
-spec late(elixirscope_plan:level() | off, [elixirscope_plan:pattern()]) -> [elixirscope_plan:pattern()].
late(off, _) ->
    [];
late(Level, Patterns) ->
    Set = [Module || {{Module, _, _}, _} <- Patterns],
    lists:append([elixirscope_phoenix:patterns(Module, Level) || {_, Module} <- elixirscope_phoenix:modules(),
                                                                 not lists:member(Module, Set), erlang:module_loaded(Module)]).

%% Of the user's patterns those that name a function of ours: it can have one match spec.
-spec taken([elixirscope_plan:pattern()], [elixirscope_plan:pattern()]) -> [elixirscope_plan:mfa_pattern()].
taken(Users, Own) ->
    [{M, F, A} || {{M, F, Any}, _} <- Users, F =/= '_', {{Module, Name, A}, _} <- Own,
                  M =:= Module, F =:= Name, Any =:= A orelse Any =:= '_'].

%% Modules of OTP that do not look as we know them, where a level needs them.
-spec missing(elixirscope_plan:level()) -> [module()].
missing(Level) when Level =:= state; Level =:= calls; Level =:= lines -> elixirscope_state:missing();
missing(_) -> [].

%% A user's match spec where the flag `arity` keeps the arguments out of the event:
%% the spec hands them over itself, and says who calls, from which line. Where there are none, `$_` must not be used: it
%% brings OTP 25 down (`size_object: bad tag for 0x0`).
-spec with_arguments(true | list()) -> list().
with_arguments(true) ->
    with_arguments([{'_', [], []}]);
with_arguments(Clauses) ->
    lists:append([with_arguments(Head, Guards, Body) || {Head, Guards, Body} <- Clauses]).

with_arguments(Head, Guards, Body) ->
    case lists:keymember(message, 1, [Action || Action <- Body, is_tuple(Action)]) of
        true -> [{Head, Guards, Body}];
        false when is_list(Head), Head =/= [] -> [{Head, Guards, [{message, {{es_args, '$_', {caller_line}}}} | Body]}];
        false when Head =:= [] -> [{[], Guards, [{message, {{es_args, [], {caller_line}}}} | Body]}];
        false -> with_arguments([], Guards, Body) ++ [{Head, Guards, [{message, {{es_args, '$_', {caller_line}}}} | Body]}]
    end.
