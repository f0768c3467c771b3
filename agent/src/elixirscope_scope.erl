%% Who is traced: everybody, or some processes with all that they spawn; who
%% never is; and which part of them, by hash of the pid.
-module(elixirscope_scope).

-export([check/1, is_family/1, census/3, members/1, watched/1, anchors/1, sampled/2, own_patterns/2]).

%% `{app, A}`: the processes of an application. `{in, M}`: those whose initial
%% call, name or label is the module M or one below it. `{under, S}`: a supervisor
%% and what is below it. Each with all that they spawn.
-type element() :: pid() | atom() | {app, atom()} | {in, binary()} | {under, pid() | atom()}.
%% `sample`: so many of 10,000 processes. `later`: names and applications may be missing yet.
-type scope() :: #{only := all | [element()], except := [element()], sample := all | 0..10000, later := boolean()}.
-type census() :: #{pid() => boolean()}.
-export_type([scope/0, census/0]).

%% Runs in the caller's process, and so does the first census.
-spec check(map()) -> {ok, scope()} | {error, term()}.
check(Request) ->
    Only = maps:get(scope, Request, all),
    Except = maps:get(except, Request, []),
    Sample = maps:get(pids, maps:get(sample, Request, #{}), all),
    Later = maps:get(later, Request, false) =:= true,
    try
        {ok, #{only => case Only of all -> all; _ -> elements(Only, Later) end,
               except => elements(Except, true),
               sample => ratio(Sample), later => Later}}
    catch
        throw:Reason -> {error, Reason}
    end.

ratio(all) -> all;
ratio(Ratio) when is_integer(Ratio), Ratio >= 0, Ratio =< 10000 -> Ratio;
ratio(Ratio) -> throw({bad_sample, Ratio}).

elements(List, Later) when is_list(List) -> lists:usort([entry(Element, Later) || Element <- List]);
elements(Other, _) -> throw({bad_scope, Other}).

entry(Name, Later) when is_atom(Name) ->
    Later orelse is_pid(whereis(Name)) orelse throw({no_process, Name}),
    Name;
entry(Pid, _) when is_pid(Pid), node(Pid) =:= node() ->
    is_process_alive(Pid) orelse throw({no_process, Pid}),
    Pid;
entry({under, Top}, Later) when is_atom(Top); is_pid(Top) ->
    {under, entry(Top, Later)};
entry({app, Name}, Later) when is_atom(Name) ->
    Later orelse is_known(Name) orelse throw({no_application, Name}),
    {app, Name};
entry({in, Module}, _) when is_binary(Module) ->
    {in, Module};
entry(Other, _) ->
    throw({no_process, Other}).

%% One that was not started yet is as good as one that is running.
is_known(Name) ->
    application:get_key(Name, vsn) =/= undefined
        orelse code:where_is_file(atom_to_list(Name) ++ ".app") =/= non_existing.

%% Whether some are traced with what they spawn, and not all with all that comes.
-spec is_family(scope()) -> boolean().
is_family(#{only := all, except := []}) -> false;
is_family(_) -> true.

-spec members(census()) -> [pid()].
members(Census) -> [Pid || {Pid, true} <- maps:to_list(Census)].

%%% Census

%% Decides on those that are not decided on yet. The parents of a process count
%% as well, so that whoever was spawned by one of the family belongs to it also
%% where that was before the tracing began.
-spec census(scope(), census(), [pid()]) -> census().
census(#{only := Only, except := Except}, Known, Pids) ->
    Masters = elixirscope_tree:masters(),
    Wanted = rule(Only, Masters),
    Unwanted = rule(Except, Masters),
    Undecided = [Pid || Pid <- Pids, not is_map_key(Pid, Known)],
    {Census, _, _} = lists:foldl(
                       fun(Pid, {Found, In, Out}) ->
                               {IsIn, In1} = belongs(Pid, Wanted, In),
                               {IsOut, Out1} = belongs(Pid, Unwanted, Out),
                               {Found#{Pid => IsIn andalso not IsOut}, In1, Out1}
                       end, {Known, #{}, #{}}, Undecided),
    Census.

%% What is compared with, looked up once.
rule(all, _) ->
    all;
rule(Elements, Masters) ->
    Tops = lists:append([top(Element) || Element <- Elements]),
    Apps = [App || {app, App} <- Elements],
    #{tops => maps:from_list([{Top, true} || Top <- Tops]),
      leaders => maps:from_list([{Master, true} || {Master, App} <- maps:to_list(Masters), lists:member(App, Apps)]),
      prefixes => [{Prefix, <<Prefix/binary, ".">>} || {in, Prefix} <- Elements]}.

%% A name as such stands for its process in lists of ancestors.
top({under, Top}) -> top(Top);
top(Pid) when is_pid(Pid) -> [Pid];
top(Name) when is_atom(Name) -> [Name | [Pid || Pid <- [whereis(Name)], is_pid(Pid)]];
top(_) -> [].

belongs(_, all, Seen) ->
    {true, Seen};
belongs(_, #{tops := Tops, leaders := Leaders, prefixes := []}, Seen) when map_size(Tops) =:= 0, map_size(Leaders) =:= 0 ->
    {false, Seen};
belongs(Pid, Rule, Seen) ->
    case Seen of
        #{Pid := Decided} -> {Decided, Seen};
        #{} -> decide(Pid, Rule, Seen)
    end.

decide(Pid, #{tops := Tops} = Rule, Seen) ->
    case is_map_key(Pid, Tops) orelse facts(Pid, Rule) of
        true -> {true, Seen#{Pid => true}};
        undefined -> {false, Seen#{Pid => false}};
        #{parent := Parent} = Facts ->
            case is_member(Facts, Rule) of
                true -> {true, Seen#{Pid => true}};
                %% Parents are older than their children, so this ends.
                false when is_pid(Parent), node(Parent) =:= node() ->
                    {Decided, Seen1} = belongs(Parent, Rule, Seen),
                    {Decided, Seen1#{Pid => Decided}};
                false -> {false, Seen#{Pid => false}}
            end
    end.

is_member(#{leader := Leader, ancestors := Ancestors} = Facts, #{leaders := Leaders, tops := Tops, prefixes := Prefixes}) ->
    is_map_key(Leader, Leaders)
        orelse lists:any(fun(Ancestor) -> is_map_key(Ancestor, Tops) end, Ancestors)
        orelse Prefixes =/= [] andalso lists:any(fun(Name) -> is_below(Name, Prefixes) end, maps:get(names, Facts)).

is_below(Name, Prefixes) when is_atom(Name) ->
    Text = atom_to_binary(Name, utf8),
    lists:any(fun({Prefix, Dotted}) ->
                      Text =:= Prefix orelse binary:longest_common_prefix([Text, Dotted]) =:= byte_size(Dotted)
              end, Prefixes);
is_below(_, _) ->
    false.

%% No more is read than the rule asks for.
facts(Pid, #{prefixes := Prefixes, tops := Tops}) ->
    case process_info(Pid, [group_leader, parent, memory, registered_name, initial_call]) of
        undefined ->
            undefined;
        [{_, Leader}, {_, Parent}, Memory, {_, Registered}, {_, Initial}] ->
            Dictionary = case Prefixes =:= [] andalso map_size(Tops) =:= 0 of
                             true -> #{};
                             false -> elixirscope_facts:dictionary(Pid, [Memory])
                         end,
            #{leader => Leader, parent => Parent,
              ancestors => case Dictionary of #{'$ancestors' := [_ | _] = Found} -> Found; _ -> [] end,
              names => names(Registered, Initial, Dictionary)}
    end.

names(Registered, Initial, Dictionary) ->
    Call = case Dictionary of
               #{'$initial_call' := {_, _, _} = Announced} -> Announced;
               _ -> Initial
           end,
    [Registered, maps:get('$process_label', Dictionary, undefined) | modules(Call)].

%% A supervisor announces itself as `{supervisor, Module, 1}`.
modules({supervisor, Module, 1}) -> [Module];
modules({Module, _, _}) -> [Module].

%% What names and applications stand for now: when it changes, somebody new is there.
-spec anchors(scope()) -> term().
anchors(#{only := all}) ->
    [];
anchors(#{only := Only}) ->
    Apps = [App || {app, App} <- Only],
    Names = [Name || Element <- Only, Name <- [case Element of {under, Top} -> Top; _ -> Element end], is_atom(Name)],
    Masters = case Apps of
                  [] -> [];
                  _ -> lists:sort([Master || {Master, App} <- maps:to_list(elixirscope_tree:masters()), lists:member(App, Apps)])
              end,
    {Masters, [whereis(Name) || Name <- Names]}.

%%% Sampling

%% The same for a process all its life, and for everybody who knows its pid.
-spec sampled(pid(), all | 0..10000) -> boolean().
sampled(_, all) -> true;
sampled(Pid, Ratio) -> erlang:phash2(Pid, 10000) < Ratio.

%%% Applications that start later

%% The application controller and what it spawns have the flag `call` then, and
%% the master of each application that starts calls this first: there it gets the
%% flags for all that it spawns, or loses those that it has inherited.
-spec own_patterns(scope(), [atom()]) -> [elixirscope_plan:pattern()].
own_patterns(#{only := Only}, Flags) when is_list(Only) ->
    case [App || {app, App} <- Only] of
        [] -> [];
        Apps ->
            Silent = {message, false},
            On = {trace, [], [set_on_spawn | Flags]},
            Off = {trace, [set_on_spawn, procs, send, 'receive', call, arity, monotonic_timestamp], []},
            Wanted = [{'=:=', {element, 2, '$1'}, {const, App}} || App <- Apps],
            [{{application_master, init, length(Head)},
              [{Head, [Guard], [Silent, On]} || Guard <- Wanted] ++ [{'_', [], [Silent, Off]}]} || Head <- starting()]
    end;
own_patterns(_, _) ->
    [].

-spec watched(scope()) -> [pid()].
watched(#{only := Only}) when is_list(Only) ->
    case [App || {app, App} <- Only] of
        [] -> [];
        _ -> [Pid || Pid <- [whereis(application_controller)], is_pid(Pid)]
    end;
watched(_) ->
    [].

%% Where the record `appl_data` stands: in 25 and 26, and since 27.
starting() ->
    Functions = application_master:module_info(functions),
    [Head || Head <- [['_', '_', '$1', '_'], ['_', '$1', '_']], lists:member({init, length(Head)}, Functions)].
