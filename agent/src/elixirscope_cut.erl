%% Bounds what is sent: payloads above the limit are replaced by their size and
%% an outline. Only called for batches that are large as a whole.
-module(elixirscope_cut).

-export([chunks/2, event/2, payload/2]).

%% Splits events (oldest first) into lists of at most `batch_bytes` each, a
%% payload above `payload` bytes cut.
-spec chunks([tuple()], #{batch_bytes := pos_integer(), payload := pos_integer(), _ => _}) -> [[tuple()]].
chunks(Events, #{batch_bytes := BatchBytes, payload := Limit}) ->
    chunks(Events, Limit, BatchBytes, [], 0, []).

chunks([], _, _, [], _, Done) ->
    lists:reverse(Done);
chunks([], _, _, Chunk, _, Done) ->
    lists:reverse(Done, [lists:reverse(Chunk)]);
chunks([Event | Rest] = Events, Limit, BatchBytes, Chunk, Size, Done) ->
    Cut = event(Event, Limit),
    case Size + erlang:external_size(Cut) of
        Larger when Larger > BatchBytes, Chunk =/= [] ->
            chunks(Events, Limit, BatchBytes, [], 0, [lists:reverse(Chunk) | Done]);
        Larger ->
            chunks(Rest, Limit, BatchBytes, [Cut | Chunk], Larger, Done)
    end.

%% The event, with what is too large in it replaced.
-spec event(tuple(), pos_integer()) -> tuple().
event(Event, Limit) ->
    case erlang:external_size(Event) =< Limit of
        true -> Event;
        false when element(1, Event) =:= seq_trace ->
            {seq_trace, Label, {Type, Serial, From, To, Message}, Ts} = Event,
            {seq_trace, Label, {Type, Serial, From, To, payload(Message, Limit)}, Ts};
        false -> elements(tuple_size(Event), Event, Limit)
    end.

%% The first three elements are tag, process and kind.
elements(3, Event, _) ->
    Event;
elements(N, Event, Limit) ->
    elements(N - 1, setelement(N, Event, element_of(element(N, Event), Limit)), Limit).

element_of({es_state, Module, State}, Limit) ->
    {es_state, Module, payload(State, Limit)};
element_of({es_dispatch, MFA, Tag, By}, Limit) ->
    {es_dispatch, MFA, Tag, payload(By, Limit)};
element_of({es_timer, Dest, What}, Limit) ->
    {es_timer, Dest, timer(What, Limit)};
element_of({es_flow, Kind, Name, Arguments}, Limit) ->
    {es_flow, Kind, Name, payload(Arguments, Limit)};
element_of({es_args, Arguments, Caller}, Limit) ->
    {es_args, payload(Arguments, Limit), Caller};
element_of({Name, Payload}, Limit) when Name =:= es_telemetry; Name =:= es_pubsub; Name =:= es_phoenix; Name =:= es_plug ->
    {Name, payload(Payload, Limit)};
element_of({es_line, Line, Function, Arity, Bound}, Limit) ->
    {es_line, Line, Function, Arity, payload(Bound, Limit)};
element_of({M, F, Arguments}, Limit) when is_atom(M), is_atom(F), is_list(Arguments) ->
    {M, F, payload(Arguments, Limit)};
element_of(Term, Limit) ->
    payload(Term, Limit).

timer({Time, Message}, Limit) -> {Time, payload(Message, Limit)};
timer({Time, Message, Options}, Limit) -> {Time, payload(Message, Limit), Options};
timer(What, _) -> What.

-spec payload(term(), pos_integer()) -> term().
payload(Term, Limit) ->
    case erlang:external_size(Term) of
        Size when Size =< Limit -> Term;
        Size ->
            {Outline, _} = outline(Term, 6, min(512, Limit div 128)),
            {'$elixirscope_cut', Size, Outline}
    end.

%%% Outlines. Depth and number of nodes are bounded; whatever is left out is
%%% marked with a `$elixirscope_cut` of its own.

outline(Term, _, Left) when is_atom(Term); is_pid(Term); is_reference(Term); is_port(Term); is_float(Term) ->
    {Term, Left - 1};
outline(Term, _, Left) when is_integer(Term), Term < 1 bsl 128, Term > -(1 bsl 128) ->
    {Term, Left - 1};
outline(Term, _, Left) when is_bitstring(Term), bit_size(Term) =< 512 ->
    {Term, Left - 1};
outline(Term, _, Left) when is_binary(Term) ->
    {mark(byte_size(Term), binary:copy(binary:part(Term, 0, 48))), Left - 1};
outline([], _, Left) ->
    {[], Left - 1};
outline(Term, Depth, Left) when is_list(Term), Depth > 0, Left > 0 ->
    list(Term, Depth - 1, Left - 1, 16);
outline(Term, Depth, Left) when is_tuple(Term), Depth > 0, Left > 0 ->
    tuple(Term, Depth - 1, Left - 1);
outline(Term, Depth, Left) when is_map(Term), Depth > 0, Left > 0 ->
    map(Term, Depth - 1, Left - 1);
outline(Term, _, Left) ->
    {mark(extent(Term), kind(Term)), Left - 1}.

mark(Extent, What) -> {'$elixirscope_cut', Extent, What}.

%% Elements, pairs or bytes.
extent(Term) when is_tuple(Term) -> tuple_size(Term);
extent(Term) when is_map(Term) -> map_size(Term);
extent(Term) -> erlang:external_size(Term).

kind(Term) when is_tuple(Term) -> tuple;
kind(Term) when is_map(Term) -> map;
kind(Term) when is_list(Term) -> list;
kind(Term) when is_integer(Term) -> integer;
kind(Term) when is_bitstring(Term) -> bitstring;
kind(_) -> function.

%% A longer list ends in a mark in place of its tail.
list(Rest, _, Left, More) when Rest =/= [], More =< 0; Rest =/= [], Left =< 0 ->
    {mark(erlang:external_size(Rest), tail), Left};
list([Head | Rest], Depth, Left, More) ->
    {Head1, Left1} = outline(Head, Depth, Left),
    {Rest1, Left2} = list(Rest, Depth, Left1, More - 1),
    {[Head1 | Rest1], Left2};
list([], _, Left, _) ->
    {[], Left};
list(Improper, Depth, Left, _) ->
    outline(Improper, Depth, Left).

%% A wider tuple ends in a mark.
tuple(Tuple, Depth, Left) ->
    Size = tuple_size(Tuple),
    Wide = min(min(Size, 32), max(1, Left)),
    Shown = [element(N, Tuple) || N <- lists:seq(1, Wide)],
    {Elements, Left1} = lists:mapfoldl(fun(Term, Acc) -> outline(Term, Depth, Acc) end, Left, Shown),
    case Size > Wide of
        false -> {list_to_tuple(Elements), Left1};
        true -> {list_to_tuple(Elements ++ [mark(Size, tuple)]), Left1}
    end.

%% A wider map has a pair `$elixirscope_cut => Size`. Structs keep their name.
map(Map, Depth, Left) ->
    Named = maps:with(['__struct__'], Map),
    {Pairs, Left1} = pairs(maps:next(maps:iterator(Map)), Depth, Left, 32, []),
    Shown = maps:merge(maps:from_list(Pairs), Named),
    case map_size(Map) > map_size(Shown) of
        false -> {Shown, Left1};
        true -> {Shown#{'$elixirscope_cut' => map_size(Map)}, Left1}
    end.

pairs(none, _, Left, _, Pairs) ->
    {Pairs, Left};
pairs(_, _, Left, More, Pairs) when Left =< 0; More =:= 0 ->
    {Pairs, Left};
pairs({Key, Value, Iterator}, Depth, Left, More, Pairs) ->
    {Key1, Left1} = outline(Key, Depth, Left),
    {Value1, Left2} = outline(Value, Depth, Left1),
    pairs(maps:next(Iterator), Depth, Left2, More - 1, [{Key1, Value1} | Pairs]).
