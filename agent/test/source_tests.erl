-module(source_tests).
-include_lib("eunit/include/eunit.hrl").

%% What ElixirScope ships must need nothing but erl_scan, erl_parse and the
%% compiler, and `modules/0` must name all of it: what it forgets would stay.
loads_without_preprocessor_test_() -> {timeout, 60, fun loads_without_preprocessor/0}.

loads_without_preprocessor() ->
    ok = node_side:load_modules(),
    ?assertEqual(lists:sort(node_side:shipped()), elixirscope_agent:modules()),
    node_side:unload(),
    ?assertEqual([], elixirscope_loaded()).

%% Bundled there is one module to remove, and it works without the others.
bundle_is_one_module_test_() -> {timeout, 60, fun bundle_is_one_module/0}.

bundle_is_one_module() ->
    ok = node_side:load(),
    ?assertEqual([elixirscope_agent], elixirscope_loaded()),
    ?assertEqual([elixirscope_agent], elixirscope_agent:modules()),
    ?assertEqual([], [Call || {M, _, _} = Call <- imports(element(2, persistent_term:get(agent_bundle))),
                              lists:prefix("elixirscope_", atom_to_list(M))]),
    node_side:unload().

elixirscope_loaded() ->
    [Module || {Module, _} <- code:all_loaded(), lists:prefix("elixirscope_", atom_to_list(Module))].

%% A loader that does not bundle is served as well.
works_as_separate_modules_test_() -> {timeout, 60, fun works_as_separate_modules/0}.

works_as_separate_modules() ->
    ok = node_side:load_modules(),
    Scope = node_side:scope(take),
    {ok, Info} = elixirscope_agent:start(#{scope => Scope, heartbeat_ms => 30000}),
    Scope ! {agent, Info},
    {ok, _} = node_side:trace(Info, #{level => calls, patterns => [{lists, seq, 2, true}]}),
    ?assertMatch(#{dropped := 0}, node_side:detach(Info#{scope => Scope})).

%% Functions that came after OTP 25 may only be called where they exist.
calls_nothing_that_is_missing_on_25_test() ->
    Calls = lists:usort(lists:append([remote_calls(File) || File <- node_side:sources()])),
    Missing = [MFA || {M, F, A} = MFA <- Calls, M =/= trace, M =/= elixir_erl, not lists:member(M, node_side:shipped()), not elixirs(M),
                      not lists:member({F, A}, M:module_info(exports))],
    ?assertEqual([], Missing).

%% Called only where the node has Phoenix.
elixirs(Module) -> lists:prefix("Elixir.", atom_to_list(Module)).

remote_calls(File) ->
    {ok, _, Code} = compile:file(File, [binary]),
    imports(Code).

imports(Code) ->
    {ok, {_, [{imports, Imports}]}} = beam_lib:chunks(Code, [imports]),
    Imports.
