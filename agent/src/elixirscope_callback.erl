%% In the sandbox of a replay: a callback of OTP, called with what was recorded, and what it came to in one
%% form for all behaviours.
-module(elixirscope_callback).

-export([call/3, roots/5, frames/1]).

-type call() :: #{type := gen_server | gen_statem | gen_event, module := module(), function := {atom(), arity()}}.
-type outcome() :: {returned, #{reply := none | {reply, term()}, state := none | {state, term()}, next := term()}}
                 | {raised, error | exit | throw, term(), list()}.
-export_type([outcome/0]).

-spec call(call(), term(), term()) -> outcome().
call(#{type := Type, module := Module, function := Function}, Message, State) ->
    try called(Type, Module, Function, Message, State)
    catch Class:Reason:Stack -> {raised, Class, Reason, frames(Stack)}
    end.

%% Without ours, which are at the bottom of it.
-spec frames(list()) -> list().
frames(Stack) ->
    lists:takewhile(fun(Frame) -> not lists:prefix("elixirscope_", atom_to_list(element(1, Frame))) end, Stack).

%%% gen_server

called(gen_server, Module, {handle_call, 3}, {'$gen_call', From, Request}, State) ->
    server(thrown(fun() -> Module:handle_call(Request, From, State) end), State);
called(gen_server, Module, {handle_cast, 2}, {'$gen_cast', Message}, State) ->
    server(thrown(fun() -> Module:handle_cast(Message, State) end), State);
called(gen_server, Module, {handle_continue, 2}, {continue, Continue}, State) ->
    server(thrown(fun() -> Module:handle_continue(Continue, State) end), State);
called(gen_server, Module, {handle_info, 2}, Message, State) ->
    case erlang:function_exported(Module, handle_info, 2) of
        true -> server(thrown(fun() -> Module:handle_info(Message, State) end), State);
        false -> returned(none, {state, State}, noreply)
    end;

%%% gen_statem

called(gen_statem, Module, {handle_event, 4}, Event, {Name, Data}) ->
    statem(Module, handle_event, Event, {Name, Data});
called(gen_statem, Module, {_, 3}, Event, {Name, Data}) ->
    statem(Module, state_functions, Event, {Name, Data});

%%% gen_event. Its state is the list of its handlers, records `{handler, Module, Id, State, Supervised}`.

called(gen_event, _, _, {notify, Event}, Handlers) ->
    handled(handle_event, Event, Handlers, none);
called(gen_event, _, _, {_, _, {sync_notify, Event}}, Handlers) ->
    handled(handle_event, Event, Handlers, {reply, ok});
called(gen_event, _, _, {_, _, {call, Handler, Query}}, Handlers) ->
    asked(Handler, Query, Handlers);
called(gen_event, _, {handle_info, 2}, Message, Handlers) ->
    handled(handle_info, Message, Handlers, none).

%% A value that is thrown is a result for gen_server and gen_statem.
thrown(Fun) ->
    try Fun() catch throw:Value -> Value end.

returned(Reply, State, Next) -> {returned, #{reply => Reply, state => State, next => Next}}.

server({reply, Reply, State}, _) -> returned({reply, Reply}, {state, State}, noreply);
server({reply, Reply, State, Next}, _) -> returned({reply, Reply}, {state, State}, Next);
server({noreply, State}, _) -> returned(none, {state, State}, noreply);
server({noreply, State, Next}, _) -> returned(none, {state, State}, Next);
server({stop, Reason, Reply, State}, _) -> returned({reply, Reply}, {state, State}, {stop, Reason});
server({stop, Reason, State}, _) -> returned(none, {state, State}, {stop, Reason});
server(Other, State) -> returned(none, {state, State}, {stop, {bad_return_value, Other}}).

statem(Module, Mode, Message, {Name, Data}) ->
    {Type, Content} = event(Message),
    Result = thrown(fun() -> state_callback(Module, Mode, Type, Content, Name, Data) end),
    {Next, NextName, NewData, Actions, Repeated} = transition(Result, Name, Data),
    {Replies, Others} = lists:partition(fun is_reply/1, Actions),
    Reply = case [R || {reply, _, R} <- Replies] of
                [R | _] -> {reply, R};
                [] -> none
            end,
    {NewData1, More} = entered(Next, Module, Mode, Name, NextName, NewData, Repeated),
    returned(Reply, {state, {NextName, NewData1}}, case {Next, Others ++ More} of {goes_on, []} -> noreply; {goes_on, All} -> All; {Stop, _} -> Stop end).

event({'$gen_call', From, Request}) -> {{call, From}, Request};
event({'$gen_cast', Message}) -> {cast, Message};
event(Message) -> {info, Message}.

state_callback(Module, handle_event, Type, Content, Name, Data) -> Module:handle_event(Type, Content, Name, Data);
state_callback(Module, state_functions, Type, Content, Name, Data) -> Module:Name(Type, Content, Data).

is_reply({reply, _, _}) -> true;
is_reply(_) -> false.

transition({next_state, Next, NewData}, _, _) -> {goes_on, Next, NewData, [], false};
transition({next_state, Next, NewData, Actions}, _, _) -> {goes_on, Next, NewData, list(Actions), false};
transition({keep_state, NewData}, Name, _) -> {goes_on, Name, NewData, [], false};
transition({keep_state, NewData, Actions}, Name, _) -> {goes_on, Name, NewData, list(Actions), false};
transition(keep_state_and_data, Name, Data) -> {goes_on, Name, Data, [], false};
transition({keep_state_and_data, Actions}, Name, Data) -> {goes_on, Name, Data, list(Actions), false};
transition({repeat_state, NewData}, Name, _) -> {goes_on, Name, NewData, [], true};
transition({repeat_state, NewData, Actions}, Name, _) -> {goes_on, Name, NewData, list(Actions), true};
transition(repeat_state_and_data, Name, Data) -> {goes_on, Name, Data, [], true};
transition({repeat_state_and_data, Actions}, Name, Data) -> {goes_on, Name, Data, list(Actions), true};
transition(stop, Name, Data) -> {{stop, normal}, Name, Data, [], false};
transition({stop, Reason}, Name, Data) -> {{stop, Reason}, Name, Data, [], false};
transition({stop, Reason, NewData}, Name, _) -> {{stop, Reason}, Name, NewData, [], false};
transition({stop_and_reply, Reason, Replies}, Name, Data) -> {{stop, Reason}, Name, Data, list(Replies), false};
transition({stop_and_reply, Reason, Replies, NewData}, Name, _) -> {{stop, Reason}, Name, NewData, list(Replies), false};
transition(Other, Name, Data) -> {{stop, {bad_return_from_state_function, Other}}, Name, Data, [], false}.

list(Actions) when is_list(Actions) -> Actions;
list(Action) -> [Action].

%% With state enter calls, what entering the new state does belongs to the same event.
entered(goes_on, Module, Mode, Old, New, Data, Repeated) when Old =/= New; Repeated ->
    case lists:member(state_enter, list(Module:callback_mode())) of
        true ->
            Result = thrown(fun() -> state_callback(Module, Mode, enter, Old, New, Data) end),
            {_, _, NewData, Actions, _} = transition(Result, New, Data),
            {NewData, Actions};
        false ->
            {Data, []}
    end;
entered(_, _, _, _, _, Data, _) ->
    {Data, []}.

handled(Callback, Event, Handlers, Reply) ->
    Left = lists:append([handler(Callback, Event, Handler) || Handler <- Handlers]),
    returned(Reply, {state, Left}, noreply).

%% One that raises or says so is removed, and the others go on.
handler(handle_info, Event, {handler, Module, _, _, _} = Handler) ->
    case erlang:function_exported(Module, handle_info, 2) of
        true -> handler_result(fun(State) -> Module:handle_info(Event, State) end, Handler);
        false -> [Handler]
    end;
handler(handle_event, Event, {handler, Module, _, _, _} = Handler) ->
    handler_result(fun(State) -> Module:handle_event(Event, State) end, Handler).

handler_result(Fun, {handler, Module, Id, State, Supervised}) ->
    try Fun(State) of
        {ok, New} -> [{handler, Module, Id, New, Supervised}];
        {ok, New, hibernate} -> [{handler, Module, Id, New, Supervised}];
        _ -> []
    catch
        throw:{ok, New} -> [{handler, Module, Id, New, Supervised}];
        _:_ -> []
    end.

asked(Wanted, Query, Handlers) ->
    case lists:partition(fun({handler, Module, Id, _, _}) -> Wanted =:= Module orelse Wanted =:= {Module, Id} end, Handlers) of
        {[{handler, Module, Id, State, Supervised} | _], Others} ->
            case thrown(fun() -> Module:handle_call(Query, State) end) of
                {ok, Reply, New} -> returned({reply, Reply}, {state, replaced(Handlers, {handler, Module, Id, New, Supervised})}, noreply);
                {ok, Reply, New, hibernate} -> returned({reply, Reply}, {state, replaced(Handlers, {handler, Module, Id, New, Supervised})}, hibernate);
                {remove_handler, Reply} -> returned({reply, Reply}, {state, Others}, noreply);
                Other -> returned(none, {state, Others}, {stop, {bad_return_value, Other}})
            end;
        {[], _} ->
            returned({reply, {error, bad_module}}, {state, Handlers}, noreply)
    end.

replaced(Handlers, {handler, Module, Id, _, _} = New) ->
    [case Handler of {handler, Module, Id, _, _} -> New; _ -> Handler end || Handler <- Handlers].

%%% Where to look for what it may do: the functions of the application that it calls

-spec roots(atom(), module(), {atom(), arity()}, term(), term()) -> [mfa()].
roots(_, 'Elixir.Agent.Server', _, Message, _) ->
    [root(Fun) || Fun <- funs(Message)];
roots(_, 'Elixir.Phoenix.LiveView.Channel', _, _, #{socket := #{view := View}}) ->
    [{View, F, A} || {F, A} <- [{handle_event, 3}, {handle_info, 2}, {handle_params, 3}, {handle_async, 3}, {handle_call, 3}, {handle_cast, 2}, {render, 1}]];
roots(_, 'Elixir.Phoenix.Channel.Server', _, _, #{channel := Channel}) ->
    [{Channel, F, A} || {F, A} <- [{handle_in, 3}, {handle_info, 2}, {handle_out, 3}, {handle_call, 3}, {handle_cast, 2}]];
roots(gen_event, _, _, _, Handlers) when is_list(Handlers) ->
    [{Module, F, 2} || {handler, Module, _, _, _} <- Handlers, F <- [handle_event, handle_info, handle_call]];
roots(_, Module, {Function, Arity}, _, _) ->
    [{Module, Function, Arity}].

funs({'$gen_call', _, Request}) -> funs(Request);
funs({'$gen_cast', Request}) -> funs(Request);
funs(Request) when is_tuple(Request) -> [Fun || Fun <- tuple_to_list(Request), is_function(Fun)];
funs(_) -> [].

root(Fun) ->
    [{_, Module}, {_, Name}, {_, Arity}, {_, Env}] = [erlang:fun_info(Fun, Item) || Item <- [module, name, arity, env]],
    {Module, Name, Arity + case is_list(Env) of true -> length(Env); false -> 0 end}.
