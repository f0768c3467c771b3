%% An application that keeps the processors busy and counts what it does, and the tracers that it is measured under.
%%
%%   messages  pairs of processes that send each other a message and wait for the answer
%%   calls     processes that call a function
%%   states    processes that call a gen_server each, whose state changes with every call
-module(bench_work).
-behaviour(gen_server).

-export([start/2, measure/3, under/4, can/1, step/1]).
-export([init/1, handle_call/3, handle_cast/2]).

start(Kind, N) ->
    Counters = counters:new(1, [write_concurrency]),
    {Counters, [spawn(fun() -> work(Kind, Counters) end) || _ <- lists:seq(1, N)]}.

work(messages, C) ->
    Self = self(),
    ping(spawn_link(fun() -> echo(Self) end), C, 0);
work(calls, C) ->
    calls(C, 0);
work(states, C) ->
    {ok, Server} = gen_server:start_link(?MODULE, [], []),
    requests(Server, C, 0).

echo(Peer) -> receive {ping, N} -> Peer ! {pong, N}, echo(Peer) end.
ping(Peer, C, N) ->
    Peer ! {ping, N},
    receive {pong, N} -> counters:add(C, 1, 1), ping(Peer, C, N + 1) end.

calls(C, N) -> _ = ?MODULE:step(N), counters:add(C, 1, 1), calls(C, N + 1).
step(N) -> think(N, 20).
think(N, 0) -> N;
think(N, M) -> think(N bxor M, M - 1).

requests(Server, C, N) -> ok = gen_server:call(Server, {add, N}), counters:add(C, 1, 1), requests(Server, C, N + 1).

init([]) -> {ok, #{sum => 0, last => none}}.
handle_call({add, N}, _, #{sum := Sum}) -> {reply, ok, #{sum => Sum + N, last => N}}.
handle_cast(_, State) -> {noreply, State}.

%%% Measuring

%% `{Ops, CpuMs, PeakBytes, PeakMailbox}`: what the application did, what the node's processors were busy for, by how
%% much the node's memory rose above `Before` at most, and how long the mailbox of `Tracer` (or none) became.
measure({Counters, _}, Ms, {Tracer, Before}) ->
    Self = self(),
    {Sampler, Monitor} = spawn_opt(fun() -> sample(Self, Tracer, Before, 0, 0) end, [monitor, {priority, high}]),
    {Cpu0, _} = statistics(runtime),
    Ops0 = counters:get(Counters, 1),
    timer:sleep(Ms),
    Ops = counters:get(Counters, 1) - Ops0,
    {Cpu1, _} = statistics(runtime),
    Sampler ! {stop, Self},
    receive
        {peak, Bytes, Mailbox} -> {Ops, Cpu1 - Cpu0, Bytes, Mailbox};
        {'DOWN', Monitor, process, _, Reason} -> exit(Reason)
    end.

sample(For, Tracer, Before, Bytes, Mailbox) ->
    NewBytes = max(Bytes, erlang:memory(total) - Before),
    NewMailbox = max(Mailbox, mailbox(Tracer)),
    receive
        {stop, For} -> For ! {peak, NewBytes, NewMailbox}
    after 25 ->
        sample(For, Tracer, Before, NewBytes, NewMailbox)
    end.

mailbox(Tracer) when is_pid(Tracer) ->
    case process_info(Tracer, message_queue_len) of
        {message_queue_len, Length} -> Length;
        undefined -> 0
    end;
mailbox(_) -> 0.

%% Under a tracer inside of the node, all in one process, since dbg and recon end with the process that started them.
under(none, Kind, N, Ms) ->
    Work = start(Kind, N),
    timer:sleep(300),
    stopped(Work, {measure(Work, Ms, {none, erlang:memory(total)}), 0, Ms});
under(Tracing, Kind, N, Ms) ->
    Before = erlang:memory(total),
    Work = start(Kind, N),
    {Tracer, Seen} = trace(Tracing, Kind),
    timer:sleep(300),
    Seen0 = counters:get(Seen, 1),
    Started = erlang:monotonic_time(),
    Measured = measure(Work, Ms, {Tracer, Before}),
    Events = counters:get(Seen, 1) - Seen0,
    Elapsed = erlang:convert_time_unit(erlang:monotonic_time() - Started, native, millisecond),
    stopped(Work, {Measured, Events, Elapsed}).

stopped({_, Pids}, Result) ->
    [exit(Pid, kill) || Pid <- Pids],
    Result.

%%% The tracers: how each is switched on. `{Tracer, Counter of events that it delivered}`.

%% Drops every event without a look at it: no tracer can cost less.
trace(discard, Kind) ->
    Tracer = spawn_opt(fun discard/0, [{message_queue_data, off_heap}]),
    erlang:trace(processes, true, flags(Kind) ++ [monotonic_timestamp, {tracer, Tracer}]),
    _ = [erlang:trace_pattern(MFA, Spec, [local]) || {MFA, Spec} <- patterns(Kind)],
    {Tracer, counters:new(1, [])};
%% Formats each event as its own handler does, into nothing.
trace(dbg, Kind) ->
    Seen = counters:new(1, []),
    {ok, _} = dbg:tracer(process, {fun(Event, _) -> shown(Event, Seen) end, ok}),
    {ok, Tracer} = dbg:get_tracer(),
    {ok, _} = dbg:p(processes, flags(Kind)),
    _ = [{ok, _} = dbg:tpl(MFA, Spec) || {MFA, Spec} <- patterns(Kind)],
    {Tracer, Seen};
trace(recon, Kind) ->
    Seen = counters:new(1, []),
    Null = spawn(fun() -> null(Seen) end),
    {{M, F, _}, Spec} = hd(patterns(Kind)),
    _ = recon_trace:calls({M, F, Spec}, 1000000000, [{scope, local}, {io_server, Null}]),
    {whereis(recon_trace_tracer), Seen};
trace(redbug, Kind) ->
    Seen = counters:new(1, []),
    Options = [{msgs, 1000000000}, {time, 600000}, {max_queue, 1000000000}, {max_msg_size, 1000000000},
               {print_fun, fun(Event) -> shown(Event, Seen) end}],
    {_, _, _} = redbug:start(redbug(Kind), Options),
    {redbug_tracer(), Seen}.

discard() -> receive _ -> discard() end.

shown(Event, Seen) ->
    _ = iolist_size(io_lib:format("~p~n", [Event])),
    counters:add(Seen, 1, 1).

null(Seen) ->
    receive
        {io_request, From, Ref, _} -> counters:add(Seen, 1, 1), From ! {io_reply, Ref, ok};
        _ -> ok
    end,
    null(Seen).

redbug(messages) -> [send, 'receive'];
redbug(calls) -> ["bench_work:step->return"].

%% Who gets the trace messages there is not registered.
redbug_tracer() ->
    case [Tracer || Pid <- processes(), {tracer, Tracer} <- [erlang:trace_info(Pid, tracer)], is_pid(Tracer)] of
        [Tracer | _] -> Tracer;
        [] -> none
    end.

flags(messages) -> [send, 'receive'];
flags(calls) -> [call];
flags(states) -> [send, 'receive', call, arity].

patterns(messages) -> [];
patterns(calls) -> [{{?MODULE, step, 1}, [{'_', [], [{exception_trace}]}]}];
%% As ElixirScope takes a state: out of the loop, and nothing else of its arguments.
patterns(states) ->
    [{{gen_server, loop, Arity}, [{state_at(Arity), [], [{message, {{state, '$1'}}}]}]}
     || {loop, Arity} <- gen_server:module_info(functions), Arity =:= 7 orelse Arity =:= 4].

state_at(7) -> ['_', '_', '$1', '_', '_', '_', '_'];
state_at(4) -> ['_', '$1', '_', '_'].

%% Whether this node can run a tool: `yes`, `no` (not found), or that its code is for another release.
can(Module) ->
    case code:ensure_loaded(Module) of
        {module, _} -> yes;
        {error, nofile} -> no;
        {error, Reason} -> Reason
    end.
