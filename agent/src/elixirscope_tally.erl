%% Counts of events by kind with the interval of their timestamps: what is left
%% of events that were dropped.
-module(elixirscope_tally).

-export([new/0, mailbox/2, events/1, kind/1, interval/2, since/1, total/1, counts/1, merge/2, add/2, gap/2]).

%% `from` starts as an atom, which is greater than every number.
new() -> {0, 0, 0, 0, 0, 0, #{}, none, -16#800000000000000}.

%% Takes up to `Left` trace messages out of the mailbox of the calling process,
%% waiting for the first, and then 5 ms for each: to return for every pause would
%% cost more than to count. A message that is none of them ends it and comes back
%% as the second element.
-spec mailbox(pos_integer(), elixirscope_flow:filter()) -> elixirscope_tracer:tally() | {elixirscope_tracer:tally(), term()}.
mailbox(Left, Flow) ->
    receive
        Event when element(1, Event) =:= trace_ts ->
            mailbox_from(Event, Left, Flow);
        Event when element(1, Event) =:= seq_trace ->
            case elixirscope_flow:wanted(Event, Flow) of
                false -> new();
                Hop -> mailbox_from(Hop, Left, Flow)
            end;
        Control ->
            {new(), Control}
    end.

mailbox_from(Event, Left, Flow) ->
    {Send, Receive, Call, Return, State, Dispatch, Others, From, To} = one(Event, new()),
    mailbox(Left - 1, Flow, Send, Receive, Call, Return, State, Dispatch, Others, From, To).

%% Kinds that come in floods are counted in registers.
mailbox(0, _, Send, Receive, Call, Return, State, Dispatch, Others, From, To) ->
    {Send, Receive, Call, Return, State, Dispatch, Others, From, To};
mailbox(Left, Flow, Send, Receive, Call, Return, State, Dispatch, Others, From, To) ->
    receive
        Event when element(1, Event) =:= trace_ts ->
            Ts = element(tuple_size(Event), Event),
            From1 = if Ts < From -> Ts; true -> From end,
            To1 = if Ts > To -> Ts; true -> To end,
            case kind(Event) of
                send -> mailbox(Left - 1, Flow, Send + 1, Receive, Call, Return, State, Dispatch, Others, From1, To1);
                'receive' -> mailbox(Left - 1, Flow, Send, Receive + 1, Call, Return, State, Dispatch, Others, From1, To1);
                call -> mailbox(Left - 1, Flow, Send, Receive, Call + 1, Return, State, Dispatch, Others, From1, To1);
                return_from -> mailbox(Left - 1, Flow, Send, Receive, Call, Return + 1, State, Dispatch, Others, From1, To1);
                state -> mailbox(Left - 1, Flow, Send, Receive, Call, Return, State + 1, Dispatch, Others, From1, To1);
                dispatch -> mailbox(Left - 1, Flow, Send, Receive, Call, Return, State, Dispatch + 1, Others, From1, To1);
                Kind -> mailbox(Left - 1, Flow, Send, Receive, Call, Return, State, Dispatch, count(Kind, 1, Others), From1, To1)
            end;
        Event when element(1, Event) =:= seq_trace ->
            Others1 = case elixirscope_flow:wanted(Event, Flow) of
                          false -> Others;
                          Hop -> count(elixirscope_flow:kind(Hop), 1, Others)
                      end,
            {From1, To1} = case Others1 of
                               Others -> {From, To};
                               _ -> {min(element(4, Event), From), max(element(4, Event), To)}
                           end,
            mailbox(Left - 1, Flow, Send, Receive, Call, Return, State, Dispatch, Others1, From1, To1);
        Control ->
            {{Send, Receive, Call, Return, State, Dispatch, Others, From, To}, Control}
    after 5 ->
        {Send, Receive, Call, Return, State, Dispatch, Others, From, To}
    end.

%% Events that were collected already.
-spec events([tuple()]) -> elixirscope_tracer:tally().
events(Events) -> lists:foldl(fun one/2, new(), Events).

one(Event, {Send, Receive, Call, Return, State, Dispatch, Others, From, To}) ->
    Ts = element(tuple_size(Event), Event),
    {Send, Receive, Call, Return, State, Dispatch, count(kind(Event), 1, Others), min(Ts, From), max(Ts, To)}.

%% What our own match specs send with a call makes another kind of it (elixirscope_own).
-spec kind(tuple()) -> atom().
kind({trace_ts, _, call, _, Own, _}) when is_tuple(Own) ->
    case element(1, Own) of
        es_state -> state;
        es_dispatch -> dispatch;
        es_timer -> timer;
        es_monitor -> monitor;
        es_demonitor -> demonitor;
        es_flow -> flow_start;
        es_flow_end -> flow_end;
        es_telemetry -> telemetry;
        es_pubsub -> pubsub;
        es_phoenix -> phoenix;
        es_plug -> plug;
        es_name -> name;
        es_log -> log;
        es_process -> process;
        es_supervisor -> supervisor;
        _ -> call
    end;
kind({trace_ts, _, return_from, {erlang, Name, _}, _, _})
  when Name =:= send_after; Name =:= start_timer; Name =:= cancel_timer ->
    timer;
kind({trace_ts, _, return_from, {erlang, monitor, _}, _, _}) ->
    monitor;
kind({seq_trace, _, _, _} = Event) -> elixirscope_flow:kind(Event);
kind(Event) when element(1, Event) =:= es -> element(2, Event);
kind(Event) -> element(3, Event).

%% An interval in which nothing was seen, nor can be counted.
-spec interval(integer() | none, integer()) -> elixirscope_tracer:tally().
interval(From, To) -> {0, 0, 0, 0, 0, 0, #{}, From, To}.

%% The first moment of it.
-spec since(elixirscope_tracer:tally()) -> integer() | none.
since({_, _, _, _, _, _, _, From, _}) -> From.

-spec total(elixirscope_tracer:tally()) -> non_neg_integer().
total({Send, Receive, Call, Return, State, Dispatch, Others, _, _}) ->
    Send + Receive + Call + Return + State + Dispatch + lists:sum(maps:values(Others)).

-spec counts(elixirscope_tracer:tally()) -> #{atom() => pos_integer()}.
counts({Send, Receive, Call, Return, State, Dispatch, Others, _, _}) ->
    Flooding = [{send, Send}, {'receive', Receive}, {call, Call}, {return_from, Return}, {state, State}, {dispatch, Dispatch}],
    lists:foldl(fun({Kind, N}, Counts) -> count(Kind, N, Counts) end, Others, Flooding).

count(_, 0, Counts) -> Counts;
count(Kind, N, Counts) -> Counts#{Kind => N + maps:get(Kind, Counts, 0)}.

-spec merge(elixirscope_tracer:tally(), elixirscope_tracer:tally()) -> elixirscope_tracer:tally().
merge({S1, R1, C1, V1, X1, D1, O1, F1, T1}, {S2, R2, C2, V2, X2, D2, O2, F2, T2}) ->
    {S1 + S2, R1 + R2, C1 + C2, V1 + V2, X1 + X2, D1 + D2, add(O1, O2), min(F1, F2), max(T1, T2)}.

-spec add(map(), map()) -> map().
add(Counts, Into) -> maps:fold(fun count/3, Into, Counts).

-spec gap(atom(), elixirscope_tracer:tally()) -> tuple().
gap(Cause, {_, _, _, _, _, _, _, From, To} = Tally) ->
    {es, gap, self(), {Cause, From, To, maps:to_list(counts(Tally))}, erlang:monotonic_time()}.
