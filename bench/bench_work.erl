%% An application that keeps the processors busy and counts what it does, and the tracers that it is measured under.
%%
%%   messages  pairs of processes that send each other a message and wait for the answer
%%   calls     processes that call a function
%%   states    processes that call a gen_server each, whose state changes with every call
-module(bench_work).
-behaviour(gen_server).

-export([start/2, measure/3, under/5, can/1, step/1]).
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

%% `{Ms, Ops, CpuMs, BusyMs, PeakBytes, PeakMailbox}`: how long it was, what the application did, what the node's processors
%% and all of the machine's were busy for, by how much the node's memory rose above `Before` at most, and how long the mailbox of
%% `Tracer` (or none) became. At high priority: among a thousand busy processes a turn comes seconds late.
measure({Counters, _}, Ms, {Tracer, Before}) ->
    Priority = process_flag(priority, high),
    Self = self(),
    {Sampler, Monitor} = spawn_opt(fun() -> sample(Self, Tracer, Before, 0, 0) end, [monitor, {priority, high}]),
    {Ts0, Cpu0, Busy0, Ops0} = now_of(Counters),
    timer:sleep(Ms),
    {Ts1, Cpu1, Busy1, Ops1} = now_of(Counters),
    Sampler ! {stop, Self},
    receive
        {peak, Bytes, Mailbox} ->
            process_flag(priority, Priority),
            {erlang:convert_time_unit(Ts1 - Ts0, native, millisecond), Ops1 - Ops0, Cpu1 - Cpu0, Busy1 - Busy0, Bytes, Mailbox};
        {'DOWN', Monitor, process, _, Reason} ->
            exit(Reason)
    end.

now_of(Counters) ->
    {Cpu, _} = statistics(runtime),
    {erlang:monotonic_time(), Cpu, machine(), counters:get(Counters, 1)}.

%% Milliseconds that all processors were busy, where the system tells: hundredths of a second for user, nice, system, idle, iowait, irq, softirq.
machine() ->
    case file:read_file("/proc/stat") of
        {ok, <<"cpu ", Text/binary>>} ->
            [Line | _] = binary:split(Text, <<"\n">>),
            [User, Nice, System, _Idle, _Wait, Irq, Soft | _] = [binary_to_integer(N) || N <- binary:split(Line, <<" ">>, [global, trim_all])],
            10 * (User + Nice + System + Irq + Soft);
        _ ->
            0
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

%% Under a tracer inside of the node, all in one process, since dbg and recon end with the process that started them:
%% `{Measured, Events, AfterMs}`, how many events of the measured time are to be had afterwards, and how long it took until they were.
under(none, Kind, N, Ms, _) ->
    Work = start(Kind, N),
    timer:sleep(300),
    Measured = measure(Work, Ms, {none, erlang:memory(total)}),
    stopped(Work),
    {Measured, 0, 0};
under(Tracing, Kind, N, Ms, File) ->
    Before = erlang:memory(total),
    Work = start(Kind, N),
    %% Nobody waits for a second until the tracer is there.
    Priority = process_flag(priority, high),
    {Tracer, Events} = trace(Tracing, Kind, File),
    process_flag(priority, Priority),
    timer:sleep(300),
    Seen = Events(now),
    Started = erlang:monotonic_time(),
    Measured = measure(Work, Ms, {Tracer, Before}),
    Ended = erlang:monotonic_time(),
    Found = case Events(now) of
                later -> later;
                Now -> Now - Seen
            end,
    stopped(Work),
    {Count, AfterMs} = case Found of
                           later -> Events({between, Started, Ended});
                           _ -> {Found, 0}
                       end,
    {Measured, Count, AfterMs}.

stopped({_, Pids}) -> [exit(Pid, kill) || Pid <- Pids].

%%% The tracers: how each is switched on. `{Tracer, Events}`: `Events(now)` is how many events it has delivered, or `later`:
%%% then `Events({between, From, To})` reads them.

%% Drops every event without a look at it: no tracer can cost less.
trace(discard, Kind, _) ->
    Tracer = spawn_opt(fun discard/0, [{message_queue_data, off_heap}]),
    erlang:trace(processes, true, flags(Kind) ++ [monotonic_timestamp, {tracer, Tracer}]),
    _ = [erlang:trace_pattern(MFA, Spec, [local]) || {MFA, Spec} <- patterns(Kind)],
    {Tracer, fun(now) -> 0 end};
%% dbg's own text, as a person would read it, in a file.
trace(dbg_text, Kind, File) ->
    Seen = counters:new(1, []),
    {ok, Out} = file:open(File, [write, delayed_write]),
    {ok, _} = dbg:tracer(process, {fun(Event, To) -> Next = dbg:dhandler(Event, To), counters:add(Seen, 1, 1), Next end, Out}),
    {ok, Tracer} = dbg:get_tracer(),
    dbg_on(Kind, []),
    %% Or what is written to the file makes events that are written to the file.
    {ok, _} = dbg:p(Out, clear),
    {Tracer, fun(now) -> counters:get(Seen, 1) end};
%% dbg's fastest: the emulator writes terms to a file, which dbg's client reads afterwards.
trace(dbg_file, Kind, File) ->
    {ok, _} = dbg:tracer(port, dbg:trace_port(file, File)),
    dbg_on(Kind, [monotonic_timestamp]),
    {none, fun(now) -> later; ({between, From, To}) -> read_back(File, From, To) end};
%% recon's own text in a file.
trace(recon, Kind, File) ->
    Seen = counters:new(1, []),
    {ok, Out} = file:open(File, [write, delayed_write]),
    {{M, F, _}, Spec} = hd(patterns(Kind)),
    Formatter = fun(Event) -> counters:add(Seen, 1, 1), recon_trace:format(Event) end,
    _ = recon_trace:calls({M, F, Spec}, 1000000000, [{scope, local}, {io_server, Out}, {formatter, Formatter}]),
    {whereis(recon_trace_tracer), fun(now) -> counters:get(Seen, 1) end};
%% redbug's own text in a file.
trace(redbug, Kind, File) ->
    Options = [{msgs, 1000000000}, {time, 600000}, {max_queue, 1000000000}, {max_msg_size, 1000000000}, {print_file, File}],
    {_, _, _} = redbug:start(redbug(Kind), Options),
    {redbug_tracer(), fun(now) -> printed(File) end}.

dbg_on(Kind, More) ->
    {ok, _} = dbg:p(processes, flags(Kind) ++ More),
    _ = [{ok, _} = dbg:tpl(MFA, Spec) || {MFA, Spec} <- patterns(Kind)],
    ok.

%% Counts what dbg's client is given of that time.
read_back(File, From, To) ->
    Start = erlang:monotonic_time(),
    ok = dbg:flush_trace_port(),
    Self = self(),
    dbg:trace_client(file, File, {fun(end_of_trace, N) -> Self ! {read, N};
                                     (Event, N) -> Ts = element(tuple_size(Event), Event),
                                                   if is_integer(Ts), Ts >= From, Ts =< To -> N + 1; true -> N end
                                  end, 0}),
    receive {read, Count} -> {Count, erlang:convert_time_unit(erlang:monotonic_time() - Start, native, millisecond)} end.

%% Each begins with the time of the day; the file is there from the first one on.
printed(File) ->
    case file:read_file(File) of
        {ok, Text} ->
            case re:run(Text, "^% \\d\\d:\\d\\d:\\d\\d ", [global, multiline, {capture, first, index}]) of
                {match, Found} -> length(Found);
                nomatch -> 0
            end;
        {error, enoent} -> 0
    end.

discard() -> receive _ -> discard() end.

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
