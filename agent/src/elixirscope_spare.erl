%% Large states: which processes' states are not copied for a while, and until
%% when. A part of the owner, on whose state it works.
-module(elixirscope_spare).

-export([spare/2, unspare/1, heaps/1]).

%% A state above `payload_bytes` is not copied again until some time has passed,
%% so that a process with 8 MiB of it costs 1 MiB a second and not 8 MiB for each
%% message; above 32 MiB it is not copied again at all.
spare(Large, #{states := States, spared := Spared} = S) when States =/= [] ->
    Now = erlang:monotonic_time(millisecond),
    spared(lists:foldl(fun({Pid, Size}, Acc) -> Acc#{Pid => {Size, again(Now, Size)}} end, Spared, Large), S);
spare(_, S) ->
    S.

again(_, Size) when Size > 33554432 -> never;
again(Now, Size) -> Now + 2000 + Size div 1048.

unspare(#{spared := Spared} = S) when map_size(Spared) =:= 0 ->
    S;
unspare(#{spared := Spared} = S) ->
    Now = erlang:monotonic_time(millisecond),
    case maps:filter(fun(Pid, {_, Again}) -> Again > Now andalso is_process_alive(Pid) end, Spared) of
        Left when map_size(Left) =:= map_size(Spared) -> S;
        Left -> spared(Left, S)
    end.

%% What would be copied at the first callback already. A heap is no state, but it
%% is what can be asked without a copy.
heaps(#{states := []} = S) ->
    S;
heaps(#{tracing := #{scope := Scope}} = S) ->
    WordSize = erlang:system_info(wordsize),
    Pids = case Scope of all -> processes(); _ -> Scope end,
    Heaps = [{Pid, Words * WordSize} || Pid <- Pids, {total_heap_size, Words} <- [process_info(Pid, total_heap_size)]],
    case [{Pid, Size} || {Pid, Size} <- Heaps, Size > 33554432] of
        [] -> S;
        Large -> spare(Large, S)
    end.

spared(Spared, #{backend := Backend, flow := Flow} = S) ->
    Places = maps:map(fun(_, {Size, _}) -> {'$elixirscope_cut', Size, not_copied} end, Spared),
    elixirscope_trace:repattern(Backend, elixirscope_flow:quieting(elixirscope_state:patterns(Places), label(Flow))),
    S#{spared := Spared}.

label(none) -> none;
label({Label, _}) -> Label.
