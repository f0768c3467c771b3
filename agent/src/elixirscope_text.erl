%% The text of a module's source, and which of its lines can run. Modules are asked
%% for by names that come from outside: one that is no atom here, or not loaded, has
%% no text, and only the file that the module itself names is read. Runs in the
%% caller's process.
-module(elixirscope_text).

-export([texts/2]).

%% The longest source that is read, and the largest code that is looked into.
longest() -> 524288.
largest() -> 2097152.

%% `own`: what comes with Erlang, with Elixir or from a dependency is passed over.
-spec texts(all | own, [binary()]) -> [{binary(), map()}].
texts(Which, Names) ->
    [{Name, named(Which, Name)} || Name <- Names].

named(Which, Name) ->
    try binary_to_existing_atom(Name, utf8) of
        Module -> loaded(erlang:module_loaded(Module), Which, Module)
    catch
        error:_ -> #{reason => not_loaded}
    end.

loaded(false, _, _) -> #{reason => not_loaded};
loaded(true, Which, Module) ->
    Path = elixirscope_source:path(Module),
    case Which =:= own andalso is_library(Module, Path) of
        true -> #{reason => library};
        false -> maps:merge(#{source => Path, lines => lines(Module)}, text(Module, Path))
    end.

is_library(Module, Path) ->
    Roots = [code:root_dir() | [filename:dirname(Elixir) || Elixir <- [code:lib_dir(elixir)], is_list(Elixir)]],
    File = case code:which(Module) of Which when is_list(Which) -> Which; Special -> atom_to_list(Special) end,
    lists:member(Module, erlang:pre_loaded()) orelse lists:any(fun(Root) -> lists:prefix(Root ++ "/", File) end, Roots)
        orelse lists:member(<<"deps">>, filename:split(Path)).

text(Module, Path) ->
    case is_source(Path) andalso file:read_file_info(Path, [raw]) of
        false -> #{reason => no_file};
        {ok, Info} when element(3, Info) =/= regular -> #{reason => no_file};
        {ok, Info} ->
            case element(2, Info) > longest() of
                true -> #{reason => too_large};
                false -> (content(Path))#{changed => is_younger(element(6, Info), code:which(Module))}
            end;
        {error, Reason} -> #{reason => unread(Reason)}
    end.

%% A name that a module was given may be of anything; only what is named like a source is one.
is_source(Path) ->
    filename:pathtype(Path) =:= absolute
        andalso lists:member(filename:extension(Path), [<<".ex">>, <<".exs">>, <<".erl">>, <<".eex">>, <<".heex">>, <<".leex">>, <<".xrl">>, <<".yrl">>]).

%% No more than so much, however the file grows meanwhile.
content(Path) ->
    case file:open(Path, [read, raw, binary]) of
        {ok, File} ->
            Read = file:read(File, longest()),
            _ = file:close(File),
            case Read of
                {ok, Text} -> #{text => Text};
                eof -> #{text => <<>>};
                {error, Reason} -> #{reason => unread(Reason)}
            end;
        {error, Reason} -> #{reason => unread(Reason)}
    end.

unread(enoent) -> no_file;
unread(enotdir) -> no_file;
unread(_) -> unreadable.

%% Written since it was compiled: what runs is not what stands there.
is_younger(Written, Beam) when is_list(Beam) ->
    case file:read_file_info(Beam, [raw]) of
        {ok, Info} -> Written > element(6, Info);
        {error, _} -> false
    end;
is_younger(_, _) ->
    false.

%% The lines that get a probe at the level `lines`, or `unknown` without debug info.
lines(Module) ->
    try code:get_object_code(Module) of
        {Module, Beam, _} ->
            case byte_size(Beam) =< largest() andalso (code:module_md5(Beam) =:= Module:module_info(md5) orelse has_probes(Module)) of
                true -> forms(Module, elixirscope_source:debug_info(Beam));
                false -> unknown
            end;
        _ -> unknown
    catch
        error:_ -> unknown
    end.

has_probes(Module) -> lists:keymember(elixirscope_probes:function(), 1, Module:module_info(functions)).

forms(Module, {elixir, Map, Specs}) ->
    case elixir_erl:debug_info(erlang_v1, Module, {elixir_v1, Map, Specs}, maps:get(compile_opts, Map, [])) of
        {ok, Forms} -> probed(Forms, elixir);
        _ -> unknown
    end;
forms(_, {erlang, Forms, _}) -> probed(Forms, erlang);
forms(_, none) -> unknown.

probed(Forms, Language) ->
    lists:usort(places(elixirscope_probes:instrument(Forms, Language), elixirscope_probes:function(), [])).

places({call, _, {atom, Line, Probe}, _}, Probe, Found) -> [Line | Found];
places(Term, Probe, Found) when is_tuple(Term) -> places(tuple_to_list(Term), Probe, Found);
places([Head | Tail], Probe, Found) -> places(Tail, Probe, places(Head, Probe, Found));
places(_, _, Found) -> Found.
