%% Makes one module of all of the agent's modules, on the node and before it is
%% loaded. To remove a module the node looks at each of its processes; with
%% 100,000 processes that takes a fifth of a second for one module and three
%% seconds for ten, of which the clean-up has one.
-module(elixirscope_bundle).

-export([build/1]).

-type forms() :: [erl_parse:abstract_form()].

%% Takes the forms of every module and answers the code of `elixirscope_agent`,
%% in which function f of module m is called 'm:f'.
-spec build([forms()]) -> {ok, module(), binary()} | {error, list()}.
build(Sources) ->
    Functions = maps:from_list([{module_of(Forms), locals(Forms)} || Forms <- Sources]),
    Bodies = [body(Forms, Functions) || Forms <- Sources, module_of(Forms) =/= elixirscope_bundle],
    [Exports] = [Names || Forms <- Sources, module_of(Forms) =:= elixirscope_agent, {attribute, _, export, Names} <- Forms],
    Head = [{attribute, 1, module, elixirscope_agent}, {attribute, 1, export, Exports}],
    case compile:forms(Head ++ lists:append(Bodies), [binary, return_errors, deterministic, nowarn_unused_function]) of
        {ok, Module, Code} -> {ok, Module, Code};
        {error, Errors, _} -> {error, Errors}
    end.

module_of(Forms) ->
    hd([Module || {attribute, _, module, Module} <- Forms]).

locals(Forms) -> [{Name, Arity} || {function, _, Name, Arity, _} <- Forms].

body(Forms, Functions) ->
    Module = module_of(Forms),
    Own = maps:get(Module, Functions),
    [{function, Line, name(Module, Name), Arity, rename(Clauses, Module, Own, Functions)}
     || {function, Line, Name, Arity, Clauses} <- Forms].

name(elixirscope_agent, Name) -> Name;
name(Module, Name) -> list_to_atom(atom_to_list(Module) ++ ":" ++ atom_to_list(Name)).

rename({call, Line, {remote, _, {atom, _, M}, {atom, At, F}}, Arguments}, Module, Own, Functions) when is_map_key(M, Functions) ->
    {call, Line, {atom, At, name(M, F)}, rename(Arguments, Module, Own, Functions)};
rename({call, Line, {atom, At, F}, Arguments} = Call, Module, Own, Functions) ->
    Renamed = rename(Arguments, Module, Own, Functions),
    case lists:member({F, length(Arguments)}, Own) of
        true -> {call, Line, {atom, At, name(Module, F)}, Renamed};
        false -> setelement(4, Call, Renamed)
    end;
rename({'fun', Line, {function, F, Arity}}, Module, Own, _) ->
    case lists:member({F, Arity}, Own) of
        true -> {'fun', Line, {function, name(Module, F), Arity}};
        false -> {'fun', Line, {function, F, Arity}}
    end;
rename(Tuple, Module, Own, Functions) when is_tuple(Tuple) ->
    list_to_tuple(rename(tuple_to_list(Tuple), Module, Own, Functions));
rename([Head | Tail], Module, Own, Functions) ->
    [rename(Head, Module, Own, Functions) | rename(Tail, Module, Own, Functions)];
rename(Leaf, _, _, _) ->
    Leaf.
