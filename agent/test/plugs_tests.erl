-module(plugs_tests).
-include_lib("eunit/include/eunit.hrl").
-import(node_side, [attach/1, trace/2, command/2, detach/1, events/1]).

%% Modules that look as those that Plug.Builder and Phoenix make. Real ones are what test/recordings and the live suite are for.
sources() ->
    [{'Elixir.Plug.Conn',
      "-export([halt/1, send_resp/1, fetch_session/2]).\n"
      "halt(C) -> C#{halted := true}.\n"
      "send_resp(C) -> C#{state := sent}.\n"
      "fetch_session(C, _) -> C.\n"},
     {'Elixir.MyWeb.Auth',
      "-export([init/1, call/2, with_user/2]).\n"
      "init(O) -> O.\n"
      "call(#{assigns := A} = C, _) -> _ = 'Elixir.Plug.Conn':fetch_session(C, mine), keep(C#{assigns := A#{user => <<\"ada\">>}}).\n"
      "with_user(C, _) -> keep(C).\n"
      "keep(C) -> C.\n"},
     {'Elixir.MyWeb.Endpoint',
      "-export([init/1, call/2]).\n"
      "init(O) -> O.\n"
      "call(C, O) -> {done, plug_builder_call(C, O)}.\n"
      "plug_builder_call(C, O) ->\n"
      "    case 'Elixir.Plug.Conn':fetch_session(C, []) of C1 ->\n"
      "    case 'Elixir.MyWeb.Auth':call(C1, O) of C2 ->\n"
      "    case 'Elixir.MyWeb.Auth':with_user(C2, []) of C3 ->\n"
      "    case local(C3, []) of C4 -> {ok, C4} end end end end.\n"
      "local(C, _) -> {ok, 'Elixir.Plug.Conn':halt('Elixir.Plug.Conn':send_resp(C))}.\n"}].

%% From files, since what a module calls is known by its file only.
load(Folder, Names) -> [load(Folder, Name, Text) || {Name, Text} <- sources(), lists:member(Name, Names)].

load(Folder, Name, Text) ->
    {ok, Tokens, _} = erl_scan:string("-module('" ++ atom_to_list(Name) ++ "').\n" ++ Text),
    {ok, Name, Code} = compile:forms([Form || Part <- forms(Tokens), {ok, Form} <- [erl_parse:parse_form(Part)]], [binary, no_auto_import]),
    File = filename:join(Folder, atom_to_list(Name) ++ ".beam"),
    ok = file:write_file(File, Code),
    {module, Name} = code:load_binary(Name, File, Code).

forms([]) -> [];
forms(Tokens) ->
    {Form, [Dot | Rest]} = lists:splitwith(fun(Token) -> element(1, Token) =/= dot end, Tokens),
    [Form ++ [Dot] | forms(Rest)].

names() -> [Name || {Name, _} <- sources()].

with(Test) ->
    Folder = filename:join("/tmp", "plugs_tests_" ++ os:getpid() ++ "_" ++ integer_to_list(erlang:unique_integer([positive]))),
    ok = file:make_dir(Folder),
    try Test(Folder)
    after
        [begin code:purge(M), code:delete(M), code:purge(M) end || M <- names()],
        [file:delete(File) || File <- filelib:wildcard(filename:join(Folder, "*"))],
        file:del_dir(Folder)
    end.

conn() ->
    #{'__struct__' => 'Elixir.Plug.Conn', method => <<"GET">>, request_path => <<"/">>, halted => false, state => unset, assigns => #{},
      params => #{<<"q">> => <<"1">>}, private => #{phoenix_router => 'Elixir.MyWeb.Router'}, adapter => {adapter, binary:copy(<<"x">>, 100000)}}.

request() ->
    {_, Monitor} = spawn_monitor(fun() -> {done, _} = 'Elixir.MyWeb.Endpoint':call(conn(), []) end),
    receive {'DOWN', Monitor, process, _, normal} -> ok end.

taken(Agent) ->
    {ok, _} = command(Agent, sync),
    [{What, MFA, Caller, Conn} || {trace_ts, _, call, MFA, {es_plug, {What, Caller, Conn}}, _} <- events(Agent)].

pipeline_test_() ->
    [{atom_to_list(Kind), fun() -> with(fun(Folder) -> pipeline(Kind, Folder) end) end} || Kind <- node_side:tracer_kinds()].

%% Each plug as it is called, with what it was given; not the same functions called by anything else.
pipeline(Kind, Folder) ->
    load(Folder, names()),
    Agent = attach(#{tracer => Kind}),
    {ok, #{functions := 0}} = trace(Agent, #{level => state}),
    request(),
    Taken = taken(Agent),
    detach(Agent),
    ?assertMatch([{call, {'Elixir.MyWeb.Endpoint', call, 2}, _, #{assigns := A0, params := #{<<"q">> := <<"1">>}, phoenix_router := 'Elixir.MyWeb.Router'}},
                  {call, {'Elixir.Plug.Conn', fetch_session, 2}, {'Elixir.MyWeb.Endpoint', plug_builder_call, 2}, _},
                  {call, {'Elixir.MyWeb.Auth', call, 2}, {'Elixir.MyWeb.Endpoint', plug_builder_call, 2}, #{assigns := A0}},
                  {call, {'Elixir.MyWeb.Auth', with_user, 2}, _, #{assigns := #{user := <<"ada">>}}},
                  {call, {'Elixir.MyWeb.Endpoint', local, 2}, _, #{halted := false}},
                  {send, {'Elixir.Plug.Conn', send_resp, 1}, {'Elixir.MyWeb.Endpoint', local, 2}, #{state := unset}},
                  {halt, {'Elixir.Plug.Conn', halt, 1}, _, #{state := sent}}] when A0 =:= #{}, Taken),
    ?assert(erlang:external_size(Taken) < 10000).

%% Below `state` nothing of it; what the user traces of the same functions goes before.
levels_test() ->
    with(fun(Folder) ->
                 load(Folder, names()),
                 Agent = attach(#{}),
                 {ok, _} = trace(Agent, #{level => messages}),
                 request(),
                 None = taken(Agent),
                 {ok, #{functions := 1}} = trace(Agent, #{level => calls, patterns => [{'Elixir.MyWeb.Auth', call, 2, true}]}),
                 request(),
                 {ok, _} = command(Agent, sync),
                 Events = events(Agent),
                 detach(Agent),
                 ?assertEqual([], None),
                 ?assertMatch([{es_args, [#{}, []], _}], [Extra || {trace_ts, _, call, {'Elixir.MyWeb.Auth', call, 2}, Extra, _} <- Events]),
                 ?assertMatch([_, _, _, _, _, _], [es_plug || {trace_ts, _, call, _, {es_plug, _}, _} <- Events])
         end).

%% Wide parameters come as their number.
wide_test() ->
    with(fun(Folder) ->
                 load(Folder, names()),
                 Agent = attach(#{}),
                 {ok, _} = trace(Agent, #{level => state}),
                 Wide = maps:from_list([{N, N} || N <- lists:seq(1, 33)]),
                 {_, Monitor} = spawn_monitor(fun() -> 'Elixir.MyWeb.Auth':call((conn())#{params := Wide}, []) end),
                 receive {'DOWN', Monitor, process, _, normal} -> ok end,
                 Taken = taken(Agent),
                 detach(Agent),
                 ?assertMatch([{call, _, _, #{params := {'$elixirscope_cut', 33, map}}} | _], Taken)
         end).

%% As in development, where modules are loaded when they are first needed.
loaded_later_test_() -> {timeout, 30, fun() -> with(fun loaded_later/1) end}.

loaded_later(Folder) ->
    Agent = attach(#{}),
    {ok, _} = trace(Agent, #{level => state}),
    load(Folder, ['Elixir.Plug.Conn', 'Elixir.MyWeb.Auth']),
    Functions = fun Until(Wanted) ->
                        Call = fun() -> 'Elixir.MyWeb.Auth':call(conn(), []) end,
                        {_, Monitor} = spawn_monitor(case Wanted of {'Elixir.MyWeb.Auth', _, _} -> Call; _ -> fun request/0 end),
                        receive {'DOWN', Monitor, process, _, _} -> ok end,
                        Seen = [MFA || {call, MFA, _, _} <- taken(Agent)],
                        case lists:member(Wanted, Seen) of
                            true -> Seen;
                            false -> receive after 20 -> Until(Wanted) end
                        end
                end,
    _ = Functions({'Elixir.MyWeb.Auth', call, 2}),
    load(Folder, ['Elixir.MyWeb.Endpoint']),
    Seen = Functions({'Elixir.MyWeb.Endpoint', local, 2}),
    detach(Agent),
    %% Those that were there before, too: now there is a list of plugs that they stand in.
    ?assert(lists:member({'Elixir.Plug.Conn', fetch_session, 2}, Seen)).
