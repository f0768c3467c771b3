-module(observer_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/0, attach/1, trace/2, command/2, detach/1, events/1, await/2]).
-export([init/1, start_hung/0, hung_init/1]).

snapshot(Agent) ->
    ok = command(Agent, snapshot),
    _ = await(Agent, fun(E) -> element(4, E) =:= snapshot_done end),
    events(Agent).

latest(Type, Pid, Events) ->
    lists:last([Data || {es, T, P, Data, _} <- Events, T =:= Type, P =:= Pid]).

%%% A tree of our own: one of each kind of child

init({Strategy, Children}) -> {ok, {#{strategy => Strategy, intensity => 7, period => 11}, Children}};
init(hung_child) -> {ok, {#{}, [#{id => hung, start => {observer_tests, start_hung, []}}]}}.

worker(Id) -> #{id => Id, start => {proc_lib, start_link, [observer_tests, hung_init, [go_on]]}}.

%% Starts only when told to: until then its supervisor answers nobody.
start_hung() -> proc_lib:start_link(observer_tests, hung_init, [wait]).

hung_init(How) ->
    How =:= wait andalso receive go_on -> ok end,
    proc_lib:init_ack({ok, self()}),
    receive stop -> ok end.

start_tree() ->
    Inner = #{id => inner, type => supervisor,
              start => {supervisor, start_link, [observer_tests, {rest_for_one, [worker(a), worker({b, 2})]}]}},
    {ok, Top} = supervisor:start_link({local, observer_tests_top}, observer_tests, {one_for_all, [worker(first), Inner]}),
    unlink(Top),
    Top.

stop_tree(Top) ->
    Ref = monitor(process, Top),
    exit(Top, kill),
    receive {'DOWN', Ref, _, _, _} -> ok end.

every_process_is_in_the_snapshot_test() ->
    Agent = attach(),
    Before = processes(),
    Events = snapshot(Agent),
    Found = [Pid || {es, process, Pid, _, _} <- Events],
    %% Everybody but us: what we put into the node is not of the application.
    #{owner := Owner, tracer := Tracer, observer := Observer, monitor := Monitor, reaper := Reaper} = Agent,
    Ours = [Owner, Tracer, Observer, Monitor, Reaper],
    Missing = [Pid || Pid <- Before -- Found, is_process_alive(Pid)],
    ?assertEqual(lists:sort(Ours), lists:sort(Missing)),
    ?assertEqual([], [Pid || Pid <- Ours, lists:member(Pid, Found)]),
    ?assertEqual(length(Found), length(lists:usort(Found))),
    detach(Agent).

facts_test() ->
    Agent = attach(),
    Top = start_tree(),
    Labelled = proc_lib:spawn(fun() -> put('$process_label', {user, 7}), register(observer_tests_labelled, self()),
                                       receive stop -> ok end end),
    ok = node_side:until(fun() -> whereis(observer_tests_labelled) =:= Labelled end),
    Events = snapshot(Agent),
    Sup = latest(process, Top, Events),
    ?assertEqual(observer_tests_top, proplists:get_value(registered_name, Sup)),
    ?assertEqual({supervisor, observer_tests, 1}, proplists:get_value(initial_call, Sup)),
    ?assertEqual(self(), proplists:get_value(parent, Sup)),
    ?assertMatch([_ | _], proplists:get_value(ancestors, Sup)),
    ?assertEqual(2, length(proplists:get_value(links, Sup))),
    Worker = latest(process, Labelled, Events),
    ?assertEqual({user, 7}, proplists:get_value(label, Worker)),
    ?assertEqual(waiting, proplists:get_value(status, Worker)),
    Keys = [registered_name, initial_call, parent, ancestors, links, links_total, monitors, monitors_total, label, application, memory,
            message_queue_len, reductions, status, current_function],
    ?assertEqual(Keys, [Key || {Key, _} <- Worker]),
    ?assertEqual(kernel, proplists:get_value(application, latest(process, whereis(kernel_sup), Events))),
    Labelled ! stop,
    stop_tree(Top),
    detach(Agent).

%% Every supervisor of the node, against what it says itself.
supervisors_test() ->
    Agent = attach(),
    Top = start_tree(),
    Events = snapshot(Agent),
    Supervisors = [{Pid, Data} || {es, supervisor, Pid, Data, _} <- Events],
    ?assert(lists:keymember(whereis(kernel_sup), 1, Supervisors)),
    [begin
         ?assertEqual([{Id, Child, Type} || {Id, Child, Type, _} <- supervisor:which_children(Pid)],
                      [{Id, Child, Type} || {Id, Child, Type, _} <- Children]),
         [begin
              {ok, Spec} = supervisor:get_childspec(Pid, Id),
              {M, F, Arguments} = maps:get(start, Spec),
              Arity = case is_list(Arguments) of true -> length(Arguments); false -> undefined end,
              ?assertEqual({maps:get(restart, Spec), maps:get(shutdown, Spec), maps:get(modules, Spec), maps:get(significant, Spec), {M, F, Arity}}, Found)
          end || {Id, _, _, Found} <- Children]
     end || {Pid, {_, _, _, _, Children, _}} <- Supervisors],
    {observer_tests, one_for_all, 7, 11, [{inner, Inner, supervisor, _}, {first, _, worker, _}], []} = latest(supervisor, Top, Events),
    {observer_tests, rest_for_one, 7, 11, [{{b, 2}, _, worker, _}, {a, _, worker, _}], []} = latest(supervisor, Inner, Events),
    stop_tree(Top),
    detach(Agent).

applications_test() ->
    Agent = attach(),
    {ok, Started} = application:ensure_all_started(runtime_tools),
    Events = snapshot(Agent),
    Found = [{Name, Top, Master} || {es, application, Top, {Name, _, _, Master}, _} <- Events],
    Expected = [{Name, element(1, application_master:get_child(Master)), Master} || [Name, Master] <- ets:match(ac_tab, {{application_master, '$1'}, '$2'})],
    ?assertEqual(lists:sort(Expected), lists:sort(Found)),
    {kernel, Version, <<_, _/binary>>, _} = latest(application, whereis(kernel_sup), Events),
    ?assertEqual(application:get_key(kernel, vsn), {ok, binary_to_list(Version)}),
    [application:stop(Name) || Name <- Started],
    detach(Agent).

%% A supervisor that is stuck while it starts a child does not hold up the rest.
hung_supervisor_test_() ->
    {timeout, 20, fun() ->
        Agent = attach(),
        spawn(fun() -> {ok, _} = supervisor:start_link({local, observer_tests_hung}, observer_tests, hung_child), receive stop -> ok end end),
        ok = node_side:until(fun() -> is_pid(whereis(observer_tests_hung)) end),
        Hung = whereis(observer_tests_hung),
        Events = snapshot(Agent),
        {timeout, Ms} = latest(supervisor, Hung, Events),
        ?assert(is_integer(Ms)),
        ?assertMatch({kernel, _, _, _, [_ | _], _}, latest(supervisor, whereis(kernel_sup), Events)),
        %% As soon as it answers it is reported properly.
        {links, Links} = process_info(Hung, links),
        [Child ! go_on || Child <- Links],
        {es, supervisor, Hung, {observer_tests, one_for_one, 1, 5, [{hung, _, worker, _}], []}, _} =
            await(Agent, fun(E) -> element(2, E) =:= supervisor andalso element(3, E) =:= Hung andalso tuple_size(element(4, E)) =:= 6 end),
        stop_tree(Hung),
        detach(Agent)
    end}.

changed_children_are_sent_again_test_() ->
    {timeout, 20, fun() ->
        Agent = attach(),
        Top = start_tree(),
        _ = snapshot(Agent),
        {ok, New} = supervisor:start_child(Top, worker(late)),
        {es, supervisor, Top, {_, _, _, _, Children, _}, _} =
            await(Agent, fun(E) -> element(2, E) =:= supervisor andalso element(3, E) =:= Top andalso
                                   lists:keymember(late, 1, element(5, element(4, E))) end),
        ?assertMatch({late, New, worker, {permanent, 5000, [proc_lib], false, {proc_lib, start_link, 3}}}, lists:keyfind(late, 1, Children)),
        %% The new child is described too; a supervisor with its own children.
        {es, process, New, _, _} = await(Agent, fun(E) -> element(2, E) =:= process andalso element(3, E) =:= New end),
        Below = #{id => below, type => supervisor, start => {supervisor, start_link, [observer_tests, {one_for_one, [worker(x)]}]}},
        {ok, Sub} = supervisor:start_child(Top, Below),
        {es, supervisor, Sub, {observer_tests, one_for_one, 7, 11, [{x, _, worker, _}], []}, _} =
            await(Agent, fun(E) -> element(2, E) =:= supervisor andalso element(3, E) =:= Sub end),
        %% And a whole subtree at once: supervisors below supervisors.
        Deep = #{id => deep, type => supervisor, start => {supervisor, start_link, [observer_tests, {one_for_one, [Below]}]}},
        {ok, Upper} = supervisor:start_child(Top, Deep),
        [{below, Lower, supervisor, _}] = supervisor:which_children(Upper),
        [{x, Leaf, worker, _}] = supervisor:which_children(Lower),
        {es, supervisor, Lower, {observer_tests, one_for_one, 7, 11, [{x, Leaf, worker, _}], []}, _} =
            await(Agent, fun(E) -> element(2, E) =:= supervisor andalso element(3, E) =:= Lower end),
        {es, process, Leaf, _, _} = await(Agent, fun(E) -> element(2, E) =:= process andalso element(3, E) =:= Leaf end),
        stop_tree(Top),
        detach(Agent)
    end}.

%% Asked for, it comes at once.
refresh_test() ->
    Self = self(),
    Agent = attach(#{sample_ms => 0}),
    Top = start_tree(),
    ok = command(Agent, {refresh, [Top, Self]}),
    {es, supervisor, Top, _, _} = await(Agent, fun(E) -> element(2, E) =:= supervisor end),
    {es, process, _, _, _} = await(Agent, fun(E) -> element(2, E) =:= process andalso element(3, E) =:= Self end),
    stop_tree(Top),
    detach(Agent).

samples_test() ->
    Agent = attach(#{sample_ms => 50}),
    Pid = spawn(fun() -> receive stop -> ok end end),
    [Pid ! x || _ <- lists:seq(1, 5)],
    {es, sample, Pid, {Memory, 5, Reductions, waiting, {_, _, _}}, _} =
        await(Agent, fun(E) -> element(2, E) =:= sample andalso element(3, E) =:= Pid andalso element(2, element(4, E)) =:= 5 end),
    ?assert(Memory > 0 andalso Reductions > 0),
    ok = command(Agent, {sample, 0}),
    %% Answered after the samples that were due already.
    ok = command(Agent, {refresh, [Pid]}),
    _ = await(Agent, fun(E) -> element(2, E) =:= process end),
    {ok, #{produced := Before}} = command(Agent, sync),
    receive after 200 -> ok end,
    {ok, #{produced := After}} = command(Agent, sync),
    ?assertEqual(Before, After),
    exit(Pid, kill),
    detach(Agent).

%% A process that looks like a supervisor to its parent, but is none, is not
%% asked what it would not understand.
only_supervisors_are_asked_test() ->
    ok = node_side:load_modules(),
    ?assert(elixirscope_tree:is_supervisor({supervisor, kernel, 1})),
    ?assert(elixirscope_tree:is_supervisor({supervisor, init, 1})),
    ?assertNot(elixirscope_tree:is_supervisor({supervisor_bridge, user_sup, 1})),
    ?assertNot(elixirscope_tree:is_supervisor({gen_server, init_it, 6})),
    ?assertNot(elixirscope_tree:is_supervisor({lists, init, 1})),
    node_side:unload().

%% A large node: complete, in portions, and bounded.
many_processes_test_() ->
    {timeout, 60, fun() ->
        Many = [spawn_link(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 50000)],
        process_flag(trap_exit, true),
        Agent = attach(),
        Events = snapshot(Agent),
        Found = [Pid || {es, process, Pid, _, _} <- Events],
        ?assertEqual([], ordsets:subtract(ordsets:from_list(Many), ordsets:from_list(Found))),
        {ok, #{processes := Traced}} = trace(Agent, #{level => observe}),
        ?assert(Traced >= 50000),
        ?assertMatch(#{dropped := 0}, detach(Agent)),
        [begin Ref = monitor(process, Pid), exit(Pid, kill), receive {'DOWN', Ref, _, _, _} -> ok end end || Pid <- Many]
    end}.
