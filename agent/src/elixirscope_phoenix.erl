%% Phoenix as match specs: what is taken of a telemetry event (elixirscope_telemetry
%% has the rest of it), of a broadcast, of a LiveView's callback. No handler is
%% attached and nothing in the application changed. Names of functions and places of
%% arguments hold for Phoenix 1.7–1.8, LiveView 0.20–1.2, Phoenix.PubSub 2.1–2.2.
-module(elixirscope_phoenix).

-export([patterns/2, modules/0, subscriptions/0]).

%% Modules with patterns; applications that have them, so that they can be loaded.
-spec modules() -> [{Application :: atom(), module()}].
modules() ->
    [{telemetry, telemetry},
     {phoenix_pubsub, 'Elixir.Phoenix.PubSub'},
     {phoenix_pubsub, 'Elixir.Phoenix.Tracker'},
     {phoenix, 'Elixir.Phoenix.Channel.Server'},
     {phoenix_live_view, 'Elixir.Phoenix.LiveView.Channel'},
     {phoenix_live_view, 'Elixir.Phoenix.LiveView.Async'}].

%% The patterns of one module, which must be loaded; functions that this version of
%% it does not have are left out.
-spec patterns(module(), elixirscope_plan:level()) -> [elixirscope_plan:pattern()].
patterns(Module, Level) ->
    Functions = Module:module_info(functions),
    [{{Module, Name, Arity}, Spec} || {Name, Arity, Spec} <- points(Module, Level), lists:member({Name, Arity}, Functions)].

points(telemetry, Level) ->
    [{execute, 3, elixirscope_telemetry:spec(Level)}];
points('Elixir.Phoenix.PubSub', _) ->
    [{subscribe, 3, pubsub(['$1', '$2', '_'], [subscribe, '$1', '$2'])},
     {unsubscribe, 2, pubsub(['$1', '$2'], [unsubscribe, '$1', '$2'])},
     {broadcast, 4, pubsub(['$1', '$2', '$3', '$4'], [broadcast, '$1', '$2', '$3', '$4', none])},
     {broadcast_from, 5, pubsub(['$1', '$2', '$3', '$4', '$5'], [broadcast, '$1', '$3', '$4', '$5', '$2'])},
     {local_broadcast, 4, pubsub(['$1', '$2', '$3', '$4'], [local_broadcast, '$1', '$2', '$3', '$4', none])},
     {local_broadcast_from, 5, pubsub(['$1', '$2', '$3', '$4', '$5'], [local_broadcast, '$1', '$3', '$4', '$5', '$2'])},
     {direct_broadcast, 5, pubsub(['$1', '$2', '$3', '$4', '$5'], [direct_broadcast, '$2', '$3', '$4', '$5', '$1'])},
     {dispatch, 3, dispatch()}];
points('Elixir.Phoenix.Channel.Server', Level) ->
    [{dispatch, 3, dispatch()},
     {push, 6, phoenix(['_', '_', '$1', '$2', '$3', '_'], [push, '$1', '$2' | detail(Level, '$3')])},
     {reply, 6, phoenix(['_', '_', '$1', '$2', {'$3', '$4'}, '_'], [reply, '$2', '$1', '$3' | detail(Level, '$4')])},
     {handle_info, 2, [{[#{'__struct__' => '_'}, '_'], [], [{message, false}]},
                       {[{'Elixir.Phoenix.Channel', '_', '_', '_'}, '_'], [], [{message, false}]}
                       | phoenix(['$1', '$2'], [channel_info, field(topic, '$2'), field(channel, '$2'), '$1'])]}];
points('Elixir.Phoenix.Tracker', _) ->
    [{track, 5, phoenix(['_', '$1', '$2', '$3', '$4'], [track, '$2', '$3', '$1', '$4'])},
     {update, 5, phoenix(['_', '$1', '$2', '$3', '$4'], [track_update, '$2', '$3', '$1', '$4'])},
     {untrack, 4, phoenix(['_', '$1', '$2', '$3'], [untrack, '$2', '$3', '$1'])},
     {untrack, 2, phoenix(['_', '$1'], [untrack_all, '$1'])}];
points('Elixir.Phoenix.LiveView.Channel', Level) ->
    [{view_handle_info, 2, phoenix(['$1', '$2'], [handle_info, field(id, '$2'), field(view, '$2'), '$1'])},
     {handle_call, 3, [{[{phoenix, '_'}, '_', '_'], [], [{message, false}]}
                       | phoenix(['$1', '_', '$2'], [handle_call, socket(id, '$2'), socket(view, '$2'), '$1'])]},
     {handle_cast, 2, phoenix(['$1', '$2'], [handle_cast, socket(id, '$2'), socket(view, '$2'), '$1'])},
     {push_diff, 3, phoenix(['$1', '$2', '$3'], [push_diff, socket(id, '$1'), '$3', {map_size, '$2'} | detail(Level, '$2')])},
     {delete_components, 2, phoenix(['$1', '$2'], [delete_components, socket(id, '$1'), '$2'])},
     {terminate, 2, phoenix(['$1', '$2'], [terminate, socket(id, '$2'), '$1'])}];
points('Elixir.Phoenix.LiveView.Async', _) ->
    [{handle_async, 6, phoenix(['$1', '$2', '$3', '$4', '_', '$5'],
                               [handle_async, field(id, '$1'), '$2', '$3', '$4', {element, 1, '$5'}])}].

%% What is sent to a browser is taken where messages are: below that only that it was.
detail(observe, _) -> [];
detail(_, Term) -> [Term].

%% A field that is not there becomes the atom 'EXIT' and fails nothing.
field(Key, Map) -> {map_get, Key, Map}.
socket(Key, State) -> field(Key, field(socket, State)).

pubsub(Head, Elements) -> [{Head, [], [{message, {{es_pubsub, {list_to_tuple(Elements)}}}}]}].
phoenix(Head, Elements) -> [{Head, [], [{message, {{es_phoenix, {list_to_tuple(Elements)}}}}]}].

%% Called only where there are subscribers on this node: a broadcast that no dispatch
%% follows has reached nobody here.
dispatch() ->
    [{['$1', '$2', '_'], [], [{message, {{es_pubsub, {{dispatch, {length, '$1'}, '$2', '$1'}}}}}]}].

%%% Who was subscribed before we came

%% `{PubSub, [{Topic, Pid}]}`, a pubsub in portions.
-spec subscriptions() -> [{atom(), [{binary(), pid()}]}].
subscriptions() ->
    lists:append([portions(PubSub, entries(PubSub)) || PubSub <- pubsubs()]).

%% A Phoenix.PubSub is a Registry, whose named table holds what the adapter is.
pubsubs() ->
    case erlang:module_loaded('Elixir.Phoenix.PubSub') of
        true -> [Table || Table <- ets:all(), is_atom(Table), is_pubsub(Table)];
        false -> []
    end.

is_pubsub(Table) ->
    try ets:lookup(Table, pubsub) of
        [{pubsub, {Adapter, _}}] -> is_atom(Adapter);
        _ -> false
    catch
        error:_ -> false
    end.

entries(PubSub) ->
    try 'Elixir.Registry':select(PubSub, [{{'$1', '$2', '_'}, [], [{{'$1', '$2'}}]}])
    catch _:_ -> []
    end.

portions(_, []) -> [];
portions(PubSub, Entries) when length(Entries) =< 500 -> [{PubSub, Entries}];
portions(PubSub, Entries) ->
    {Portion, Rest} = lists:split(500, Entries),
    [{PubSub, Portion} | portions(PubSub, Rest)].
