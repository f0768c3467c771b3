-module(peers_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1]).

%% As it is called by the owner, with a tracer that is us. (Nodes that really come and go: test/node/cluster.test.ts; a peer that does not listen is hidden.)
check_test() ->
    Mine = lists:sort(nodes()),
    None = #{peers := Mine} = checked(#{peers => Mine, tracer => self(), level => observe}),
    ?assertEqual([], told()),
    _ = checked(None#{peers := ['gone@nowhere' | Mine]}),
    ?assertEqual([{nodedown, 'gone@nowhere'}], told()),
    Mine =:= [] andalso ?assertEqual(#{peers => [], tracer => self(), level => observe}, checked(#{peers => none, tracer => self(), level => observe})),
    ?assertEqual([], told()),
    %% Not before anything is traced.
    Off = #{peers => none, tracer => self(), level => off},
    ?assertEqual(Off, checked(Off)).

checked(S) ->
    ok = node_side:load_modules(),
    try elixirscope_peers:check(S) after node_side:unload() end.

told() ->
    receive {es_emit, _, _, Binary} -> [What || {es, session, _, What, _} <- binary_to_term(Binary)] after 0 -> [] end.

%% A node that knows no other one says nothing of nodes, so that nothing is recorded of what does not matter to it.
alone_test_() ->
    {timeout, 60, fun() ->
        [erlang:disconnect_node(Node) || Node <- nodes(connected)],
        Agent = attach(#{}),
        {ok, _} = trace(Agent, #{level => observe}),
        {ok, #{nodes := []}} = command(Agent, look),
        receive after 500 -> ok end,
        {ok, _} = command(Agent, sync),
        ?assertEqual([], [What || {es, session, _, What, _} <- events(Agent), is_tuple(What), lists:member(element(1, What), [nodes, nodeup, nodedown])]),
        detach(Agent)
    end}.
