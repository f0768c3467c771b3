-module(sampler_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, command/2, detach/1, events/1, await/2]).

%% 50,000 processes: a round stays within its budget, goes on where it stopped,
%% and the largest, the longest mailboxes and the busiest come in every round.
bounded_test_() ->
    {timeout, 120, fun() ->
        ok = node_side:load_modules(),
        process_flag(trap_exit, true),
        Idle = [spawn_link(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 50000)],
        Long = spawn_link(fun() -> receive stop -> ok end end),
        [Long ! {n, N} || N <- lists:seq(1, 500)],
        Large = spawn_link(fun() -> X = lists:seq(1, 500000), receive stop -> X end end),
        ok = node_side:until(fun() -> process_info(Large, [status]) =:= [{status, waiting}] end),
        Busy = spawn_link(fun Loop() -> lists:foldl(fun erlang:'+'/2, 0, lists:seq(1, 500)), receive stop -> ok after 1 -> Loop() end end),
        Pass = pass(elixirscope_sampler:new(50, 1000), [], 0),
        {Sampler, Seen, Rounds} = Pass,
        ?assert(Rounds > 1),
        ?assertEqual([], (Idle ++ [Long, Large, Busy]) -- Seen),
        %% What has not changed is not told again.
        Long ! more,
        {_, Again} = one(Sampler),
        ?assertEqual([], [Long] -- Again),
        ?assertEqual(false, lists:member(Large, Again)),
        ?assertEqual([], [Pid || Pid <- Again, lists:member(Pid, lists:sublist(Idle, 100))]),
        %% Who was busy is known from the second pass on.
        {Second, _, _} = pass(Sampler, [], 0),
        {_, Third} = one(Second),
        ?assert(lists:member(Busy, Third)),
        [begin unlink(Pid), exit(Pid, kill) end || Pid <- [Long, Large, Busy | Idle]],
        node_side:unload()
    end}.

pass(Sampler, Seen, Rounds) ->
    case one(Sampler) of
        {#{left := []} = Done, Pids} -> {Done, Pids ++ Seen, Rounds + 1};
        {More, Pids} -> pass(More, Pids ++ Seen, Rounds + 1)
    end.

%% The budget counts time on the clock: on a machine that is busy less is done in it, never more.
one(Sampler) ->
    Self = self(),
    Next = elixirscope_sampler:round(Sampler, [], fun(Events) -> Self ! {seen, [Pid || {es, sample, Pid, _, _} <- Events]}, ok end),
    {Next, collected([])}.

collected(Pids) -> receive {seen, More} -> collected(More ++ Pids) after 0 -> Pids end.

%% What the budget is: waiting for the receiver does not count, work does.
budget_test_() ->
    {timeout, 60, fun() ->
        ok = node_side:load_modules(),
        Idle = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 20000)],
        Sampler = elixirscope_sampler:new(2, 1000),
        {_, Seen} = one(Sampler),
        ?assert(length(Seen) < 20000),
        [exit(Pid, kill) || Pid <- Idle],
        node_side:unload()
    end}.
