%% What there is in the node beside processes: ETS tables, ports, applications.
%% The largest of each with figures, of the others their number and sum.
-module(elixirscope_inventory).

-export([take/0]).

-spec take() -> map().
take() ->
    Tables = [Table || Id <- ets:all(), Table <- table(Id)],
    Ports = [Port || Id <- erlang:ports(), Port <- port(Id)],
    #{tables => largest(memory, Tables),
      tables_total => length(Tables),
      tables_memory => sum(memory, Tables),
      ports => largest(bytes, Ports),
      ports_total => length(Ports),
      applications => applications(),
      memory => maps:from_list(erlang:memory()),
      processes => erlang:system_info(process_count),
      process_limit => erlang:system_info(process_limit),
      port_limit => erlang:system_info(port_limit),
      atoms => erlang:system_info(atom_count),
      atom_limit => erlang:system_info(atom_limit)}.

largest(Key, Things) ->
    Sorted = lists:sort(fun(A, B) -> maps:get(Key, A) >= maps:get(Key, B) end, Things),
    lists:sublist(Sorted, 200).

sum(Key, Things) -> lists:sum([maps:get(Key, Thing) || Thing <- Things]).

%% Memory in bytes. A table may go while it is looked at.
table(Id) ->
    try
        [begin
             true = is_integer(Words),
             #{name => ets:info(Id, name), named => ets:info(Id, named_table), owner => ets:info(Id, owner), size => ets:info(Id, size),
               memory => Words * erlang:system_info(wordsize), type => ets:info(Id, type), protection => ets:info(Id, protection)}
         end || Words <- [ets:info(Id, memory)]]
    catch
        error:_ -> []
    end.

%% `bytes`: in and out. The name may be a command line.
port(Id) ->
    case erlang:port_info(Id) of
        undefined -> [];
        Info ->
            Input = proplists:get_value(input, Info, 0),
            Output = proplists:get_value(output, Info, 0),
            Os = case erlang:port_info(Id, os_pid) of {os_pid, Pid} -> Pid; undefined -> undefined end,
            Name = unicode:characters_to_binary(proplists:get_value(name, Info, "")),
            [#{port => list_to_binary(erlang:port_to_list(Id)), name => elixirscope_cut:payload(Name, 1024),
               owner => proplists:get_value(connected, Info), input => Input, output => Output, bytes => Input + Output, os_pid => Os}]
    end.

%% From the controller's own table, as in elixirscope_tree.
applications() ->
    Masters = elixirscope_tree:masters(),
    Running = maps:from_list([{Name, Master} || {Master, Name} <- maps:to_list(Masters)]),
    Loaded = try ets:match(ac_tab, {{loaded, '$1'}, '_'}) catch error:badarg -> [] end,
    [application(Name, maps:get(Name, Running, undefined)) || [Name] <- Loaded].

application(Name, Master) ->
    {Version, Description} = elixirscope_tree:application(Name),
    #{name => Name, version => Version, description => Description,
      top => case Master of undefined -> undefined; _ -> elixirscope_tree:top(Master) end}.
