%% Samples of all processes at a bounded price: each round works for so many
%% milliseconds of each second at most, then the next goes on where it stopped. So a small
%% node is seen whole each time, and on a large one it takes more rounds to see
%% everybody; meanwhile the largest, the longest mailboxes and the busiest of the
%% last pass are looked at every time. What is as it was is not told again: most
%% processes of most nodes do nothing from one second to the next.
-module(elixirscope_sampler).

-export([new/2, every/2, round/3]).

%% `budget`: nanoseconds of work in a second; `left`: who is still to be seen in
%% this pass; `tops`: the leaders of this pass so far; `first`: those of the last.
-type sampler() :: #{budget := pos_integer(), every := non_neg_integer(), left := [pid()], first := [pid()],
                     tops := tops(), before := ets:tid()}.
-type tops() :: {list(), list(), list()}.
-export_type([sampler/0]).

-spec new(pos_integer(), non_neg_integer()) -> sampler().
new(BudgetMs, EveryMs) ->
    #{budget => BudgetMs * 1000000, every => EveryMs, left => [], first => [], tops => {[], [], []},
      before => ets:new(elixirscope_reductions, [private])}.

-spec every(non_neg_integer(), sampler()) -> sampler().
every(Ms, Sampler) -> Sampler#{every := Ms}.

%% Own processes are left out. `Emit` is given events and may wait: that time does not count.
-spec round(sampler(), [pid()], fun(([tuple()]) -> ok)) -> sampler().
round(#{budget := Budget, every := EveryMs, first := First, left := Left} = S, Own, Emit) ->
    Start = erlang:monotonic_time(nanosecond),
    {Rest, Whole} = case Left of
                        [] -> {processes() -- Own, true};
                        _ -> {Left, false}
                    end,
    %% A whole pass in one round would see the leaders twice.
    Ahead = case Whole andalso length(Rest) < 1000 of true -> []; false -> First end,
    Spent = erlang:monotonic_time(nanosecond) - Start,
    continue(Ahead, Rest, Budget * EveryMs div 1000 - Spent, Emit, S).

continue([_ | _] = Ahead, Rest, Budget, Emit, S) ->
    {Spent, Seen} = portion(Ahead, Emit, S),
    continue([], Rest, Budget - Spent, Emit, Seen);
continue([], [], _, _, S) ->
    finished(S#{left := []});
continue([], Rest, Budget, _, S) when Budget =< 0 ->
    S#{left := Rest};
continue([], Rest, Budget, Emit, S) ->
    {Now, Later} = split(100, Rest, []),
    {Spent, Seen} = portion(Now, Emit, S),
    continue([], Later, Budget - Spent, Emit, Seen).

split(0, Rest, Portion) -> {Portion, Rest};
split(_, [], Portion) -> {Portion, []};
split(N, [Pid | Rest], Portion) -> split(N - 1, Rest, [Pid | Portion]).

portion(Pids, Emit, #{tops := Tops, before := Before} = S) ->
    Start = erlang:monotonic_time(nanosecond),
    Events = lists:append([elixirscope_facts:sample(Pid) || Pid <- Pids]),
    {News, Seen} = lists:foldl(fun(Event, Acc) -> looked(Event, Before, Acc) end, {[], Tops}, Events),
    Spent = erlang:monotonic_time(nanosecond) - Start,
    News =:= [] orelse Emit(News),
    {Spent, S#{tops := Seen}}.

%% Where time was cut off, somebody looks for the last sample a while before: each is told again after half a minute. To be
%% looked at is a reduction.
looked({es, sample, Pid, {Memory, Length, Reductions, Status, _}, Ts} = Event, Before, {News, Tops}) ->
    Now = {Memory, Length, Status},
    {Told, Rate} = case ets:lookup(Before, Pid) of
                       [{_, Now, Then, _, At}] when Reductions - Then =< 3, Ts - At < 30000000000 -> {At, 0};
                       [{_, _, Then, Last, _}] when Ts > Last -> {Ts, (Reductions - Then) * 1000000 div (Ts - Last + 1)};
                       _ -> {Ts, 0}
                   end,
    ets:insert(Before, {Pid, Now, Reductions, Ts, Told}),
    {case Told of Ts -> [Event | News]; _ -> News end, rank(Pid, Memory, Length, Rate, Tops)}.

%% Busy is who has done most since it was seen last.
rank(Pid, Memory, Length, Rate, {Large, Long, Busy}) ->
    {top({Memory, Pid}, Large), top({Length, Pid}, Long), top({Rate, Pid}, Busy)}.

%% At most 30, least first.
top({0, _}, Top) -> Top;
top({_, Pid} = Entry, Top) when length(Top) < 30 -> lists:sort([Entry | lists:keydelete(Pid, 2, Top)]);
top({Value, _}, [{Least, _} | _] = Top) when Value =< Least -> Top;
top({_, Pid} = Entry, Top) ->
    case lists:keydelete(Pid, 2, Top) of
        Shorter when length(Shorter) < length(Top) -> lists:sort([Entry | Shorter]);
        _ -> lists:sort([Entry | tl(Top)])
    end.

%% The end of a pass: its leaders come first in the rounds of the next. What is
%% kept of processes that were not seen again goes.
finished(#{tops := {Large, Long, Busy}, before := Before} = S) ->
    Gone = ets:info(Before, size) - erlang:system_info(process_count),
    Gone > 1000 andalso ets:delete_all_objects(Before),
    S#{first := lists:usort([Pid || {_, Pid} <- Large ++ Long ++ Busy]), tops := {[], [], []}}.
