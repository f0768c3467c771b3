-module(replay_tests).
-include_lib("eunit/include/eunit.hrl").
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2]).
-export([callback_mode/0, handle_event/4]).
-import(node_side, [attach/1, command/2, detach/1, await_gone/2, traces_left/1]).

%%% The callbacks that are replayed

init(State) -> {ok, State, {continue, {first, 1}}}.

handle_continue(_, State) -> {noreply, State}.

handle_call({add, N}, _, State) -> {reply, State + N, State + N};
handle_call(later, From, State) -> gen_server:reply(From, late), {noreply, State};
handle_call({ask, Pid, Question}, _, State) -> {reply, gen_server:call(Pid, Question), State};
handle_call(self, _, State) -> {reply, {self(), State}, State, hibernate};
handle_call(crash, _, _) -> error(broken);
handle_call(throw, _, State) -> throw({reply, thrown, State}).

handle_cast({tell, Pid, Name}, State) ->
    Pid ! told,
    Name ! told,
    ets:insert(replay_table, {told, true}),
    io:format("told ~p~n", [Name]),
    {noreply, State};
handle_cast({spawn, N}, State) -> _ = [spawn(fun() -> receive never -> ok end end) || _ <- lists:seq(1, N)], {noreply, State};
handle_cast(loop, State) -> handle_cast(loop, State);
handle_cast(bomb, State) -> {noreply, bomb([State])};
handle_cast(binaries, State) -> {noreply, binaries([State])};
handle_cast(flood, State) -> self() ! flood, handle_cast(flood, State);
handle_cast({hang, Name}, State) -> _ = [spawn(fun() -> hang(Name) end) || _ <- lists:seq(1, 5)], hang(Name), {noreply, State};
handle_cast({stop, Reason}, State) -> {stop, Reason, State}.

handle_info(_, State) -> {noreply, State}.

bomb(List) -> bomb([List ++ List | List]).
binaries(List) -> binaries([binary:copy(<<0>>, 1000000) | List]).

callback_mode() -> [handle_event_function, state_enter].

handle_event(enter, _, _, Data) -> {keep_state, Data + 100};
handle_event({call, From}, go, off, Data) -> {next_state, on, Data + 1, [{reply, From, gone}, {state_timeout, 50, over}]};
handle_event(cast, stop, _, _) -> {stop, done}.

%%% Asking for replays

bytes(Term) ->
    <<131, Bytes/binary>> = term_to_binary(Term),
    Bytes.

request(Function, Message, State) ->
    #{type => gen_server, module => ?MODULE, function => Function, message => bytes(Message), state => bytes(State), self => self(), run => true, timeout => 10000}.

replay(Agent, Function, Message, State) -> command(Agent, {replay, request(Function, Message, State)}).

call(Request) -> {'$gen_call', {self(), [alias | make_ref()]}, Request}.
cast(Message) -> {'$gen_cast', Message}.

outcome({ok, #{outcome := Outcome}}) -> Outcome.

with(Kind, Fun) ->
    Agent = attach(#{tracer => Kind}),
    Fun(Agent),
    detach(Agent).

each(Fun) -> [{timeout, 60, {atom_to_list(Kind), fun() -> with(Kind, Fun) end}} || Kind <- node_side:tracer_kinds()].

%% Tests run in one process: ends of processes that others watched or were linked to may still come.
nobody_answers() ->
    receive Unexpected when not is_tuple(Unexpected); element(1, Unexpected) =/= 'DOWN', element(1, Unexpected) =/= 'EXIT' -> error(Unexpected) after 0 -> ok end.

%%% Outcomes

outcomes_test_() -> each(fun outcomes/1).

outcomes(Agent) ->
    Self = self(),
    ?assertEqual({returned, #{reply => {reply, 3}, state => {state, 3}, next => noreply}}, outcome(replay(Agent, {handle_call, 3}, call({add, 2}), 1))),
    %% The recorded process is itself, whatever runs in its place.
    Other = spawn(fun() -> ok end),
    ?assertEqual({returned, #{reply => {reply, {Self, [Other]}}, state => {state, [Other]}, next => hibernate}},
                 outcome(replay(Agent, {handle_call, 3}, call(self), [Other]))),
    ?assertEqual({returned, #{reply => {reply, thrown}, state => {state, 1}, next => noreply}}, outcome(replay(Agent, {handle_call, 3}, call(throw), 1))),
    ?assertMatch({raised, error, broken, [{?MODULE, handle_call, 3, _}]}, outcome(replay(Agent, {handle_call, 3}, call(crash), 1))),
    ?assertMatch({raised, error, function_clause, [{?MODULE, handle_cast, [unknown, 1], _}]}, outcome(replay(Agent, {handle_cast, 2}, cast(unknown), 1))),
    ?assertEqual({returned, #{reply => none, state => {state, 1}, next => {stop, why}}}, outcome(replay(Agent, {handle_cast, 2}, cast({stop, why}), 1))),
    ?assertEqual({returned, #{reply => none, state => {state, 1}, next => noreply}}, outcome(replay(Agent, {handle_continue, 2}, {continue, {first, 1}}, 1))),
    Statem = (request({handle_event, 4}, call(go), {off, 1}))#{type => gen_statem},
    ?assertEqual({returned, #{reply => {reply, gone}, state => {state, {on, 102}}, next => [{state_timeout, 50, over}]}}, outcome(command(Agent, {replay, Statem}))),
    nobody_answers().

%% Nobody of the application gets an answer, or a second one.
answers_test_() -> each(fun answers/1).

answers(Agent) ->
    Self = self(),
    Caller = alias(),
    From = {'$gen_call', {Self, [alias | Caller]}, later},
    {ok, #{effects := Effects}} = replay(Agent, {handle_call, 3}, From, 1),
    ?assertMatch([#{kind := message, caught := true, what := {[alias | Caller], late}}], Effects),
    %% Who is asked stands there only with what it answered.
    Server = spawn(fun() -> receive _ -> exit(asked) end end),
    Request = request({handle_call, 3}, call({ask, Server, price}), 1),
    ?assertMatch({ok, #{outcome := {stopped, {unanswered, price}, _}}}, command(Agent, {replay, Request})),
    ?assertMatch({returned, #{reply := {reply, 12}}}, outcome(command(Agent, {replay, Request#{answers => [{bytes(price), bytes(12)}]}}))),
    ?assert(is_process_alive(Server)),
    nobody_answers().

%% What it does beyond its result is told, and whether it happened.
effects_test_() -> each(fun effects/1).

effects(Agent) ->
    Self = self(),
    register(replay_receiver, Self),
    replay_table = ets:new(replay_table, [named_table, public]),
    {ok, #{effects := Effects, output := Output}} = replay(Agent, {handle_cast, 2}, cast({tell, spawn(fun() -> ok end), replay_receiver}), 1),
    ?assertMatch([#{kind := message, caught := true, what := told}, #{kind := message, caught := false, name := replay_receiver, what := told},
                  #{kind := table, caught := false, what := {ets, insert, [replay_table, {told, true}]}}], Effects),
    ?assertEqual(<<"told replay_receiver\n">>, Output),
    receive told -> ok after 0 -> error(not_told) end,
    %% Looked for in advance, nothing runs.
    true = ets:delete(replay_table, told),
    Dry = (request({handle_cast, 2}, cast({tell, Self, replay_receiver}), 1))#{run => false},
    {ok, #{risks := Risks} = Looked} = command(Agent, {replay, Dry}),
    ?assertNot(is_map_key(outcome, Looked)),
    Named = [{M, F} || {_, {M, F, _}, _} <- Risks],
    ?assertEqual([], [{erlang, '!'}, {ets, insert}, {erlang, spawn}] -- Named),
    ?assertEqual([], ets:tab2list(replay_table)),
    true = ets:delete(replay_table),
    unregister(replay_receiver),
    receive told -> error(told) after 0 -> ok end,
    %% Without patterns that would be in somebody's way.
    ?assertEqual([], traces_left([{ets, insert, 2}]) -- traces_left([])).

%% What does not end, or takes too much, is stopped; so is what it started.
bounds_test_() -> each(fun bounds/1).

bounds(Agent) ->
    _ = node_side:events(Agent),
    Before = processes(),
    Timed = (request({handle_cast, 2}, cast(loop), 1))#{timeout => 100},
    ?assertMatch({ok, #{outcome := {stopped, time, [{?MODULE, handle_cast, 2, _} | _]}}}, command(Agent, {replay, Timed})),
    ?assertMatch({stopped, memory, _}, outcome(replay(Agent, {handle_cast, 2}, cast(bomb), 1))),
    ?assertMatch({stopped, memory, _}, outcome(replay(Agent, {handle_cast, 2}, cast(binaries), 1))),
    ?assertMatch({stopped, effects, _}, outcome(replay(Agent, {handle_cast, 2}, cast(flood), 1))),
    {ok, #{effects_count := 20}} = replay(Agent, {handle_cast, 2}, cast({spawn, 20}), 1),
    ?assertEqual(ok, node_side:until(fun() -> processes() -- Before =:= [] end)),
    ?assertEqual({error, bad_replay}, command(Agent, {replay, #{}})).

%% Whoever ends while a callback is replayed: within a second nothing is left of it.
ends_test_() ->
    [{timeout, 60, {atom_to_list(Kind) ++ ", " ++ atom_to_list(Who), fun() -> ends(Kind, Who) end}}
     || Kind <- node_side:tracer_kinds(), Who <- [scope, owner, reaper]].

ends(Kind, Who) ->
    Agent = attach(#{tracer => Kind}),
    register(replay_receiver, self()),
    Hanging = (request({handle_cast, 2}, cast({hang, replay_receiver}), 1))#{timeout => 60000},
    _ = spawn(fun() -> command(Agent, {replay, Hanging}) end),
    Pids = [receive {hanging, Pid} -> Pid end || _ <- lists:seq(1, 6)],
    %% One that comes in its place knows of the replay.
    Who =:= reaper andalso killed(maps:get(reaper, Agent)),
    Who =:= reaper andalso command(Agent, sync),
    killed(maps:get(case Who of reaper -> owner; _ -> Who end, Agent)),
    ?assertEqual(ok, await_gone(Agent, 1000)),
    ?assertEqual([], [Pid || Pid <- Pids, is_process_alive(Pid)]),
    ?assertEqual([], traces_left([{ets, insert, 2}])),
    unregister(replay_receiver).

killed(Pid) ->
    Ref = monitor(process, Pid),
    exit(Pid, kill),
    receive {'DOWN', Ref, _, _, _} -> ok end.

hang(Name) ->
    Name ! {hanging, self()},
    receive never -> ok end.
