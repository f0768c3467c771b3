%% What the emulator says of processes that take too long or too much: its
%% system monitor. A node has one: where somebody else holds it, it is left to
%% them. (Trace sessions have had their own since OTP 28, but hand everything to
%% the session's tracer, which reads nothing else in its hot path.)
-module(elixirscope_system).

-export([start/2, hold/2, valid/1]).

-type limits() :: #{atom() => term()}.
-type holder() :: on | off | {taken, binary()}.
-export_type([limits/0, holder/0]).

%% Milliseconds, words, messages ({Low, High}); 0 or false: not that one.
limits() ->
    #{long_gc => 100, long_schedule => 100, large_heap => 8 * 1024 * 1024, busy_port => true, busy_dist_port => true,
      long_message_queue => {1000, 10000}}.

-spec valid(term()) -> boolean().
valid(off) -> true;
valid(Limits) when is_map(Limits) ->
    lists:all(fun({long_message_queue, {Low, High}}) -> is_integer(Low) andalso is_integer(High) andalso 0 =< Low andalso Low < High;
                 ({long_message_queue, Value}) -> Value =:= false;
                 ({Key, Value}) when Key =:= busy_port; Key =:= busy_dist_port -> is_boolean(Value);
                 ({Key, Value}) -> lists:member(Key, [long_gc, long_schedule, large_heap]) andalso is_integer(Value) andalso Value >= 0
              end, maps:to_list(Limits));
valid(_) -> false.

%% Makes us the holder unless somebody else is. Called again and again: it says
%% when another tool took it, and takes it when that lets go. Ours ends with the
%% process that gets the messages.
-spec hold(pid(), limits() | off) -> holder().
hold(_, off) ->
    off;
hold(Pid, Limits) ->
    case erlang:system_monitor() of
        {Pid, _} -> on;
        undefined -> take(Pid, maps:merge(limits(), Limits));
        {Other, _} -> {taken, elixirscope_trace:describe(Other)}
    end.

take(Pid, Limits) ->
    %% Long message queues are told of since OTP 27.
    Before = try erlang:system_monitor(Pid, options(Limits))
             catch error:badarg -> erlang:system_monitor(Pid, options(maps:remove(long_message_queue, Limits)))
             end,
    case Before of
        %% Somebody was faster than we: theirs comes back as it was.
        {Other, Options} when Other =/= Pid ->
            _ = erlang:system_monitor(Other, Options),
            {taken, elixirscope_trace:describe(Other)};
        _ -> on
    end.

options(Limits) ->
    lists:append([option(Key, Value) || {Key, Value} <- maps:to_list(Limits)]).

option(_, 0) -> [];
option(_, false) -> [];
option(Key, true) -> [Key];
option(Key, Value) -> [{Key, Value}].

%%% The process that gets the messages: at most so many events a second, the rest counted.

-spec start(pid(), pid()) -> {pid(), reference()}.
start(Owner, Tracer) ->
    spawn_opt(fun() -> loop(#{owner => Owner, tracer => Tracer, own => [self(), Owner, Tracer], left => limit(), skipped => 0, timer => off}) end,
              [monitor, {message_queue_data, off_heap}]).

limit() -> 100.

loop(S) ->
    receive
        {monitor, _, _, _} = Message -> loop(emit(lists:reverse(take_more([Message], 49)), S));
        {es_own, Pid} -> loop(S#{own := [Pid | maps:get(own, S)]});
        es_second -> loop(second(S));
        _ -> loop(S)
    end.

take_more(Messages, 0) -> Messages;
take_more(Messages, Left) ->
    receive
        {monitor, _, _, _} = Message -> take_more([Message | Messages], Left - 1)
    after 0 -> Messages
    end.

emit(Messages, #{own := Own, left := Left, skipped := Skipped} = S) ->
    Others = [Message || {monitor, Pid, _, _} = Message <- Messages, not lists:member(Pid, Own)],
    Events = [{es, system_monitor, Pid, {Type, Info}, erlang:monotonic_time()} || {monitor, Pid, Type, Info} <- lists:sublist(Others, Left)],
    Missed = length(Others) - length(Events) + send(Events, S),
    timer(S#{left := Left - length(Events), skipped := Skipped + Missed}).

%% Without credit the tracer makes us wait; what the emulator says meanwhile waits
%% too, and only a long mailbox is worked off by counting.
send([], _) -> 0;
send(Events, #{tracer := Tracer}) ->
    Tracer ! {es_emit, self(), length(Events), term_to_binary(Events)},
    emitted(0).

emitted(Missed) ->
    receive
        es_emitted -> Missed
    after 100 ->
        case process_info(self(), message_queue_len) of
            {message_queue_len, Length} when Length > 1000 -> emitted(Missed + drained(Length, 0));
            _ -> emitted(Missed)
        end
    end.

drained(0, Count) -> Count;
drained(Left, Count) ->
    receive {monitor, _, _, _} -> drained(Left - 1, Count + 1) after 0 -> Count end.

timer(#{timer := off} = S) ->
    S#{timer := erlang:send_after(1000, self(), es_second)};
timer(S) -> S.

second(#{skipped := 0} = S) ->
    S#{left := limit(), timer := off};
second(#{skipped := Skipped, owner := Owner} = S) ->
    Missed = send([{es, system_monitor, Owner, {not_reported, Skipped}, erlang:monotonic_time()}], S),
    timer(S#{left := limit(), skipped := Missed, timer := off}).
