-module(source_tests).
-include_lib("eunit/include/eunit.hrl").

%% What ElixirScope ships must need nothing but erl_scan, erl_parse and the
%% compiler, and `modules/0` must name all of it: what it forgets would stay.
loads_without_preprocessor_test() ->
    ok = node_side:load(),
    Shipped = lists:sort([list_to_atom(filename:basename(File, ".erl")) || File <- node_side:sources()]),
    ?assertEqual(Shipped, lists:sort(elixirscope_agent:modules())),
    ?assertEqual([], [Module || Module <- Shipped, code:is_loaded(Module) =:= false]).

%% Functions that came after OTP 25 may only be called where they exist.
calls_nothing_that_is_missing_on_25_test() ->
    Modules = [list_to_atom(filename:basename(File, ".erl")) || File <- node_side:sources()],
    Calls = lists:usort(lists:append([remote_calls(File) || File <- node_side:sources()])),
    Missing = [MFA || {M, F, A} = MFA <- Calls, M =/= trace, not lists:member(M, Modules),
                      not lists:member({F, A}, M:module_info(exports))],
    ?assertEqual([], Missing).

remote_calls(File) ->
    {ok, Module, Code} = compile:file(File, [binary]),
    {ok, {Module, [{imports, Imports}]}} = beam_lib:chunks(Code, [imports]),
    Imports.
