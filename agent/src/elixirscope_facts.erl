%% What is to be known about one process, read at a bounded price.
-module(elixirscope_facts).

-export([process/2, dictionary/2, sample/1]).

%% Undefined when it is gone. Links and monitors above 1,000 are left out (the totals say
%% how many there are); a label is cut like any payload.
-spec process(pid(), #{pid() => atom()}) -> [{atom(), term()}] | undefined.
process(Pid, Masters) ->
    Items = [registered_name, initial_call, parent, links, monitors, memory, message_queue_len, reductions, status,
             current_function, group_leader],
    case process_info(Pid, Items) of
        undefined -> undefined;
        Found -> facts(maps:from_list(Found), dictionary(Pid, Found), Masters)
    end.

facts(#{links := Links, monitors := Monitors, initial_call := Initial, group_leader := Leader} = Found, Dictionary, Masters) ->
    #{'$initial_call' := Call, '$ancestors' := Ancestors, '$process_label' := Label} = Dictionary,
    Pids = [Link || Link <- Links, is_pid(Link)],
    [{registered_name, maps:get(registered_name, Found)},
     {initial_call, case Call of {_, _, _} -> Call; _ -> Initial end},
     {parent, maps:get(parent, Found)},
     {ancestors, case Ancestors of [_ | _] -> lists:sublist(Ancestors, 64); _ -> [] end},
     {links, lists:sublist(Pids, 1000)},
     {links_total, length(Pids)},
     {monitors, [Pid || {process, Item} <- lists:sublist(Monitors, 1000), Pid <- [pid_of(Item)], is_pid(Pid)]},
     {monitors_total, length(Monitors)},
     {label, elixirscope_cut:payload(Label, 1024)},
     {application, maps:get(Leader, Masters, undefined)}
     | [{Key, maps:get(Key, Found)} || Key <- [memory, message_queue_len, reductions, status, current_function]]].

pid_of({Name, Node}) when Node =:= node() -> whereis(Name);
pid_of(Item) -> Item.

%% OTP 26.2+ reads single keys. Before that the dictionary comes as a whole; a
%% process whose memory says that this might be a lot is spared.
-spec dictionary(pid(), [{atom(), term()}]) -> #{atom() => term()}.
dictionary(Pid, Found) ->
    Keys = ['$initial_call', '$ancestors', '$process_label'],
    try process_info(Pid, [{dictionary, Key} || Key <- Keys]) of
        undefined -> pick(Keys, []);
        Values -> maps:from_list([{Key, Value} || {{dictionary, Key}, Value} <- Values])
    catch
        error:badarg -> pick(Keys, whole(Pid, proplists:get_value(memory, Found)))
    end.

whole(Pid, Memory) when Memory < 16 * 1024 * 1024 ->
    case process_info(Pid, dictionary) of
        {dictionary, Dictionary} -> Dictionary;
        undefined -> []
    end;
whole(_, _) -> [].

pick(Keys, Dictionary) ->
    maps:from_list([{Key, proplists:get_value(Key, Dictionary)} || Key <- Keys]).

-spec sample(pid()) -> [tuple()].
sample(Pid) ->
    case process_info(Pid, [memory, message_queue_len, reductions, status, current_function]) of
        [{_, Memory}, {_, Length}, {_, Reductions}, {_, Status}, {_, Function}] ->
            [{es, sample, Pid, {Memory, Length, Reductions, Status, Function}, erlang:monotonic_time()}];
        undefined -> []
    end.
