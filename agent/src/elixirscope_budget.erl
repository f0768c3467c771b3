%% What tracing may cost, and whether it costs more. Each limit is an allowance
%% that fills up with time, a second's worth at most: the more it is exceeded, the
%% sooner it is used up.
-module(elixirscope_budget).

-export([defaults/0, check/1, new/2, memory/1, spend/3, load/0]).

%% Events and bytes a second, bytes of memory, thousandths of a scheduler, processes that wait for each scheduler.
-type budget() :: #{events := infinity | pos_integer(), bytes := infinity | pos_integer(), memory := infinity | pos_integer(),
                    cpu := infinity | pos_integer(), run_queue := infinity | pos_integer()}.
-type why() :: events | bytes | cpu | run_queue.
-opaque account() :: #{budget := budget(), left := map(), spent := map(), at := integer()}.
-export_type([budget/0, why/0, account/0]).

%% Without limits of one's own: credit, the length of the mailbox and the memory are limited in any case.
-spec defaults() -> budget().
defaults() ->
    #{events => infinity, bytes => infinity, memory => infinity, cpu => infinity, run_queue => infinity}.

-spec check(term()) -> {ok, budget()} | {error, {bad_budget, term()}}.
check(Given) when is_map(Given) ->
    Budget = maps:merge(defaults(), Given),
    case [Key || {Key, Value} <- maps:to_list(Budget), not valid(Key, Value)] of
        [] -> {ok, Budget};
        [Key | _] -> {error, {bad_budget, Key}}
    end;
check(Given) ->
    {error, {bad_budget, Given}}.

valid(Key, infinity) -> is_map_key(Key, defaults());
valid(memory, Value) -> is_integer(Value) andalso Value >= 1048576;
valid(Key, Value) -> is_map_key(Key, defaults()) andalso is_integer(Value) andalso Value > 0.

%% The tracer's memory, if it is limited here.
-spec memory(budget()) -> infinity | pos_integer().
memory(#{memory := Memory}) -> Memory.

%% `Spent` are totals: of `events`, `bytes` and `cpu` (nanoseconds).
-spec new(budget(), map()) -> account().
new(Budget, Spent) ->
    #{budget => Budget, spent => Spent, at => erlang:monotonic_time(nanosecond),
      left => maps:from_list([{Key, second(Key, maps:get(Key, Budget))} || Key <- [events, bytes, cpu, run_queue]])}.

%% What a second allows. Of the run queue: one second above its limit.
second(_, infinity) -> infinity;
second(cpu, Thousandths) -> Thousandths * 1000000;
second(run_queue, _) -> 1000000000;
second(_, Limit) -> Limit.

%% What was spent since, and which limit has no allowance left.
-spec spend(map(), number(), account()) -> {within | {over, why()}, account()}.
spend(Spent, Load, #{budget := Budget, spent := Before, left := Left, at := At} = Account) ->
    Now = erlang:monotonic_time(nanosecond),
    Elapsed = Now - At,
    Left1 = maps:map(fun(Key, Rest) -> left(Key, Rest, Elapsed, Budget, Load, maps:get(Key, Spent, 0) - maps:get(Key, Before, 0)) end, Left),
    Over = [Key || Key <- [events, bytes, cpu, run_queue], is_integer(maps:get(Key, Left1)), maps:get(Key, Left1) < 0],
    {case Over of [] -> within; [Why | _] -> {over, Why} end, Account#{spent := Spent, left := Left1, at := Now}}.

left(_, infinity, _, _, _, _) ->
    infinity;
left(run_queue, Rest, Elapsed, #{run_queue := Limit}, Load, _) ->
    case Load > Limit of
        true -> max(-1000000000, Rest - Elapsed);
        false -> min(1000000000, Rest + Elapsed)
    end;
left(Key, Rest, Elapsed, Budget, _, Used) ->
    Second = second(Key, maps:get(Key, Budget)),
    %% A flood is forgiven after a second: what counts is what comes now.
    max(-Second, min(Second, Rest + Second * Elapsed div 1000000000) - Used).

%% Processes that wait for a scheduler, for each of them. Costs nothing, and needs
%% no setting of the node to be changed, as the use of schedulers would.
-spec load() -> number().
load() ->
    erlang:statistics(total_run_queue_lengths) / erlang:system_info(schedulers_online).
