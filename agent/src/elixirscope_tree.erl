%% Applications and supervisors, asked so that nothing waits for them without
%% limit and none is asked that would not understand.
-module(elixirscope_tree).

-export([masters/0, top/1, application/1, is_supervisor/1, children/2, pids/1]).

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

-type data() :: {module() | undefined, atom(), non_neg_integer() | undefined, non_neg_integer() | undefined, list()}
              | {timeout, pos_integer()}.

%% Asks all given supervisors at once. `Known` are those whose strategy needs no
%% asking, since it does not change. Those that died meanwhile are left out.
-spec children([pid()], #{pid() => tuple()}) -> [{pid(), data()}].
children(Supervisors, Known) ->
    Limit = 1000,
    Until = erlang:monotonic_time(millisecond) + Limit,
    Asked = [{Pid, ask(Pid, '$gen_call', which_children), strategy_request(Pid, Known)} || Pid <- Supervisors],
    lists:append([answered(Pid, Children, Strategy, Until, Limit) || {Pid, Children, Strategy} <- Asked]).

%% The strategy is only in the state; a state that would be large to copy stays
%% where it is.
strategy_request(Pid, Known) ->
    case Known of
        #{Pid := Strategy} -> {known, Strategy};
        #{} ->
            case process_info(Pid, memory) of
                {memory, Memory} when Memory < 4194304 -> ask(Pid, system, get_state);
                _ -> {known, {undefined, undefined, undefined, undefined}}
            end
    end.

answered(Pid, Children, Strategy, Until, Limit) ->
    Found = reply(Children, Until),
    State = strategy(reply(Strategy, Until)),
    case Found of
        {ok, List} when is_list(List) ->
            {Module, Kind, Intensity, Period} = State,
            [{Pid, {Module, Kind, Intensity, Period, [child(Child) || Child <- List, tuple_size(Child) =:= 4]}}];
        timeout -> [{Pid, {timeout, Limit}}];
        _ -> []
    end.

child({Id, Pid, Type, _}) -> {elixirscope_cut:payload(Id, 1024), Pid, Type}.

strategy({known, Strategy}) -> Strategy;
%% The reply to `get_state` is the bare state before OTP 26 (or so), `{ok, State}` since.
strategy({ok, {ok, State}}) -> state(State);
strategy({ok, State}) -> state(State);
strategy(_) -> {undefined, undefined, undefined, undefined}.

%% `supervisor` and its copies: {state, Name, Strategy, Children, Dynamics,
%% Intensity, Period, …, Module, Args}.
state(State) when element(1, State) =:= state, tuple_size(State) >= 9 ->
    Period = case element(7, State) of
                 Seconds when is_integer(Seconds) -> Seconds;
                 _ -> undefined
             end,
    {element(tuple_size(State) - 1, State), element(3, State), element(6, State), Period};
state(#{'__struct__' := 'Elixir.DynamicSupervisor', strategy := Strategy, max_restarts := Intensity,
        max_seconds := Period, mod := Module}) ->
    {Module, Strategy, Intensity, Period};
state(_) ->
    {undefined, undefined, undefined, undefined}.

-spec pids(data()) -> [pid()].
pids({_, _, _, _, Children}) -> [Pid || {_, Pid, _} <- Children, is_pid(Pid)];
pids({timeout, _}) -> [].

%% A call without waiting: the reply to an alias that is switched off is dropped,
%% so that a late answer never arrives.
ask(Pid, Label, Request) ->
    Alias = erlang:monitor(process, Pid, [{alias, reply_demonitor}]),
    Pid ! {Label, {self(), [alias | Alias]}, Request},
    Alias.

reply({known, _} = Known, _) ->
    Known;
reply(Alias, Until) ->
    receive
        {[alias | Alias], Reply} -> {ok, Reply};
        {'DOWN', Alias, process, _, _} -> down
    after max(0, Until - erlang:monotonic_time(millisecond)) ->
        erlang:demonitor(Alias, [flush]),
        receive {[alias | Alias], Reply} -> {ok, Reply} after 0 -> timeout end
    end.
