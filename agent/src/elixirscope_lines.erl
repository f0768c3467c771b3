%% Line level: a module is rebuilt from its debug info with probes (elixirscope_probes)
%% and loaded in place of the original, which comes back at the end. At most two
%% versions of a module can be on a node, and whoever runs in the older one is killed
%% when a third comes: so nothing is loaded while somebody runs in old code.
-module(elixirscope_lines).

-export([trace/3, start/4, done/2, again/1, prepare/1, swap/3, patterns/1, restores/1]).

%% What is known of a module with probes: its own code, and that with probes.
-type hold() :: #{module := module(), original := binary(), md5 := binary(), probed := binary(), probed_md5 := binary()}.
%% What brings a module back, for whoever has no code of ours.
-type restore() :: {module(), Original :: binary(), ProbedMd5 :: binary()}.
-type reason() :: no_module | protected | no_object_code | changed | no_debug_info | on_load | nif | too_large | {compile, term()}
                | {in_use, [pid()]} | {load, term()}.
-export_type([hold/0, restore/0, reason/0]).


%%% In the caller of a command

%% The plan, with the lines of these modules; `Call` asks the owner. Refused with the
%% reason of each module, and nothing changed.
-spec trace(elixirscope_plan:plan(), term(), fun((term()) -> term())) -> {ok, map()} | {error, term()}.
trace(Plan, Modules, Call) when is_list(Modules) ->
    {ok, Held} = Call(lines),
    New = Modules -- [M || #{module := M} <- Held],
    Prepared = [{M, prepare(M)} || M <- lists:usort(New)],
    case {[{M, Reason} || {M, {error, Reason}} <- Prepared], [Hold || {_, {ok, Hold}} <- Prepared]} of
        {[], []} -> planned(Plan, Modules, [], Held, Call);
        {[], Holds} -> loaded(Call({lines, Holds, [], true}), Plan, Modules, Holds, Held, Call);
        {Refused, _} -> {error, {no_lines, Refused}}
    end;
trace(_, Modules, _) ->
    {error, {bad_lines, Modules}}.

loaded({ok, []}, Plan, Modules, New, Held, Call) -> planned(Plan, Modules, New, Held, Call);
loaded({ok, Refused}, _, _, _, _, _) -> {error, {no_lines, Refused}};
loaded({error, _} = Error, _, _, _, _, _) -> Error.

planned(#{steps := [Top | Lower]} = Plan, Modules, New, Held, Call) ->
    Lines = patterns(lists:usort(Modules)),
    %% With flows and without.
    Probed = maps:map(fun(Key, Patterns) when Key =:= patterns; Key =:= own; Key =:= plain; Key =:= plain_own -> Lines ++ Patterns;
                         (_, Other) -> Other
                      end, Top),
    case Call({trace, Plan#{steps := [Probed | Lower]}}) of
        {ok, _} = Ok -> unloaded([Hold || #{module := M} = Hold <- Held, not lists:member(M, Modules)], Ok, Call);
        {error, _} = Error -> unloaded(New, Error, Call)
    end.

unloaded([], Answer, _) ->
    Answer;
unloaded(Holds, Answer, Call) ->
    _ = Call({lines, [], Holds, false}),
    Answer.

%%% A part of the owner, on whose state it works: `lines` has what is loaded with
%%% probes, `loader` the process that changes it

%% Owner and reaper know of a module before it is touched.
-spec start([hold()], [hold()], boolean(), map()) -> {ok, map()} | {error, busy}.
start(Load, Back, Undo, #{loader := none, lines := Lines} = S) ->
    Held = maps:merge(Lines, maps:from_list([{M, Hold} || #{module := M} = Hold <- Load])),
    {ok, work(fun() -> {loaded, swap(Load, Back, Undo), [M || #{module := M} <- Back]} end, S#{lines := Held})};
start(_, _, _, _) ->
    {error, busy}.

work(Fun, #{lines := Lines, reaper := Reaper, tracer := Tracer, observer := Observer, system := System, backend := Backend} = S) ->
    {Pid, _} = spawn_opt(fun() -> receive es_go -> exit({es_done, Fun()}) end end, [monitor, {priority, high}]),
    elixirscope_trace:exclude(Backend, Pid),
    Reaper ! {es_lines, restores(maps:values(Lines))},
    Reaper ! {es_pids, [Pid, Tracer, System, Observer]},
    Pid ! es_go,
    S#{loader := Pid}.

%% What the loader did: modules that were refused, or a module rebuilt.
-spec done(term(), map()) -> {[{module(), reason()}], map()}.
done({es_done, {loaded, Refused, Back}}, #{lines := Lines} = S) ->
    {Refused, held(maps:without([M || {M, _} <- Refused] ++ Back, Lines), S)};
done({es_done, {rebuilt, _, {ok, Hold}}}, S) ->
    {ok, S1} = start([Hold], [], false, S#{loader := none}),
    {[], S1};
done({es_done, {rebuilt, Module, {error, Reason}}}, #{lines := Lines} = S) ->
    elixirscope_level:said([{lines_lost, [{Module, Reason}]}], S),
    {[{Module, Reason}], held(maps:remove(Module, Lines), S)};
done(Crash, S) ->
    {[{none, {load, Crash}}], S#{loader := none}}.

held(Lines, #{reaper := Reaper, backend := Backend} = S) ->
    Reaper ! {es_lines, restores(maps:values(Lines))},
    elixirscope_reload:check(Backend, S#{lines := Lines, loader := none}).

%% A module with probes was loaded anew by somebody: the new code gets them, too.
-spec again(map()) -> map().
again(#{loader := none, lines := Lines} = S) when map_size(Lines) > 0 ->
    case [M || #{module := M, probed_md5 := Md5} <- maps:values(Lines), loaded_md5(M) =/= Md5] of
        [] -> S;
        [Module | _] -> work(fun() -> {rebuilt, Module, prepare(Module)} end, S)
    end;
again(S) ->
    S.

loaded_md5(Module) ->
    try erlang:get_module_info(Module, md5) catch error:_ -> none end.

%%% Rebuilding

%% Rebuilds a module; nothing is loaded. In a process of its own, so that a module
%% that takes too long or too much costs no more than this.
-spec prepare(module()) -> {ok, hold()} | {error, reason()}.
prepare(Module) ->
    Ref = make_ref(),
    Self = self(),
    Heap = #{size => 64 * 1024 * 1024, kill => true, error_logger => false},
    {Pid, Monitor} = spawn_opt(fun() -> Self ! {Ref, prepared(Module)} end, [monitor, {max_heap_size, Heap}]),
    receive
        {Ref, Answer} ->
            erlang:demonitor(Monitor, [flush]),
            Answer;
        {'DOWN', Monitor, process, _, killed} ->
            {error, too_large};
        {'DOWN', Monitor, process, _, Reason} ->
            {error, {compile, Reason}}
    after 15000 ->
        erlang:demonitor(Monitor, [flush]),
        exit(Pid, kill),
        {error, too_large}
    end.

prepared(Module) ->
    case code:ensure_loaded(Module) of
        {module, Module} -> allowed(is_protected(Module), Module);
        {error, _} -> {error, no_module}
    end.

allowed(true, _) ->
    {error, protected};
allowed(false, Module) ->
    case elixirscope_source:beam(Module) of
        {ok, Beam} when byte_size(Beam) > 8388608 -> {error, too_large};
        {ok, Beam} -> rebuilt(Module, Beam, elixirscope_source:debug_info(Beam));
        {error, _} = Error -> Error
    end.

%% What the node itself stands on, and ours.
is_protected(Module) ->
    code:is_sticky(Module) orelse lists:member(Module, erlang:pre_loaded())
        orelse lists:member(application_of(code:which(Module)), ["erts", "kernel", "stdlib", "compiler", "elixir", "logger"])
        orelse lists:prefix("elixirscope_", atom_to_list(Module)).

application_of(File) when is_list(File) ->
    case lists:reverse(filename:split(File)) of
        [_, "ebin", Folder | _] -> hd(string:split(Folder, "-"));
        _ -> none
    end;
application_of(_) -> none.

rebuilt(_, _, none) ->
    {error, no_debug_info};
rebuilt(Module, Beam, {elixir, Map, Specs}) ->
    Options = maps:get(compile_opts, Map, []),
    case elixir_erl:debug_info(erlang_v1, Module, {elixir_v1, Map, Specs}, Options) of
        {ok, Forms} -> compiled(Module, Beam, Forms, elixir, Options);
        _ -> {error, no_debug_info}
    end;
rebuilt(Module, Beam, {erlang, Forms, Options}) ->
    compiled(Module, Beam, Forms, erlang, Options).

compiled(Module, Beam, Forms, Language, Options) ->
    case hazard(Forms) of
        none ->
            Probed = elixirscope_probes:instrument(kept(Forms, Module), Language),
            All = options(Options ++ lists:append([attribute(O) || {attribute, _, compile, O} <- Forms])),
            Source = [{source, S} || {source, S} <- Module:module_info(compile)],
            result(Module, Beam, compile:noenv_forms(Probed, [binary, return_errors | Source ++ All]));
        Reason ->
            {error, Reason}
    end.

attribute(Options) when is_list(Options) -> Options;
attribute(Option) -> [Option].

result(Module, Beam, {ok, Module, Code}) ->
    {ok, #{module => Module, original => Beam, md5 => Module:module_info(md5), probed => Code,
           probed_md5 => code:module_md5(Code)}};
result(Module, Beam, {ok, Module, Code, _}) ->
    result(Module, Beam, {ok, Module, Code});
result(_, _, Failed) ->
    {error, {compile, Failed}}.

%% Code that acts when it is loaded, and code that is not in the forms.
hazard(Forms) ->
    case {[on_load || {attribute, _, on_load, _} <- Forms], [nif || {attribute, _, nifs, _} <- Forms] ++ [nif || loads_nif(Forms)]} of
        {[], []} -> none;
        {[], _} -> nif;
        {_, _} -> on_load
    end.

loads_nif({remote, _, {atom, _, erlang}, {atom, _, load_nif}}) -> true;
loads_nif(Tuple) when is_tuple(Tuple) -> loads_nif(tuple_to_list(Tuple));
loads_nif([Head | Tail]) -> loads_nif(Head) orelse loads_nif(Tail);
loads_nif(_) -> false.

%% Exports, version and source stay what they are; the compiler's attributes become
%% options, since among them are some that would put the probes out of their place.
kept(Forms, Module) ->
    Exports = Module:module_info(exports) -- [{module_info, 0}, {module_info, 1}],
    Kept = [Form || Form <- Forms, element(1, Form) =:= attribute orelse element(1, Form) =:= function,
                    not lists:member(element(3, Form), [compile, export]) orelse element(1, Form) =:= function],
    {Head, [{attribute, At, module, _} = Name | Tail]} = lists:splitwith(fun(F) -> element(3, F) =/= module end, Kept),
    Version = case [V || {attribute, _, vsn, V} <- Forms] of
                  [] -> [{attribute, At, vsn, V} || {vsn, V} <- Module:module_info(attributes)];
                  _ -> []
              end,
    Head ++ [Name, {attribute, At, export, Exports} | Version] ++ Tail.

%% Those that say how code is made. `inline` as a whole would take the probes apart.
options(Options) ->
    lists:usort([Option || Option <- Options, is_kept(Option)]).

is_kept({no_auto_import, _}) -> true;
is_kept({inline, Functions}) -> is_list(Functions);
is_kept(Option) ->
    lists:member(Option, [no_auto_import, no_copt, no_ssa_opt, no_type_opt, no_bool_opt, no_bsm_opt, no_fun_opt, no_recv_opt, no_line_info,
                          tuple_calls, deterministic]).

-spec patterns([module()]) -> [elixirscope_plan:pattern()].
patterns(Modules) ->
    [{{M, elixirscope_probes:function(), '_'}, elixirscope_probes:spec()} || M <- Modules].

-spec restores([hold()]) -> [restore()].
restores(Holds) ->
    [{M, Original, Md5} || #{module := M, original := Original, probed_md5 := Md5} <- Holds].

%%% Loading, in a process that the owner and the reaper know

%% Loads some with probes and brings others back. `Undo`: where one cannot be loaded
%% those before it are brought back as well. Answers which are not loaded, and why.
-spec swap([hold()], [hold()], boolean()) -> [{module(), reason()}].
swap(Load, Back, Undo) ->
    lists:foreach(fun back/1, Back),
    swapped(Load, [], Undo).

swapped([], _, _) ->
    [];
swapped([#{module := Module} = Hold | Rest], Done, Undo) ->
    case {load(Hold), Undo} of
        {ok, _} ->
            swapped(Rest, [Hold | Done], Undo);
        {{error, Reason}, true} ->
            lists:foreach(fun back/1, Done),
            [{Module, Reason} | [{M, {in_use, []}} || #{module := M} <- Rest ++ Done]];
        {{error, Reason}, false} ->
            [{Module, Reason} | swapped(Rest, Done, Undo)]
    end.

%% The original takes the place of itself first: whoever still runs in the code that
%% was there shows then, while nothing has changed, and can be left alone. With
%% nobody in it, there is room for the original to come back at any time.
load(#{module := Module, original := Original, md5 := Md5, probed := Probed}) ->
    case erlang:get_module_info(Module, md5) of
        Md5 ->
            case in_place(Module, Original) of
                %% Should somebody have entered the original in this moment, it comes back when they have left.
                ok -> probed(in_place(Module, Probed));
                {error, _} = Error -> Error
            end;
        _ ->
            {error, changed}
    end.

probed({error, {in_use, _}}) -> ok;
probed(Answer) -> Answer.

in_place(Module, Code) ->
    case free(Module, 20) of
        true ->
            case erlang:load_module(Module, Code) of
                {module, Module} -> freed(free(Module, 20), Module);
                {error, Reason} -> {error, {load, Reason}}
            end;
        false ->
            freed(false, Module)
    end.

freed(true, _) -> ok;
freed(false, Module) -> {error, {in_use, lists:sublist([P || P <- processes(), P =/= self(), erlang:check_process_code(P, Module)], 5)}}.

%% Never a hard purge: it kills.
free(Module, Left) ->
    case erts_code_purger:soft_purge(Module) of
        true -> true;
        false when Left > 0 -> receive after 10 -> free(Module, Left - 1) end;
        false -> false
    end.

%% Not where other code has come meanwhile.
back(#{module := Module, original := Original, probed_md5 := Md5}) ->
    try erlang:get_module_info(Module, md5) of
        Md5 ->
            true = free(Module, 100),
            {module, Module} = erlang:load_module(Module, Original),
            _ = free(Module, 0),
            ok;
        _ -> ok
    catch
        error:_ -> ok
    end.
