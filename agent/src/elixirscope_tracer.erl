%% The tracer: takes trace messages from its mailbox, packs them into batches
%% and sends these to ElixirScope while there is credit. Without credit, or when
%% the mailbox is too long, it counts and drops; the record gets a `gap`.
%%
%% The mailbox is always read in order, with receives that match every message:
%% a selective receive would cost a scan of a mailbox that may be long.
-module(elixirscope_tracer).

-export([start/2]).

-type mode() :: open | no_credit | overload | breaker.
-type tally() :: {Send :: non_neg_integer(), Receive :: non_neg_integer(), Call :: non_neg_integer(),
                  Return :: non_neg_integer(), State :: non_neg_integer(), Dispatch :: non_neg_integer(), Others :: map(), FromTs :: integer() | none, ToTs :: integer()}.
-export_type([mode/0, tally/0]).

%% Off-heap messages: a long mailbox is not walked by the garbage collector.
-spec start(pid(), map()) -> {pid(), reference()}.
start(Owner, Options) ->
    Flags = [monitor, {message_queue_data, off_heap}, {min_heap_size, 65536}, {fullsweep_after, 20}],
    spawn_opt(fun() -> init(Owner, Options) end, Flags).

init(Owner, Options) ->
    async_dist(),
    tick(),
    #{batch_events := BatchEvents, batch_ms := BatchMs, window_bytes := Window} = Options,
    MemoryLimit = min(maps:get(memory_limit, Options), elixirscope_budget:memory(maps:get(budget, Options))),
    ready(#{owner => Owner, scope => maps:get(scope, Options), alive => maps:get(alive, Options),
            batch_events => BatchEvents,
            batch_ns => erlang:convert_time_unit(BatchMs, millisecond, native),
            window => Window,
            batch_bytes => min(Window div 4, 1024 * 1024),
            payload => maps:get(payload_bytes, Options),
            mailbox_limit => maps:get(mailbox_limit, Options),
            memory_limit => MemoryLimit, limit_at_start => maps:get(memory_limit, Options),
            mean => 0, memory_at => erlang:monotonic_time(), priority => normal, calm_at => 0, stay => 1000000000,
            mode => open, tripped => none, gaps => #{}, held => [], filter => elixirscope_filter:new(),
            runtime => 0, seq => 0, produced => 0, sent => 0, dropped => 0, by_kind => #{}, by_cause => #{},
            sampled_out => #{}, untold => #{}, bytes => 0, acked => 0}).

%% OTP 25.3+: sends into a busy connection are queued instead of refused. What
%% can be queued is bounded by the window.
async_dist() ->
    try process_flag(async_dist, true) of _ -> ok catch error:badarg -> ok end.

tick() ->
    erlang:send_after(500, self(), es_tick).

%% Between two batches: decide whether to collect or to count.
ready(#{mode := open, mailbox_limit := Limit} = S) ->
    Length = mailbox(),
    Ready = prioritised(Length, S),
    case Length > Limit orelse is_heavy(Length, Ready) of
        true -> counting(Ready#{mode := overload});
        false when Length > 256 -> weighed(Ready);
        false -> collect(Ready)
    end;
ready(S) ->
    counting(S).

collect(S) ->
    collect(maps:get(batch_events, S), [], none, release(S)).

%% A tracer that is heavy now and then has to lighten itself by counting.
weighed(S) ->
    case weigh(S) of
        {true, Weighed} -> counting(Weighed#{mode := overload});
        {false, Weighed} -> collect(Weighed)
    end.

%% To ask for the memory of a process takes longer the longer its mailbox is
%% (8 ns for each message), hence not more often than every 50 ms.
weigh(#{memory_at := At, memory_limit := Limit} = S) ->
    case erlang:monotonic_time() of
        Now when Now < At ->
            {false, S};
        Now ->
            {memory, Memory} = process_info(self(), memory),
            {Memory > Limit, S#{memory_at := Now + 50000000}}
    end.

mailbox() ->
    {message_queue_len, Length} = process_info(self(), message_queue_len),
    Length.

%% Memory does not show the binaries that messages refer to; the mean size of
%% recent events tells what the mailbox keeps alive.
is_heavy(Length, #{mean := Mean, memory_limit := Limit}) ->
    Length > 256 andalso Length * Mean > Limit.

%% At normal priority events gather while others run, and each turn takes many:
%% a third more throughput than at high priority, where each event wakes the
%% tracer. But where the schedulers are busy with long slices its turn comes
%% late; then it goes high, and comes back after it has been calm for a while,
%% each time later.
prioritised(Length, #{priority := normal, stay := Stay} = S) when Length > 4000 ->
    process_flag(priority, high),
    S#{priority := high, calm_at := erlang:monotonic_time() + Stay, stay := min(Stay * 2, 32000000000)};
prioritised(Length, #{priority := high, calm_at := At} = S) when Length < 500 ->
    case erlang:monotonic_time() > At andalso not crowded() of
        true ->
            process_flag(priority, normal),
            S#{priority := normal};
        false ->
            S
    end;
prioritised(_, S) ->
    S.

%% Where many wait for a scheduler, a turn at normal priority comes after theirs: a thousand busy processes have sent
%% millions of messages by then.
crowded() -> erlang:statistics(total_run_queue_lengths) > 4 * erlang:system_info(schedulers_online).

%% Tracing goes on, or may have become more.
hurried(#{stay := Stay} = S) ->
    process_flag(priority, high),
    S#{priority := high, calm_at := erlang:monotonic_time() + Stay}.

%% The hot path: nothing here but the receive.
collect(0, Events, _, S) ->
    ready(flush(Events, maps:get(batch_events, S), S));
collect(Left, Events, Since, S) ->
    receive
        Event when element(1, Event) =:= trace_ts -> collect(Left - 1, [Event | Events], Since, S);
        Event when element(1, Event) =:= seq_trace -> hop(Event, Left, Events, Since, S);
        {es_ack, Bytes} -> collect(Left, Events, Since, acked(Bytes, S));
        Control -> ready(control(Control, flush(Events, maps:get(batch_events, S) - Left, S)))
    after 0 ->
        idle(Left, Events, Since, S)
    end.

%% Nothing in the mailbox. The clock of a batch starts when it first has to wait.
idle(Left, [], _, S) ->
    receive
        Event when element(1, Event) =:= trace_ts ->
            collect(Left - 1, [Event], erlang:monotonic_time(), S);
        Event when element(1, Event) =:= seq_trace ->
            hop(Event, Left, [], erlang:monotonic_time(), S);
        Control ->
            ready(control(Control, S))
    end;
idle(Left, Events, none, S) ->
    idle(Left, Events, erlang:monotonic_time(), S);
idle(Left, Events, Since, #{batch_ns := BatchNs} = S) ->
    case Since + BatchNs - erlang:monotonic_time() of
        Wait when Wait > 0 ->
            receive
                Event when element(1, Event) =:= trace_ts -> collect(Left - 1, [Event | Events], Since, S);
                Event when element(1, Event) =:= seq_trace -> hop(Event, Left, Events, Since, S);
                {es_ack, Bytes} -> idle(Left, Events, Since, acked(Bytes, S));
                Control -> ready(control(Control, flush(Events, maps:get(batch_events, S) - Left, S)))
            after erlang:convert_time_unit(Wait, native, millisecond) + 1 ->
                ready(flush(Events, maps:get(batch_events, S) - Left, S))
            end;
        _ ->
            ready(flush(Events, maps:get(batch_events, S) - Left, S))
    end.

%% What the VM tells the system tracer: hops of flows, noise, and hops of tokens that are not ours.
hop(Event, Left, Events, Since, #{filter := #{flow := Flow}} = S) ->
    case elixirscope_flow:wanted(Event, Flow) of
        false -> collect(Left, Events, Since, S);
        Hop -> collect(Left - 1, [Hop | Events], Since, S)
    end.

%%% Sending

%% Sends what was collected (newest first), or counts it as dropped.
flush([], _, S) ->
    S;
flush(Newest, Count, #{produced := Produced, filter := Filter} = S) ->
    %% The time of a process cannot be asked for: encoding and sending are measured,
    %% taking an event from the mailbox costs about 80 ns.
    Start = erlang:monotonic_time(),
    Events = lists:reverse(Newest),
    S1 = S#{produced := Produced + Count},
    Flushed = case elixirscope_filter:is_idle(Filter) of
                  true -> encode(Events, Count, S1);
                  false -> filtered(Events, S1)
              end,
    spent(Count, erlang:monotonic_time() - Start, Flushed).

%% The owner compares it with the budget.
spent(Count, Time, #{runtime := Runtime, alive := Counters, bytes := Bytes} = S) ->
    Total = Runtime + Time + 80 * Count,
    atomics:add(Counters, 2, Count),
    atomics:put(Counters, 3, Bytes),
    atomics:put(Counters, 4, Total),
    S#{runtime := Total}.

filtered(Events, #{filter := Filter, owner := Owner} = S) ->
    {Kept, Count, Rejected, Unsampled, Filter1} = elixirscope_filter:events(Events, Filter),
    _ = Unsampled =:= [] orelse (Owner ! {es_unsampled, Unsampled}),
    S1 = lists:foldl(fun rejected/2, S#{filter := Filter1}, Rejected),
    case Kept of
        [] -> S1;
        _ -> encode(Kept, Count, S1)
    end.

rejected({sampled_out, Tally}, #{sampled_out := Sampled, untold := Untold} = S) ->
    Counts = elixirscope_tally:counts(Tally),
    S#{sampled_out := elixirscope_tally:add(Counts, Sampled), untold := elixirscope_tally:add(Counts, Untold)};
rejected({Cause, Tally}, S) ->
    drop(Cause, Tally, S).

%% The size is known before anything is encoded (a tenth of the price of
%% encoding): a batch that is large is looked at event by event.
encode(Events, Count, #{batch_bytes := BatchBytes, payload := Payload, mean := Mean} = S) ->
    Size = erlang:external_size(Events),
    %% Ordinary events have 150 bytes: only above that can a large state be among them.
    Large = Size > Payload + 256 * Count andalso report_large(elixirscope_state:large(Events, Payload), S),
    S1 = case Large of
             %% Those that follow are not copied: they say nothing about what is in the mailbox.
             true -> S;
             false -> S#{mean := (7 * Mean + Size div Count) div 8}
         end,
    case Size =< BatchBytes of
        true ->
            deliver(Events, Count, term_to_binary(Events), S1);
        false ->
            Delivered = deliver_cut(elixirscope_cut:chunks(Events, S1), S1),
            %% What was cut away is garbage now, and may be hundreds of megabytes.
            garbage_collect(),
            Delivered
    end.

%% The owner sees to it that the next ones are not copied.
report_large([], _) ->
    false;
report_large(Large, #{owner := Owner}) ->
    Owner ! {es_large, Large},
    true.

deliver_cut([], S) ->
    S;
deliver_cut([Events | Rest], S) ->
    deliver_cut(Rest, deliver(Events, length(Events), term_to_binary(Events), S)).

deliver(Events, Count, Bin, S) ->
    case offer(Bin, S) of
        true -> send_batch(Events, Count, Bin, S);
        false -> drop(no_credit, elixirscope_tally:events(Events), S#{mode := no_credit})
    end.

offer(Bin, #{bytes := Bytes, acked := Acked, window := Window, mode := open}) ->
    InFlight = Bytes - Acked,
    InFlight =:= 0 orelse InFlight + byte_size(Bin) =< Window;
offer(_, _) ->
    false.

send_batch(Events, Count, Bin, S) ->
    case send(maps:get(scope, S), {es_batch, maps:get(seq, S), Count, Bin}, 100, maps:get(mailbox_limit, S)) of
        true -> sent(Count, Bin, S);
        false -> drop(no_credit, elixirscope_tally:events(Events), S)
    end.

sent(Count, Bin, #{seq := Seq, sent := Sent, bytes := Bytes} = S) ->
    S#{seq := Seq + 1, sent := Sent + Count, bytes := Bytes + byte_size(Bin)}.

%% A busy connection (before OTP 25.3) refuses: wait for it, but neither long
%% nor with a mailbox that grows.
send(Scope, Message, Left, Limit) ->
    case erlang:send(Scope, Message, [nosuspend, noconnect]) of
        ok -> true;
        nosuspend when Left > 0 ->
            receive after 1 -> ok end,
            mailbox() < Limit andalso send(Scope, Message, Left - 1, Limit);
        _ -> false
    end.

%%% Counting instead of sending

%% A cause, or `{Cause, Until}` for a gap that is over: the next one of that cause is another.
drop(Gap, Tally, #{gaps := Gaps, dropped := Dropped, by_kind := ByKind, by_cause := ByCause} = S) ->
    Counts = elixirscope_tally:counts(Tally),
    Total = lists:sum(maps:values(Counts)),
    S#{gaps := Gaps#{Gap => elixirscope_tally:merge(Tally, maps:get(Gap, Gaps, elixirscope_tally:new()))},
       dropped := Dropped + Total,
       by_kind := elixirscope_tally:add(Counts, ByKind),
       by_cause := elixirscope_tally:add(#{cause_of(Gap) => Total}, ByCause)}.

cause_of({Cause, _}) -> Cause;
cause_of(Cause) -> Cause.

%% What was counted of it so far, and from when to when it was.
over(Cause, From, To, #{gaps := Gaps} = S) ->
    Tally = elixirscope_tally:merge(elixirscope_tally:interval(From, To), maps:get(Cause, Gaps, elixirscope_tally:new())),
    S#{gaps := (maps:remove(Cause, Gaps))#{{Cause, To} => Tally}}.

%% Takes up to 1,000 events from the mailbox without keeping them.
counting(#{filter := #{sample := Sample} = Filter} = S) when Sample =/= all ->
    {Tally, Apart, Control} = elixirscope_filter:mailbox(1000, Filter),
    #{produced := Produced} = Counted = counted(Tally, S),
    Split = rejected({sampled_out, Apart}, Counted#{produced := Produced + elixirscope_tally:total(Apart)}),
    case Control of
        {some, Message} -> next(control(Message, Split));
        none -> next(watch(Split))
    end;
counting(#{filter := #{flow := Flow}} = S) ->
    case elixirscope_tally:mailbox(1000, Flow) of
        {Tally, Control} ->
            Counted = counted(Tally, S),
            next(control(Control, Counted));
        Tally ->
            next(watch(counted(Tally, S)))
    end.

counted(Tally, #{produced := Produced} = S) ->
    case elixirscope_tally:total(Tally) of
        0 -> S;
        Count -> spent(Count, 0, drop(cause(Tally, S), Tally, S#{produced := Produced + Count}))
    end.

%% What the breaker found waiting was traced before it opened: its own gap has nothing in it that was seen, and trace
%% messages of several processes have no order among themselves.
cause(Tally, #{mode := breaker, tripped := At}) when is_integer(At) ->
    case elixirscope_tally:since(Tally) > At of
        true -> breaker;
        false -> overload
    end;
cause(_, #{mode := Mode}) ->
    Mode.

%% Where even counting does not keep up, the owner switches the flags off.
watch(#{mode := breaker} = S) ->
    S;
watch(#{mailbox_limit := Limit, owner := Owner} = S) ->
    Length = mailbox(),
    Watched = prioritised(Length, S),
    case Length > 10 * Limit of
        true -> trip(Owner, Watched);
        false -> watch_memory(Length, Watched)
    end.

watch_memory(Length, #{owner := Owner} = S) when Length > 256 ->
    case weigh(S) of
        {true, Heavy} -> trip(Owner, Heavy);
        {false, Light} -> Light
    end;
watch_memory(_, S) ->
    S.

%% Nothing that was taken in before has a later time than this.
trip(Owner, S) ->
    At = erlang:monotonic_time(),
    Owner ! {es_breaker, trip, At},
    S#{mode := breaker, tripped := At}.

next(#{mode := no_credit, bytes := Bytes, acked := Acked, window := Window} = S) when Bytes - Acked =< Window div 2 ->
    recover(S);
next(#{mode := overload, mailbox_limit := Limit} = S) ->
    case mailbox() =< Limit div 4 of
        true -> recover(S);
        false -> counting(S)
    end;
next(S) ->
    ready(S).

%% The gaps go out before anything that comes after them.
recover(S) ->
    ready(release(gaps(S#{mode := open}))).

gaps(S) -> gaps(fun offer/2, S).

%% And what was left out by sampling since it was told last. The gap of a budget is told whole, when it is over.
gaps(MayGo, #{gaps := #{budget := Tally} = Gaps, filter := Filter} = S) when map_get(lowered, Filter) =/= [] ->
    #{gaps := Left} = Told = gaps(MayGo, S#{gaps := maps:remove(budget, Gaps)}),
    Told#{gaps := Left#{budget => Tally}};
gaps(_, #{gaps := Gaps, untold := Untold} = S) when map_size(Gaps) =:= 0, map_size(Untold) =:= 0 ->
    S;
gaps(MayGo, #{gaps := Gaps, untold := Untold, produced := Produced} = S) ->
    Events = [elixirscope_tally:gap(cause_of(Gap), Tally) || {Gap, Tally} <- maps:to_list(Gaps)] ++ left_out(Untold),
    Count = length(Events),
    Bin = term_to_binary(Events),
    case MayGo(Bin, S) of
        true ->
            case send(maps:get(scope, S), {es_batch, maps:get(seq, S), Count, Bin}, 100, infinity) of
                true -> sent(Count, Bin, S#{gaps := #{}, untold := #{}, produced := Produced + Count});
                false -> S
            end;
        false ->
            S
    end.

left_out(Counts) when map_size(Counts) =:= 0 -> [];
left_out(Counts) -> [{es, session, self(), {sampled_out, maps:to_list(Counts)}, erlang:monotonic_time()}].

%%% Everything in the mailbox that is not a trace message

control({es_ack, Bytes}, S) ->
    release(acked(Bytes, S));
%% Nothing more goes out once the last accounts were made.
control({es_emit, _, _, _}, #{held := closed} = S) ->
    S;
control({es_emit, _, _, _} = Emit, #{held := Held} = S) ->
    release(S#{held := Held ++ [Emit]});
control({es_sync, Ref}, S) ->
    control({es_sync, Ref, fun offer/2}, S);
%% The last gaps go out whether there is credit for them or not, and nothing after them.
control({es_sync, Ref, final}, S) ->
    control({es_sync, Ref, fun(_, _) -> true end}, (release(S))#{held := closed});
control({es_sync, Ref, MayGo}, S) ->
    %% Messages of different senders have no order among themselves: what was
    %% delivered before this one may lie behind it, but not behind the next.
    self() ! {es_synced, Ref, MayGo},
    S;
control({es_synced, Ref, MayGo}, #{owner := Owner} = S) ->
    Flushed = gaps(MayGo, S),
    Owner ! {es_synced, Ref, stats(Flushed)},
    Flushed;
control(es_tick, #{owner := Owner} = S) ->
    tick(),
    Flushed = release(gaps(case crowded() of true -> hurried(S); false -> S end)),
    Owner ! {es_stats, stats(Flushed)},
    Flushed;
control({es_gap, Cause, From, To}, S) ->
    gaps(drop(Cause, elixirscope_tally:interval(From, To), S));
control({es_sampling, Sample, Calls}, #{filter := Filter} = S) ->
    (hurried(S))#{filter := elixirscope_filter:sampling(Sample, Calls, Filter)};
control({es_flow, Flow, Entries, Nth}, #{filter := Filter} = S) ->
    S#{filter := elixirscope_filter:flow(Flow, Entries, Nth, Filter)};
control({es_lowered, Level, Ref}, #{filter := Filter} = S) ->
    S#{filter := elixirscope_filter:lowered(Level, since(Ref), Filter)};
control({es_raised, none, Level, Since}, #{filter := Filter} = S) ->
    gaps(S#{filter := elixirscope_filter:raised(Level, Since, Filter)});
%% Nothing that was taken in until now is later than this, and what comes and is older belongs to the gap.
control({es_raised, From, Level, Since}, #{filter := Filter} = S) ->
    To = erlang:monotonic_time(),
    Past = elixirscope_filter:until(budget, From, To, elixirscope_filter:level(Filter), Filter),
    gaps(over(budget, From, To, S#{filter := elixirscope_filter:raised(Level, Since, Past)}));
control({es_memory_limit, Limit}, #{limit_at_start := AtStart} = S) ->
    S#{memory_limit := min(Limit, AtStart)};
control({es_breaker_opens, _}, #{mode := breaker} = S) ->
    S;
control({es_breaker_opens, Ref}, S) ->
    S#{mode := breaker, tripped := since(Ref) - 1};
control({es_breaker, off, Ref}, S) ->
    self() ! {es_breaker, drained, Ref},
    S#{mode := breaker};
control({es_breaker, drained, Ref}, #{owner := Owner} = S) ->
    Owner ! {es_breaker, drained, Ref},
    S#{mode := breaker};
control({es_breaker, on, From}, #{filter := Filter} = S) ->
    To = erlang:monotonic_time(),
    Closed = over(breaker, From, To, (hurried(S))#{filter := elixirscope_filter:until(breaker, From, To, off, Filter)}),
    release(gaps(Closed#{mode := open}));
control(_, S) ->
    S.

%% The first moment of a gap: taken by the owner after its message was in our mailbox, so that all that lies before that is older; what is
%% older and comes after it can be told by its time. Follows at once: no more is looked at than came in between.
since(Ref) ->
    receive {Ref, From} -> From end.

%% An acknowledgement is a sign of life: the owner looks at this before it
%% concludes from a missing beat that nobody is there.
acked(Bytes, #{acked := Acked, alive := Alive} = S) when Bytes > Acked ->
    atomics:put(Alive, 1, erlang:monotonic_time(millisecond)),
    S#{acked := Bytes};
acked(_, S) -> S.

%% Events that our own processes make are never dropped: they wait for credit,
%% and whoever makes them waits for `es_emitted`.
release(#{held := Held} = S) when Held =:= []; Held =:= closed ->
    S;
release(#{held := [{es_emit, From, Count, Bin} | Rest], produced := Produced} = S) ->
    case offer(Bin, S) andalso send(maps:get(scope, S), {es_batch, maps:get(seq, S), Count, Bin}, 100, infinity) of
        true ->
            From ! es_emitted,
            release(sent(Count, Bin, S#{held := Rest, produced := Produced + Count}));
        false ->
            S
    end.

stats(#{produced := Produced, sent := Sent, dropped := Dropped, by_kind := ByKind, by_cause := ByCause, sampled_out := Sampled, seq := Seq,
        bytes := Bytes, acked := Acked, mode := Mode, runtime := Runtime}) ->
    [{memory, Memory}, {reductions, Reductions}, {message_queue_len, Length}, {binary, Binaries}] =
        process_info(self(), [memory, reductions, message_queue_len, binary]),
    #{produced => Produced, sent => Sent, dropped => Dropped, dropped_by_kind => ByKind, dropped_by_cause => ByCause,
      sampled_out => lists:sum(maps:values(Sampled)), sampled_out_by_kind => Sampled,
      batches => Seq, bytes => Bytes, acked => Acked, mailbox => Length,
      memory => Memory + lists:sum([Size || {_, Size, _} <- Binaries]),
      reductions => Reductions, runtime_ns => erlang:convert_time_unit(Runtime, native, nanosecond),
      breaker => case Mode of breaker -> open; _ -> closed end}.
