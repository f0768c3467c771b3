%% The time of the machine, beside that of the node. Events have the node's
%% monotonic time, which goes on evenly whatever is done to the machine's clock;
%% that it was set is told, since what the application wrote down with it
%% (logs, rows of a database) is off by as much from then on.
-module(elixirscope_clock).

-export([difference/0, check/1]).

%% Nanoseconds from the node's monotonic time to the machine's; `held_up` where
%% too much came between the two looks.
-spec difference() -> integer() | held_up.
difference() ->
    Before = erlang:monotonic_time(nanosecond),
    Wall = os:system_time(nanosecond),
    case erlang:monotonic_time(nanosecond) - Before of
        Long when Long > 50000000 -> held_up;
        _ -> Wall - Before
    end.

%% Five times a second. A clock that is corrected little by little (1 % at most) is none that jumps.
-spec check(map()) -> map().
check(#{wall := Known} = S) ->
    case difference() of
        held_up ->
            S;
        Now when Known =:= held_up ->
            S#{wall := Now};
        Now when abs(Now - Known) > 500000000 ->
            elixirscope_level:said([{clock_set, Now - Known, erlang:time_offset(nanosecond)}], S),
            S#{wall := Now};
        Now ->
            S#{wall := Now}
    end.
