%% Applications and supervisors, asked so that nothing waits for them without
%% limit and none is asked that would not understand.
-module(elixirscope_tree).

-export([masters/0, top/1, application/1, is_supervisor/1, children/2, pids/1, patterns/0]).

%% Group leader -> application, from the application controller's own table; the
%% controller itself may be busy starting an application.
-spec masters() -> #{pid() => atom()}.
masters() ->
    try ets:match(ac_tab, {{application_master, '$1'}, '$2'}) of
        Found -> maps:from_list([{Master, Name} || [Name, Master] <- Found, is_pid(Master)])
    catch
        error:badarg -> #{}
    end.

%% The top supervisor: master and supervisor are both linked to a process in
%% between. `application_master:get_child/1` would wait for the master.
-spec top(pid()) -> pid() | undefined.
top(Master) ->
    Starters = [Pid || Pid <- links(Master), initial_call(Pid) =:= {application_master, start_it, 4}],
    case [Pid || Starter <- Starters, Pid <- links(Starter), Pid =/= Master] of
        [Top | _] -> Top;
        [] -> undefined
    end.

links(Pid) ->
    case process_info(Pid, links) of
        {links, Links} -> [Link || Link <- Links, is_pid(Link), node(Link) =:= node()];
        undefined -> []
    end.

initial_call(Pid) ->
    case process_info(Pid, initial_call) of
        {initial_call, Call} -> Call;
        undefined -> undefined
    end.

-spec application(atom()) -> {binary(), binary()}.
application(Name) -> {key(Name, vsn), key(Name, description)}.

key(Name, Key) ->
    case application:get_key(Name, Key) of
        {ok, Value} -> unicode:characters_to_binary(Value);
        undefined -> <<>>
    end.

%% By the initial call that it announces. Anything else may crash on a request
%% that it does not know, even when its parent lists it as a supervisor.
-spec is_supervisor(term()) -> boolean().
is_supervisor({supervisor, _, 1}) -> true;
is_supervisor({ranch_conns_sup, _, _}) -> true;
is_supervisor({Module, init, 1}) ->
    erlang:function_exported(Module, which_children, 1)
        andalso erlang:function_exported(Module, start_child, 2)
        andalso erlang:function_exported(Module, count_children, 1);
is_supervisor(_) -> false.

%% Restart, shutdown, modules, whether it is significant, start function; undefined where the state was not looked at.
-type spec() :: {atom(), timeout() | brutal_kill, [module()] | dynamic, boolean(), {module(), atom(), arity() | undefined} | undefined} | undefined.
-type child() :: {term(), pid() | restarting | undefined, worker | supervisor, spec()}.
%% The last are seconds since each of the restarts that still count.
-type data() :: {module() | undefined, atom(), non_neg_integer() | undefined, non_neg_integer() | undefined, [child()], [non_neg_integer()]}
              | {timeout, pos_integer()}.
-type strategy() :: {module() | undefined, atom(), non_neg_integer() | undefined, non_neg_integer() | undefined}.

%% Requests that change a supervisor's children without a link that comes or goes:
%% `delete_child`, and `start_child` when the start says `ignore`.
-spec patterns() -> [elixirscope_plan:pattern()].
patterns() ->
    [{{supervisor, handle_call, 3},
      [{[{delete_child, '_'}, '_', '_'], [], [asked(delete_child)]},
       {[{start_child, '_'}, '_', '$1'], [{'=/=', {element, 3, '$1'}, simple_one_for_one}], [asked(start_child)]}]}].

asked(Request) -> {message, {{es_supervisor, {self}, Request, {{asked, Request}}}}}.

%% Asks all given supervisors at once. `Known` are those whose strategy is known
%% already. Those that died meanwhile are left out.
-spec children([pid()], #{pid() => strategy()}) -> [{pid(), data()}].
children(Supervisors, Known) ->
    Limit = 1000,
    Until = erlang:monotonic_time(millisecond) + Limit,
    Asked = [{Pid, ask(Pid, '$gen_call', which_children), state_request(Pid, Known)} || Pid <- Supervisors],
    lists:append([answered(Pid, Children, State, Until, Limit) || {Pid, Children, State} <- Asked]).

%% Strategy, specs and restarts are only in the state; a state that would be large
%% to copy stays where it is, and the larger ones are not asked for twice.
state_request(Pid, Known) ->
    {Limit, Else} = case Known of
                        #{Pid := Strategy} -> {1048576, Strategy};
                        #{} -> {4194304, unknown()}
                    end,
    case process_info(Pid, memory) of
        {memory, Memory} when Memory < Limit -> {ask(Pid, system, get_state), Else};
        _ -> {none, Else}
    end.

unknown() -> {undefined, undefined, undefined, undefined}.

answered(Pid, Asked, {StateAsked, Else}, Until, Limit) ->
    Found = reply(Asked, Until),
    State = bare(reply(StateAsked, Until)),
    case Found of
        {ok, List} when is_list(List) ->
            {Module, Kind, Intensity, Period} = strategy(State, Else),
            {Default, Specs} = specs(State),
            Children = [child(Child, Default, Specs) || Child <- List, tuple_size(Child) =:= 4],
            [{Pid, {Module, Kind, Intensity, Period, Children, ages(restarts(State))}}];
        timeout -> [{Pid, {timeout, Limit}}];
        _ -> []
    end.

%% A dynamic supervisor knows its children by pid, others by id.
child({Id, Pid, Type, _}, Default, Specs) ->
    Spec = case Specs of
               #{Pid := Found} -> Found;
               #{Id := Found} -> Found;
               #{} -> Default
           end,
    {elixirscope_cut:payload(Id, 1024), Pid, Type, Spec}.

%% The reply to `get_state` is the bare state before OTP 26 (or so), `{ok, State}` since.
bare({ok, {ok, State}}) -> State;
bare({ok, State}) -> State;
bare(_) -> undefined.

%% `supervisor` and its copies: {state, Name, Strategy, Children, Dynamics,
%% Intensity, Period, Restarts, …, Module, Args}.
strategy(State, Else) when element(1, State) =:= state, tuple_size(State) >= 9 ->
    case element(7, State) of
        Seconds when is_integer(Seconds) -> {element(tuple_size(State) - 1, State), element(3, State), element(6, State), Seconds};
        _ -> {element(tuple_size(State) - 1, State), element(3, State), element(6, State), second(Else)}
    end;
strategy(#{'__struct__' := 'Elixir.DynamicSupervisor', strategy := Strategy, max_restarts := Intensity,
           max_seconds := Period, mod := Module}, _) ->
    {Module, Strategy, Intensity, Period};
strategy(_, Else) ->
    Else.

second({_, _, _, Period}) -> Period.

%% {For children that are not among them, by id or pid}.
specs(State) when element(1, State) =:= state, tuple_size(State) >= 9 ->
    case element(4, State) of
        {Ids, Children} when is_list(Ids), is_map(Children) ->
            Specs = maps:map(fun(_, Child) -> spec(Child) end, Children),
            case {element(3, State), maps:values(Specs)} of
                {simple_one_for_one, [Only]} -> {Only, #{}};
                _ -> {undefined, Specs}
            end;
        _ -> {undefined, #{}}
    end;
specs(#{'__struct__' := 'Elixir.DynamicSupervisor', children := Children}) when is_map(Children) ->
    {undefined, maps:map(fun(_, {Start, Restart, Shutdown, _, Modules}) -> {Restart, Shutdown, Modules, false, start(Start)};
                            (_, _) -> undefined
                         end, Children)};
specs(_) -> {undefined, #{}}.

%% {child, Pid, Id, Start, Restart, Significant, Shutdown, Type, Modules}.
spec({child, _, _, Start, Restart, Significant, Shutdown, _, Modules}) -> {Restart, Shutdown, Modules, Significant, start(Start)};
spec(_) -> undefined.

%% Without the arguments: they may be large, and secret. Those of a temporary child are not kept.
start({M, F, Arguments}) when is_list(Arguments) -> {M, F, length(Arguments)};
start({M, F, _}) -> {M, F, undefined};
start(_) -> undefined.

%% Monotonic seconds of the restarts within the period, as the supervisor counts them.
restarts(State) when element(1, State) =:= state, tuple_size(State) >= 9 -> element(8, State);
restarts(#{'__struct__' := 'Elixir.DynamicSupervisor', restarts := Restarts}) -> Restarts;
restarts(_) -> [].

ages(Restarts) when is_list(Restarts) ->
    Now = erlang:monotonic_time(second),
    [max(0, Now - Second) || Second <- lists:sublist(Restarts, 100), is_integer(Second)];
ages(_) -> [].

-spec pids(data()) -> [pid()].
pids({_, _, _, _, Children, _}) -> [Pid || {_, Pid, _, _} <- Children, is_pid(Pid)];
pids({timeout, _}) -> [].

%% A call without waiting: the reply to an alias that is switched off is dropped,
%% so that a late answer never arrives.
ask(Pid, Label, Request) ->
    Alias = erlang:monitor(process, Pid, [{alias, reply_demonitor}]),
    Pid ! {Label, {self(), [alias | Alias]}, Request},
    Alias.

reply(none, _) ->
    none;
reply(Alias, Until) ->
    receive
        {[alias | Alias], Reply} -> {ok, Reply};
        {'DOWN', Alias, process, _, _} -> down
    after max(0, Until - erlang:monotonic_time(millisecond)) ->
        erlang:demonitor(Alias, [flush]),
        receive {[alias | Alias], Reply} -> {ok, Reply} after 0 -> timeout end
    end.
