%% What processes are called beside their registered name: names in `global`, in
%% Elixir's `Registry` and in any other module of `{via, Module, Name}`, and
%% labels. The patterns tell of changes, `held/1` of what was there before. Likewise who
%% is in which group: a key of a registry that several may hold, a group of `pg`.
-module(elixirscope_names).

-export([patterns/0, lookups/0, global/1, registry/3, groups/2]).

%% A pattern for each of these functions that the node has. A function is called
%% as soon as it is certain that the name is taken, but `Registry.register/3`:
%% that is only asked for, and refused where somebody alive holds a unique key.
-spec patterns() -> [elixirscope_plan:pattern()].
patterns() ->
    [Pattern || {{M, F, A}, _} = Pattern <- known(), has(M, F, A)].

has(Module, Name, Arity) ->
    lists:member({Name, Arity}, elixirscope_own:functions(Module)).

known() ->
    Registry = 'Elixir.Registry',
    [{{global, insert_global_name, 6}, [{['$1', '$2', '_', '_', '_', '_'], [], [named('$2', global, register, {{global, '$1'}})]}]},
     {{global, delete_global_name, 2}, [{['$1', '$2'], [], [named('$2', global, unregister, {{global, '$1'}})]}]},
     {{gen, init_it2, 7}, [{['_', '_', '_', {via, '$1', '$2'}, '_', '_', '_'], via_guards(), [named({self}, '$1', register, {{via, '$1', '$2'}})]}]},
     {{gen, unregister_name, 1}, [{[{via, '$1', '$2'}], via_guards(), [named({self}, '$1', unregister, {{via, '$1', '$2'}})]}]},
     {{Registry, register, 3}, [{['$1', '$2', '_'], [], [named({self}, '$1', register, {{via, Registry, {{'$1', '$2'}}}})]}]},
     {{Registry, unregister, 2}, [{['$1', '$2'], [], [named({self}, '$1', unregister, {{via, Registry, {{'$1', '$2'}}}})]}]},
     {{'Elixir.Registry.Supervisor', init, 1},
      [{['$1'], [{is_tuple, '$1'}, {is_atom, {element, 2, '$1'}}],
        [{message, {{es_name, {self}, {element, 2, '$1'}, {{registry, {element, 1, '$1'}}}}}}]}]}
     | [membership(Name) || Name <- [join, leave]] ++ labels()].

%% Who is looked for to be sent something, whether or not anybody is there: `global` and registries
%% by name, a key of a registry, a group.
-spec lookups() -> [elixirscope_plan:pattern()].
lookups() ->
    [Pattern || {{M, F, A}, _} = Pattern <- looking(), has(M, F, A)].

looking() ->
    Registry = 'Elixir.Registry',
    Key = {{via, Registry, {{'$1', '$2'}}}},
    [{{Registry, dispatch, 4}, [{['$1', '$2', '_', '_'], [], [named({self}, '$1', dispatch, Key)]}]},
     {{Registry, lookup, 2}, [{['$1', '$2'], [], [named({self}, '$1', lookup, Key)]}]},
     {{Registry, send, 2}, [{[{'$1', '$2'}, '_'], [], [named({self}, '$1', lookup, Key)]}]},
     {{global, send, 2}, [{['$1', '_'], [], [named({self}, global, lookup, {{global, '$1'}})]}]}
     | [{{pg, Name, 2}, [{['$1', '$2'], [], [named({self}, '$1', dispatch, {{via, pg, {{'$1', '$2'}}}})]}]}
        || Name <- [get_members, get_local_members]]].

%% Of one process; of a list of several nothing is told.
membership(Name) ->
    Group = {{via, pg, {{'$1', '$2'}}}},
    {{pg, Name, 3}, [{['$1', '$2', '$3'], [{is_pid, '$3'}], [named('$3', '$1', Name, Group)]},
                     {['$1', '$2', ['$3']], [], [named('$3', '$1', Name, Group)]}]}.

%% Those two tell of themselves.
via_guards() -> [{'=/=', '$1', 'Elixir.Registry'}, {'=/=', '$1', global}].

named(Pid, Tag, What, Name) -> {message, {{es_name, Pid, Tag, {{What, Name}}}}}.

%% Elixir hands a label on to OTP where that knows labels (27).
labels() ->
    Spec = [{['$1'], [], [{message, {{es_process, {self}, label, [{{label, '$1'}}]}}}]}],
    case has(proc_lib, set_label, 1) of
        true -> [{{proc_lib, set_label, 1}, Spec}];
        false -> [{{'Elixir.Process', set_label, 1}, Spec}]
    end.

%% Names that are held now; more than so many are counted, not listed.
-spec global(pid()) -> [tuple()].
global(Owner) ->
    Spec = [{{'$1', '$2', '_', '_'}, [], [{{'$1', '$2'}}]}],
    events([{Pid, {global, Name}} || {Name, Pid} <- select(global_names, Spec)], total(global_names), global, Owner).

%% `Name` is a table with all there is to know of a registry: {-1, {Kind,
%% Partitions, KeyTable | nil, …}} and, with several partitions, {I, KeyTable, …}.
-spec registry(pid(), atom(), pid()) -> [tuple()].
registry(Supervisor, Name, Owner) ->
    try ets:lookup_element(Name, -1, 2) of
        Info when element(1, Info) =:= unique ->
            Tables = key_tables(Name, element(2, Info), element(3, Info)),
            Spec = [{{'$1', {'$2', '_'}}, [], [{{'$1', '$2'}}]}],
            Held = [{Pid, {via, 'Elixir.Registry', {Name, Key}}} || Table <- Tables, {Key, Pid} <- select(Table, Spec)],
            [kind(Supervisor, Name, unique) | events(Held, lists:sum([total(Table) || Table <- Tables]), Name, Owner)];
        %% Keys that several may hold are no names: who subscribed to what. Of a Phoenix.PubSub that is told elsewhere.
        Info ->
            [kind(Supervisor, Name, element(1, Info)) | members(Name, Info)]
    catch
        error:_ -> []
    end.

members(Name, Info) ->
    case ets:member(Name, pubsub) of
        true -> [];
        false ->
            Spec = [{{'$1', {'$2', '_'}}, [], [{{'$1', '$2'}}]}],
            Held = [{Pid, {via, 'Elixir.Registry', {Name, Key}}}
                    || Table <- key_tables(Name, element(2, Info), element(3, Info)), {Key, Pid} <- select(Table, Spec)],
            joined(Held, Name)
    end.

joined(Held, Tag) ->
    Ts = erlang:monotonic_time(),
    [{es, name, Pid, Tag, {join, Group}, Ts} || {Pid, Group} <- lists:sublist(Held, 2000)].

%% A scope of `pg` has its groups in a table of its name: `{Group, Pids, LocalPids}`.
-spec groups(pid(), atom()) -> [tuple()].
groups(Pid, Scope) ->
    case ets:info(Scope, owner) of
        Pid ->
            Held = [{Member, {via, pg, {Scope, Group}}}
                    || {Group, Pids} <- select(Scope, [{{'$1', '$2', '_'}, [], [{{'$1', '$2'}}]}]), is_list(Pids), Member <- Pids],
            joined(Held, Scope);
        _ -> []
    end.

kind(Supervisor, Name, Kind) -> {es, name, Supervisor, Name, {registry, Kind}, erlang:monotonic_time()}.

key_tables(Name, Partitions, nil) ->
    [Table || I <- lists:seq(0, Partitions - 1), {_, Table, _} <- ets:lookup(Name, I)];
key_tables(_, _, Table) ->
    [Table].

limit() -> 20000.

select(Table, Spec) ->
    try ets:select(Table, Spec, limit()) of
        {Found, _} -> Found;
        '$end_of_table' -> []
    catch
        error:badarg -> []
    end.

total(Table) ->
    case ets:info(Table, size) of
        undefined -> 0;
        Size -> Size
    end.

events(Held, Total, Tag, Owner) ->
    Ts = erlang:monotonic_time(),
    Limit = limit(),
    Listed = [{es, name, Pid, Tag, {register, Name}, Ts} || {Pid, Name} <- lists:sublist(Held, Limit)],
    case length(Listed) of
        %% At the limit only: names come and go while they are counted.
        Limit when Total > Limit -> Listed ++ [{es, name, Owner, Tag, {not_listed, Total - Limit}, Ts}];
        _ -> Listed
    end.
