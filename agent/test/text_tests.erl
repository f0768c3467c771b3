-module(text_tests).
-include_lib("eunit/include/eunit.hrl").

-define(SOURCE, "-module(text_one).\n-export([f/1]).\n\nf(X) ->\n    Y = X + 1,\n    %% nothing here\n    {ok, Y}.\n").

texts_test_() -> {timeout, 60, fun texts/0}.

texts() ->
    Folder = filename:join(os:getenv("TMPDIR", "/tmp"), "text_tests-" ++ os:getpid()),
    ok = filelib:ensure_path(Folder),
    File = filename:join(Folder, "text_one.erl"),
    ok = file:write_file(File, ?SOURCE),
    {ok, text_one} = compile:file(File, [debug_info, {outdir, Folder}]),
    true = code:add_patha(Folder),
    {module, text_one} = code:ensure_loaded(text_one),
    Agent = node_side:attach(),
    One = fun(Name) -> {ok, [{Name, Told}]} = elixirscope_agent:command(maps:get(owner, Agent), {text, all, [Name]}), Told end,
    Text = list_to_binary(?SOURCE),
    Path = list_to_binary(File),
    ?assertMatch(#{source := Path, text := Text, lines := [5, 7], changed := false}, One(<<"text_one">>)),

    %% Written since.
    ok = file:write_file(File, [?SOURCE, "%% more\n"]),
    ok = file:change_time(File, {{2099, 1, 1}, {0, 0, 0}}),
    ?assertMatch(#{changed := true}, One(<<"text_one">>)),

    ok = file:write_file(File, binary:copy(<<"%">>, 600000)),
    ?assertMatch(#{reason := too_large}, One(<<"text_one">>)),
    ok = file:delete(File),
    ?assertMatch(#{reason := no_file, lines := [5, 7]}, One(<<"text_one">>)),

    %% Names from outside: no atom comes of them, and they are no paths.
    Atoms = erlang:system_info(atom_count),
    ?assertEqual(#{reason => not_loaded}, One(<<"no_such_module_", (integer_to_binary(rand:uniform(1 bsl 60)))/binary>>)),
    ?assertEqual(#{reason => not_loaded}, One(<<"../../../etc/passwd">>)),
    ?assertEqual(#{reason => not_loaded}, One(binary:copy(<<"x">>, 4000))),
    ?assertEqual(Atoms, erlang:system_info(atom_count)),
    ?assertEqual({ok, [{<<"lists">>, #{reason => library}}]}, elixirscope_agent:command(maps:get(owner, Agent), {text, own, [<<"lists">>]})),
    node_side:detach(Agent),
    code:del_path(Folder),
    true = code:delete(text_one),
    code:purge(text_one),
    ok = file:del_dir_r(Folder).

%% The file that a module names is read only if it is named like a source.
other_files_test() ->
    Agent = node_side:attach(),
    {ok, text_two, Code} = compile:forms([{attribute, 1, module, text_two}], [{source, "/etc/passwd"}]),
    {module, text_two} = code:load_binary(text_two, "text_two", Code),
    {ok, [{_, Told}]} = elixirscope_agent:command(maps:get(owner, Agent), {text, all, [<<"text_two">>]}),
    ?assertMatch(#{source := <<"/etc/passwd">>, reason := no_file}, Told),
    ?assertNot(is_map_key(text, Told)),
    node_side:detach(Agent),
    true = code:delete(text_two),
    code:purge(text_two).
