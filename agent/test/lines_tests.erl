-module(lines_tests).
-include_lib("eunit/include/eunit.hrl").

%% Modules with probes answer what they answer without them: random ones, each
%% function tried on some arguments, with results and exceptions compared.
same_results_test_() -> {timeout, 120, fun same_results/0}.

same_results() ->
    node_side:load_modules(),
    rand:seed(exsss, {1, 2, 3}),
    [same(N) || N <- lists:seq(1, 200)],
    node_side:unload().

same(N) ->
    Text = "-module(random_one).\n-export([f/2]).\nf(A, B) ->\n    " ++ body(4, ["A", "B"]) ++ ".\ng(X) ->\n    {g,\n     X}.\n",
    Forms = forms(lists:flatten(Text)),
    Plain = load(Forms),
    Before = [result(X, Y) || {X, Y} <- arguments()],
    Instrumented = elixirscope_probes:instrument([{attribute, 1, file, {"x.erl", 1}} | Forms], erlang),
    Probed = load(Instrumented),
    After = [result(X, Y) || {X, Y} <- arguments()],
    ?assertEqual({N, Before}, {N, After}, Text),
    ?assertNotEqual(Plain, Probed).

arguments() -> [{1, 2}, {0, []}, {[1, 2, 3], a}, {{ok, 5}, [x]}, {-3, 7}].

result(A, B) ->
    try {ok, without_stacks(random_one:f(A, B))} catch Class:Reason -> {Class, Reason} end.

%% The probes' own lines and blocks are in nobody's way, but in a stack.
without_stacks({'EXIT', {Reason, [_ | _]}}) -> {'EXIT', Reason};
without_stacks(Tuple) when is_tuple(Tuple) -> list_to_tuple(without_stacks(tuple_to_list(Tuple)));
without_stacks([Head | Tail]) -> [without_stacks(Head) | without_stacks(Tail)];
without_stacks(Map) when is_map(Map) -> maps:map(fun(_, Value) -> without_stacks(Value) end, Map);
without_stacks(Other) -> Other.

load(Forms) ->
    {ok, Module, Code} = compile:forms(Forms, [nowarn_unused_function]),
    code:purge(Module),
    {module, Module} = code:load_binary(Module, "random_one", Code),
    code:module_md5(Code).

forms(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    split(Tokens, []).

split([], _) -> [];
split([{dot, _} = Dot | Rest], Form) ->
    {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])),
    [Parsed | split(Rest, [])];
split([Token | Rest], Form) -> split(Rest, [Token | Form]).

%%% Text of random code; every expression may stand on a line of its own

body(Depth, Vars) ->
    case rand:uniform(3) of
        1 -> expression(Depth, Vars);
        2 ->
            V = fresh(),
            [V, " = ", expression(Depth - 1, Vars), ",\n    ", body(Depth - 1, [V | Vars])];
        3 -> [expression(Depth - 1, Vars), ",\n    ", body(Depth - 1, Vars)]
    end.

fresh() -> "V" ++ integer_to_list(erlang:unique_integer([positive])).

expression(Depth, Vars) when Depth =< 0 -> leaf(Vars);
expression(Depth, Vars) ->
    E = fun() -> expression(Depth - 1, Vars) end,
    B = fun(More) -> body(Depth - 1, More ++ Vars) end,
    V = fresh(),
    case rand:uniform(14) of
        1 -> leaf(Vars);
        2 -> ["(", E(), "\n + ", E(), ")"];
        3 -> ["{", E(), ",\n ", E(), "}"];
        4 -> ["[", E(), " | ", E(), "]"];
        5 -> ["case ", E(), " of\n {ok, ", V, "} -> ", B([V]), ";\n ", V, "x when is_integer(", V, "x) -> ", B([V ++ "x"]), ";\n _ -> ", B([]), " end"];
        6 -> ["(fun(", V, ") ->\n ", B([V]), " end)(", E(), ")"];
        7 -> ["[", expression(Depth - 1, [V | Vars]), "\n || ", V, " <- [1, 2, a], ", V, " > 1]"];
        8 -> ["try\n ", B([]), "\n of ", V, " -> ", B([V]), "\n catch _:", V, "c ->\n ", B([V ++ "c"]), " end"];
        9 -> ["g(\n ", E(), ")"];
        10 -> ["(catch ", E(), ")"];
        11 -> ["if ", leaf(Vars), " =:= 1 ->\n ", B([]), ";\n true -> ", B([]), " end"];
        12 -> ["#{a => ", E(), ",\n b => ", E(), "}"];
        13 -> ["begin\n ", B([]), " end"];
        14 -> ["lists:foldl(fun(", V, ", ", V, "a) ->\n ", B([V, V ++ "a"]), " end, ", E(), ",\n [1, 2])"]
    end.

leaf(Vars) ->
    case rand:uniform(4) of
        1 -> integer_to_list(rand:uniform(5));
        2 -> "ok";
        3 -> lists:nth(rand:uniform(length(Vars)), Vars);
        4 -> ["length(", lists:nth(rand:uniform(length(Vars)), Vars), ")"]
    end.

%% What is bound on one way only is not reported behind it, a probe has at most forty variables.
many_variables_test() ->
    node_side:load_modules(),
    Vars = ["W" ++ integer_to_list(N) || N <- lists:seq(1, 100)],
    Text = "-module(random_one).\n-export([f/2]).\nf(A, B) ->\n" ++ lists:append([V ++ " = A, " || V <- Vars])
        ++ "case B of 1 -> X = 1; _ -> X = 2 end,\n {X,\n " ++ lists:join(", ", Vars) ++ "}.\n",
    Forms = forms(lists:flatten(Text)),
    _ = load(elixirscope_probes:instrument([{attribute, 1, file, {"x.erl", 1}} | Forms], erlang)),
    ?assertEqual([1 | lists:duplicate(100, a)], tuple_to_list(random_one:f(a, 1))),
    node_side:unload().
