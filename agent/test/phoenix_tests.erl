-module(phoenix_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1]).

%% Modules of the names and arities that Phoenix has, made here: what they do is not
%% what is tested. Real Phoenix is what test/recordings and the live suite are for.
load(Module, Functions) ->
    Arguments = fun(Arity) -> [{var, 1, list_to_atom("_" ++ integer_to_list(N))} || N <- lists:seq(1, Arity)] end,
    Forms = [{attribute, 1, module, Module}, {attribute, 1, export, Functions}
             | [{function, 1, Name, Arity, [{clause, 1, Arguments(Arity), [], [{atom, 1, ok}]}]} || {Name, Arity} <- Functions]],
    {ok, Module, Code} = compile:forms(Forms, [binary]),
    {module, Module} = code:load_binary(Module, atom_to_list(Module), Code).

unload(Modules) ->
    [begin code:purge(Module), code:delete(Module), code:purge(Module) end || Module <- Modules].

%% Who gives the agent commands is not traced.
elsewhere(Fun) ->
    {_, Monitor} = spawn_monitor(Fun),
    receive {'DOWN', Monitor, process, _, normal} -> ok end.

taken(Agent) ->
    {ok, _} = command(Agent, sync),
    [{Kind, Payload} || {trace_ts, _, call, _, {Kind, Payload}, _} <- events(Agent)].

conn() ->
    #{'__struct__' => 'Elixir.Plug.Conn', method => <<"POST">>, request_path => <<"/login">>, status => 401,
      params => #{<<"name">> => <<"ada">>}, private => #{phoenix_controller => 'Elixir.C', phoenix_action => create},
      adapter => {adapter, binary:copy(<<"x">>, 100000)}, secret_key_base => <<"s">>}.

%% What the emulator refuses it would refuse on an application's node.
every_spec_is_accepted_test_() ->
    [fun() -> ?assertMatch({ok, _, _, _}, erlang:match_spec_test([[a], #{}, #{}], elixirscope_telemetry:spec(Level), trace)) end
     || ok <- [node_side:load_modules()], Level <- [observe, flows, messages, state, calls]] ++ [fun node_side:unload/0].

telemetry_test_() ->
    [{atom_to_list(Kind), fun() -> telemetry(Kind) end} || Kind <- node_side:tracer_kinds()].

%% Spans by their end; of a connection a few fields; of an exception no connection; nothing of what only repeats it.
telemetry(Kind) ->
    load(telemetry, [{execute, 3}]),
    Agent = attach(#{tracer => Kind}),
    {ok, #{functions := 0}} = trace(Agent, #{level => observe}),
    Execute = fun(Event, Metadata) -> elsewhere(fun() -> telemetry:execute(Event, #{duration => 5}, Metadata) end) end,
    Execute([thousand_island, connection, send], #{}),
    Execute([phoenix, endpoint, start], #{conn => conn()}),
    Execute([phoenix, endpoint, stop], #{conn => conn()}),
    Execute([phoenix, endpoint, stop], #{conn => (conn())#{params := maps:from_list([{N, N} || N <- lists:seq(1, 33)])}}),
    Execute([phoenix, router_dispatch, stop], #{conn => conn(), route => <<"/login">>}),
    Execute([phoenix, router_dispatch, exception],
            #{conn => conn(), route => <<"/login">>, kind => error, stacktrace => [{m, f, [conn()], [{line, 3}]}],
              reason => #{'__struct__' => 'Elixir.Plug.Conn.WrapperError', conn => conn(),
                          reason => #{'__struct__' => 'Elixir.RuntimeError', message => <<"broken">>}}}),
    Execute([my, app, thing], #{huge => lists:seq(1, 1000)}),
    Execute([my, app, start], #{}),
    Execute([my, repo, query], #{type => ecto_sql_query, query => <<"select">>, params => [<<"secret">>], result => {ok, rows}}),
    Taken = [Payload || {es_telemetry, Payload} <- taken(Agent)],
    detach(Agent),
    unload([telemetry]),
    ?assertMatch([{[phoenix, endpoint, stop], #{duration := 5},
                   #{conn := #{method := <<"POST">>, status := 401, controller := 'Elixir.C', params := #{<<"name">> := <<"ada">>}}}},
                  {[phoenix, endpoint, stop], _, #{conn := #{method := <<"POST">>}}},
                  {[phoenix, router_dispatch, stop], _, #{route := <<"/login">>}},
                  {[phoenix, router_dispatch, exception], _,
                   #{kind := error, route := <<"/login">>,
                     reason := #{'__struct__' := 'Elixir.Plug.Conn.WrapperError',
                                 reason := #{'__struct__' := 'Elixir.RuntimeError', message := <<"broken">>}}}},
                  {[my, app, thing], _, #{}},
                  {[my, repo, query], _, #{query := <<"select">>, result := ok}}], Taken),
    [_, {_, _, #{conn := Wide}}, {_, _, Routed}, {_, _, #{stacktrace := [Frame | _]} = Failed}, {_, _, Own}, {_, _, Query}] = Taken,
    ?assertNot(is_map_key(params, Wide)),
    ?assertEqual([route], maps:keys(Routed)),
    ?assertEqual({m, f, [{line, 3}]}, Frame),
    ?assert(erlang:external_size(Failed) < 2000),
    ?assertEqual(#{}, Own),
    ?assertNot(is_map_key(params, Query)).

%% Of a query from `flows` on: rows, how many parameters, and of those one number that stands alone; where the Repo tells it, the stack.
%% Of Cowboy and Oban what says which request and which job it was; nothing of what they hold besides.
work_test_() ->
    [{atom_to_list(Kind), fun() -> work(Kind) end} || Kind <- node_side:tracer_kinds()].

work(Kind) ->
    load(telemetry, [{execute, 3}]),
    Agent = attach(#{tracer => Kind}),
    {ok, _} = trace(Agent, #{level => flows}),
    Execute = fun(Event, Metadata) -> elsewhere(fun() -> telemetry:execute(Event, #{duration => 5}, Metadata) end) end,
    Query = fun(Params, More) -> maps:merge(#{type => ecto_sql_query, repo => r, query => <<"select">>, source => <<"t">>, params => Params,
                                              cast_params => Params, result => {ok, #{num_rows => 3, rows => [[<<"hidden">>]]}}}, More) end,
    Execute([my, repo, query], Query([7], #{})),
    Execute([my, repo, query], Query([<<"hidden">>], #{})),
    Execute([my, repo, query], Query([1, 2], #{stacktrace => [{m, f, 1, [{file, "f.ex"}, {line, 3}]}]})),
    Execute([my, repo, query], Query([], #{result => {error, #{'__struct__' => e, postgres => #{code => c, message => <<"m">>, detail => <<"hidden">>}}}})),
    Req = #{method => <<"GET">>, path => <<"/p">>, host => <<"h">>, headers => #{<<"cookie">> => <<"hidden">>}},
    Execute([cowboy, request, start], #{pid => self(), streamid => 1, req => Req}),
    Execute([cowboy, request, stop], #{pid => self(), streamid => 1, req => Req, resp_headers => #{<<"x">> => <<"hidden">>}, resp_status => <<"200 OK">>}),
    Execute([cowboy, request, exception],
            #{pid => self(), streamid => 1, req => Req, resp_status => 500, kind => exit, stacktrace => [],
              reason => {{#{'__struct__' => 'Elixir.RuntimeError', message => <<"broken">>}, []}, {plug, call, [#{secret => <<"hidden">>}]}}}),
    Execute([cowboy, request, early_error], #{reason => {connection_error, limit, 'too long'}, resp_status => 414, partial_req => Req}),
    Execute([oban, engine, insert_job, stop], #{conf => #{a => <<"hidden">>}, job => #{id => 9, worker => <<"W">>}, opts => [<<"hidden">>]}),
    Execute([oban, engine, fetch_jobs, stop], #{}),
    Execute([finch, request, stop], #{name => f, request => #{method => <<"GET">>, path => <<"/">>, query => <<"hidden">>},
                                      result => {error, #{'__struct__' => t, reason => econnrefused}}}),
    Taken = [Payload || {es_telemetry, Payload} <- taken(Agent)],
    detach(Agent),
    unload([telemetry]),
    ?assertMatch([{_, _, #{parameters := 1, parameter := 7, rows := 3, result := ok}},
                  {_, _, #{parameters := 1, parameter := not_taken}},
                  {_, _, #{parameters := 2, parameter := not_taken, stacktrace := [{m, f, [{file, "f.ex"}, {line, 3}]} | _]}},
                  {_, _, #{parameters := 0, result := error, error := #{code := c, message := <<"m">>}}},
                  {[cowboy, request, stop], _, #{req := #{method := <<"GET">>, path := <<"/p">>}, streamid := 1, resp_status := <<"200 OK">>}},
                  {[cowboy, request, exception], _, #{reason := #{'__struct__' := 'Elixir.RuntimeError', message := <<"broken">>}}},
                  {[cowboy, request, early_error], _, #{reason := {connection_error, limit, _}, req := #{path := <<"/p">>}}},
                  {[oban, engine, insert_job, stop], _, #{job := #{id := 9, worker := <<"W">>}}},
                  {[finch, request, stop], _, #{result := error, error := #{reason := econnrefused}}}], Taken),
    ?assertEqual(nomatch, binary:match(term_to_binary(Taken), <<"hidden">>)),
    [{_, _, First} | _] = Taken,
    ?assertNot(is_map_key(stacktrace, First)).

%% A broadcast and what it came to; functions that this version does not have are left out.
pubsub_test() ->
    load('Elixir.Phoenix.PubSub', [{subscribe, 3}, {broadcast, 4}, {broadcast_from, 5}, {dispatch, 3}]),
    Agent = attach(#{}),
    {ok, _} = trace(Agent, #{level => observe}),
    Me = self(),
    elsewhere(fun() ->
                      'Elixir.Phoenix.PubSub':subscribe(app, <<"t">>, []),
                      'Elixir.Phoenix.PubSub':broadcast(app, <<"t">>, hello, d),
                      'Elixir.Phoenix.PubSub':broadcast_from(app, Me, <<"t">>, hello, d),
                      'Elixir.Phoenix.PubSub':dispatch([{Me, nil}], none, hello)
              end),
    Taken = taken(Agent),
    detach(Agent),
    unload(['Elixir.Phoenix.PubSub']),
    ?assertEqual([{es_pubsub, {subscribe, app, <<"t">>}},
                  {es_pubsub, {broadcast, app, <<"t">>, hello, d, none}},
                  {es_pubsub, {broadcast, app, <<"t">>, hello, d, Me}},
                  {es_pubsub, {dispatch, 1, none, [{Me, nil}]}}], Taken).

%% An application whose boot was held starts after the level was set.
loaded_later_test_() -> {timeout, 30, fun loaded_later/0}.

loaded_later() ->
    Agent = attach(#{}),
    {ok, _} = trace(Agent, #{level => observe}),
    load('Elixir.Phoenix.LiveView.Channel', [{push_diff, 3}]),
    State = #{socket => #{id => <<"phx-1">>}},
    Push = fun Push() ->
                   elsewhere(fun() -> 'Elixir.Phoenix.LiveView.Channel':push_diff(State, #{a => 1}, nil) end),
                   case taken(Agent) of
                       [] -> receive after 20 -> Push() end;
                       [First | _] -> First
                   end
           end,
    First = Push(),
    detach(Agent),
    unload(['Elixir.Phoenix.LiveView.Channel']),
    ?assertEqual({es_phoenix, {push_diff, <<"phx-1">>, nil, 1}}, First).

%% Where messages are recorded, what was sent to the browser is taken too.
detail_test() ->
    load('Elixir.Phoenix.LiveView.Channel', [{push_diff, 3}, {handle_call, 3}]),
    Agent = attach(#{}),
    {ok, _} = trace(Agent, #{level => messages}),
    State = #{socket => #{id => <<"phx-1">>, view => v}},
    elsewhere(fun() ->
                      'Elixir.Phoenix.LiveView.Channel':push_diff(State, #{a => 1}, <<"4">>),
                      'Elixir.Phoenix.LiveView.Channel':handle_call({phoenix, ping}, from, State),
                      'Elixir.Phoenix.LiveView.Channel':handle_call(mine, from, State)
              end),
    Taken = taken(Agent),
    detach(Agent),
    unload(['Elixir.Phoenix.LiveView.Channel']),
    ?assertEqual([{es_phoenix, {push_diff, <<"phx-1">>, <<"4">>, 1, #{a => 1}}},
                  {es_phoenix, {handle_call, <<"phx-1">>, v, mine}}], Taken).
