%% Where the functions of a module stand in its source, from the debug info of its
%% file. Runs in the caller's process.
-module(elixirscope_source).

-export([describe/1, path/1, beam/1, debug_info/1]).

%% A module that is not loaded any more is left out. Without debug info, or where
%% the file is not what was loaded, there are no functions.
-spec describe([module()]) -> [{module(), Source :: binary(), [{atom(), arity(), pos_integer()}]}].
describe(Modules) ->
    [{Module, path(Module), functions(Module)} || Module <- Modules, code:is_loaded(Module) =/= false].

%% Of the source where it was compiled, or <<>>.
-spec path(module()) -> binary().
path(Module) ->
    try unicode:characters_to_binary(proplists:get_value(source, Module:module_info(compile), "")) of
        Source when is_binary(Source) -> Source;
        _ -> <<>>
    catch
        error:_ -> <<>>
    end.

functions(Module) ->
    case beam(Module) of
        {ok, Beam} -> places(debug_info(Beam));
        {error, _} -> []
    end.

places({elixir, #{definitions := Definitions}, _}) ->
    [place(Name, Arity, Kind, Line) || {{Name, Arity}, Kind, Meta, _} <- Definitions,
                                       Line <- [proplists:get_value(line, Meta)], is_integer(Line), Line > 0];
places({erlang, Forms, _}) ->
    [{Name, Arity, erl_anno:line(At)} || {function, At, Name, Arity, _} <- Forms, erl_anno:line(At) > 0];
places(none) ->
    [].

place(Name, Arity, Kind, Line) when Kind =:= defmacro; Kind =:= defmacrop ->
    {list_to_atom("MACRO-" ++ atom_to_list(Name)), Arity + 1, Line};
place(Name, Arity, _, Line) ->
    {Name, Arity, Line}.

%% The file's code, if it is what is loaded.
-spec beam(module()) -> {ok, binary()} | {error, no_object_code | changed}.
beam(Module) ->
    try code:get_object_code(Module) of
        {Module, Beam, _} ->
            case code:module_md5(Beam) =:= Module:module_info(md5) of
                true -> {ok, Beam};
                false -> {error, changed}
            end;
        error ->
            {error, no_object_code}
    catch
        %% A path that is no file, such as that of a module made in memory.
        error:_ -> {error, no_object_code}
    end.

-spec debug_info(binary()) -> {elixir, map(), term()} | {erlang, [erl_parse:abstract_form()], list()} | none.
debug_info(Beam) ->
    case beam_lib:chunks(Beam, [debug_info]) of
        {ok, {_, [{debug_info, {debug_info_v1, elixir_erl, {elixir_v1, Map, Specs}}}]}} when is_map(Map) -> {elixir, Map, Specs};
        {ok, {_, [{debug_info, {debug_info_v1, erl_abstract_code, {Forms, Options}}}]}} when is_list(Forms) -> {erlang, Forms, Options};
        _ -> none
    end.
