%% Runs a recorded callback once more, with its recorded message and state, in the code as it is now. It
%% runs in a sandbox: a process of its own with bounds in time, memory and effects, whose processes are
%% stand-ins (elixirscope_standin). What it does beyond these happens, and is told (elixirscope_effects).
%%
%% The runner watches the sandbox, is its tracer, and is the group leader of everything that is started in
%% it: by that it is found, whoever of us is left to clean up.
-module(elixirscope_replay).

-export([start/3, done/2, stop/1, held/1]).

-type held() :: none | {pid(), session | legacy}.
-export_type([held/0]).

%%% A part of the owner, on whose state it works

-spec start(map(), {pid(), term()}, map()) -> {ok, map()} | {error, term()}.
start(#{state := _, message := _, self := Self, type := _, module := _, function := _, run := _} = Request, Client,
      #{replay := none, backend := Backend, reaper := Reaper} = S) when is_pid(Self) ->
    Owner = self(),
    Kind = elixirscope_trace:kind(Backend),
    {Runner, _} = spawn_opt(fun() -> receive es_go -> exit({es_replayed, run(Owner, Kind, Request)}) end end,
                            [monitor, {priority, high}, {message_queue_data, off_heap}, {max_heap_size, heap(256)}]),
    elixirscope_trace:exclude(Backend, Runner),
    Reaper ! {es_replay, {Runner, Kind}},
    Runner ! es_go,
    {ok, S#{replay := {Runner, Kind, Client}}};
start(_, _, #{replay := none}) ->
    {error, bad_replay};
start(_, _, _) ->
    {error, busy}.

%% What the runner ended with, and whom to answer.
-spec done(term(), map()) -> {{pid(), term()}, {ok, map()} | {error, term()}, map()}.
done(Reason, #{replay := {_, _, Client}, reaper := Reaper} = S) ->
    Answer = case Reason of
                 {es_replayed, Result} ->
                     Result;
                 _ ->
                     stop(held(S)),
                     {error, {replay_failed, Reason}}
             end,
    Reaper ! {es_replay, none},
    {Client, Answer, S#{replay := none}}.

-spec held(map()) -> held().
held(#{replay := none}) -> none;
held(#{replay := {Runner, Kind, _}}) -> {Runner, Kind}.

%% Everything that a replay started is gone, and the patterns with it. For owner and reaper.
-spec stop(held()) -> ok.
stop(none) ->
    ok;
stop({Runner, Kind}) ->
    exit(Runner, kill),
    sweep(Runner, 5),
    Kind =:= legacy andalso elixirscope_effects:unset(legacy),
    ok.

%% Once more: what is found may have started others meanwhile.
sweep(_, 0) ->
    ok;
sweep(Runner, Left) ->
    case [Pid || Pid <- processes(), Pid =/= self(), process_info(Pid, group_leader) =:= {group_leader, Runner}] of
        [] ->
            ok;
        Pids ->
            lists:foreach(fun(Pid) -> exit(Pid, kill) end, Pids),
            sweep(Runner, Left - 1)
    end.

%%% The runner

heap(MiB) ->
    #{size => MiB * 1024 * 1024 div erlang:system_info(wordsize), kill => true, error_logger => false}.

run(_, _, #{run := false} = Request) ->
    {Message, State} = {term(maps:get(message, Request)), term(maps:get(state, Request))},
    {ok, looked(Request, Message, State)};
run(Owner, Kind, #{self := Self} = Request) ->
    group_leader(self(), self()),
    _ = code:ensure_loaded(maps:get(module, Request)),
    Recorded = {term(maps:get(message, Request)), term(maps:get(state, Request)), answers(Request)},
    Runner = self(),
    Memory = maps:get(memory, Request, 64),
    {Sandbox, Monitor} = spawn_opt(fun() -> sandbox(Runner) end, [monitor, {priority, low}, {max_heap_size, heap(Memory)}]),
    case elixirscope_standin:replace(Recorded, Self, Sandbox) of
        {ok, {Message, State, Answers}, Table} ->
            Started = [Sandbox | elixirscope_standin:processes(Table)],
            _ = elixirscope_agent:command(Owner, {exclude, Started}),
            elixirscope_standin:begin_all(Answers, Table),
            Backend = elixirscope_effects:watch(Kind, Sandbox),
            Clock = clock(),
            Sandbox ! {es_go, maps:with([type, module, function], Request), Message, State},
            erlang:send_after(maps:get(timeout, Request, 5000), self(), es_time),
            erlang:send_after(50, self(), es_look),
            R = #{sandbox => Sandbox, monitor => Monitor, table => Table, kind => Kind, started => [Sandbox], memory => Memory * 1024 * 1024,
                  effects => [], count => 0, output => [], written => 0},
            {Outcome, R1} = watched(R),
            Ended = clock(),
            R2 = drained(Backend, R1),
            _ = [exit(Pid, kill) || Pid <- maps:get(started, R2) ++ Started],
            elixirscope_effects:unwatch(Backend),
            {ok, maps:merge(looked(Request, element(1, Recorded), element(2, Recorded)),
                            answer(Outcome, Clock, Ended, R2))};
        {error, _} = Error ->
            exit(Sandbox, kill),
            Error
    end.

%% As it lies in a recording, without the version.
term(none) -> none;
term(Bytes) -> binary_to_term(<<131, Bytes/binary>>).

answers(Request) ->
    [{term(Question), term(Answer)} || {Question, Answer} <- maps:get(answers, Request, [])].

looked(#{type := Type, module := Module, function := Function}, Message, State) ->
    elixirscope_effects:look(elixirscope_callback:roots(Type, Module, Function, Message, State)).

sandbox(Runner) ->
    receive
        {es_go, Call, Message, State} ->
            T0 = erlang:monotonic_time(),
            Outcome = elixirscope_callback:call(Call, Message, State),
            Runner ! {es_outcome, self(), Outcome, erlang:monotonic_time() - T0},
            %% Whoever it linked itself to is not to be hit by its end.
            {links, Links} = process_info(self(), links),
            lists:foreach(fun(Link) -> unlink(Link) end, Links)
    end.

clock() -> {erlang:system_time(nanosecond), erlang:monotonic_time(nanosecond)}.

watched(#{sandbox := Sandbox, monitor := Monitor} = R) ->
    receive
        {es_outcome, Sandbox, Outcome, Duration} -> {Outcome, R#{duration => erlang:convert_time_unit(Duration, native, nanosecond)}};
        es_time -> stopped(time, R);
        es_look -> looked_at(R);
        {es_asked, Question} -> stopped({unanswered, Question}, R);
        {'DOWN', Monitor, process, Sandbox, killed} -> {{stopped, memory, []}, R};
        {'DOWN', Monitor, process, Sandbox, Reason} -> {{stopped, {exit, Reason}, []}, R};
        Message -> limited(noted(Message, R))
    end.

limited(#{count := Count} = R) when Count > 10000 -> stopped(effects, R);
limited(R) -> watched(R).

%% Heaps are bounded by the emulator; binaries, and what the sandbox started, by this.
looked_at(#{started := Started, memory := Memory} = R) ->
    case lists:sum([used(process_info(Pid, [memory, binary])) || Pid <- Started]) of
        Used when Used > Memory ->
            stopped(memory, R);
        _ ->
            erlang:send_after(50, self(), es_look),
            watched(R)
    end.

used(undefined) -> 0;
used([{memory, Memory}, {binary, Binaries}]) -> Memory + lists:sum([Size || {_, Size, _} <- lists:ukeysort(1, Binaries)]).

stopped(Why, #{sandbox := Sandbox} = R) ->
    Stack = case process_info(Sandbox, current_stacktrace) of
                {current_stacktrace, Frames} -> elixirscope_callback:frames(Frames);
                undefined -> []
            end,
    exit(Sandbox, kill),
    {{stopped, Why, Stack}, R}.

%% What it did until it ended has been told by then.
drained(Backend, R) ->
    Ref = elixirscope_effects:delivered(Backend),
    drained_until(Ref, R).

drained_until(Ref, R) ->
    receive
        {trace_delivered, _, Ref} -> R;
        Message -> drained_until(Ref, noted(Message, R))
    after 5000 -> R
    end.

noted({io_request, From, As, Request}, #{output := Output, written := Written} = R) ->
    {Answer, Text} = elixirscope_effects:io(Request),
    From ! {io_reply, As, Answer},
    case Written < 16384 of
        true -> R#{output := [Text | Output], written := Written + byte_size(Text)};
        false -> R
    end;
noted({trace, Parent, spawn, Child, _} = Trace, #{started := Started} = R) ->
    effect(Trace, Parent, R#{started := [Child | Started]});
noted(Trace, R) when is_tuple(Trace), element(1, Trace) =:= trace ->
    effect(Trace, element(2, Trace), R);
noted(_, R) ->
    R.

%% Of more than these it is only counted how many.
effect(_, _, #{count := Count} = R) when Count >= 200 ->
    R#{count := Count + 1};
effect(Trace, Pid, #{sandbox := Sandbox, table := Table, started := Started, effects := Effects, count := Count} = R) ->
    case elixirscope_effects:effect(Trace, self(), Started, Table) of
        none -> R;
        Effect -> R#{effects := [Effect#{child => Pid =/= Sandbox} | Effects], count := Count + 1}
    end.

answer(Outcome, {System, Monotonic}, {SystemEnd, MonotonicEnd}, #{effects := Effects, count := Count, output := Output, table := Table} = R) ->
    #{outcome => elixirscope_cut:payload(elixirscope_standin:restore(Outcome, Table), 16 * 1024 * 1024),
      effects => lists:reverse(Effects),
      effects_count => Count,
      output => iolist_to_binary(lists:reverse(Output)),
      duration => maps:get(duration, R, SystemEnd - System),
      system_time => {System, SystemEnd},
      monotonic_time => {Monotonic, MonotonicEnd},
      kept => elixirscope_standin:kept(Table)}.
