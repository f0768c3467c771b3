%% Puts a probe before every line of a module's abstract code: a call of a local
%% function that does nothing, with the place and what was bound since the probe
%% before it. The function is the module's own, so that a probe that outlives us is
%% as harmless as one that nobody traces. Nothing else changes: patterns, guards,
%% filters of comprehensions and binaries stay as they are, and what was called last
%% is called last.
-module(elixirscope_probes).

-export([function/0, instrument/2, spec/0]).

-type form() :: erl_parse:abstract_form().

-spec function() -> atom().
function() -> '-elixirscope-line-'.

%% The match spec for probes: `{es_line, Line, Function, Arity, {Line, [{Name, Value}],
%% [BoundAt]}}`. The pairs are made here, in what is sent: a probe itself builds nothing.
-spec spec() -> list().
spec() ->
    Place = fun(N) -> {element, N, '$1'} end,
    Pairs = fun(Count) -> [{{Place(4 + N), variable(N + 1)}} || N <- lists:seq(1, Count)] end,
    [{[variable(N) || N <- lists:seq(1, Count + 1)], [],
      [{message, {{es_line, Place(1), Place(2), Place(3), {{Place(1), Pairs(Count), Place(4)}}}}}]}
     || Count <- lists:seq(0, most())].

%% Variables that one probe reports at most.
most() -> 40.

variable(N) -> list_to_atom("$" ++ integer_to_list(N)).

%% The forms with probes.
-spec instrument([form()], erlang | elixir) -> [form()].
instrument(Forms, Language) ->
    put(elixirscope_arities, #{}),
    {Done, _} = lists:mapfoldl(fun(Form, Files) -> form(Form, Files, Language) end, {none, none}, Forms),
    Arities = lists:sort(maps:keys(erase(elixirscope_arities))),
    Done ++ [no_op(Arity) || Arity <- Arities].

no_op(Arity) ->
    {function, 0, function(), Arity, [{clause, 0, lists:duplicate(Arity, {var, 0, '_'}), [], [{atom, 0, ok}]}]}.

%% Functions from another file (a macro that keeps its own places) have lines that
%% are not of this one.
form({attribute, _, file, {File, _}} = Form, {none, _}, _) ->
    {Form, {File, File}};
form({attribute, _, file, {File, _}} = Form, {Main, _}, _) ->
    {Form, {Main, File}};
form({function, At, Name, Arity, Clauses} = Form, {Main, File} = Files, Language) when Main =:= File ->
    case line(At) of
        0 -> {Form, Files};
        _ ->
            put(elixirscope_temporaries, 0),
            Env = #{language => Language, mfa => {Name, Arity}, line => 0, fresh => [], known => #{}},
            {Done, _} = clauses(Clauses, Env, new),
            {{function, At, Name, Arity, Done}, Files}
    end;
form(Form, Files, _) ->
    {Form, Files}.

%%% Bodies

%% How: `new` where the clause is entered by a call (all variables of its head are
%% its own), `branch` where it is a way on.
clauses(Clauses, Env, How) ->
    lists:unzip([clause(Clause, Env, How) || Clause <- Clauses]).

clause({clause, At, Head, Guards, Body}, #{known := Known} = Env, How) ->
    Bound = variables(Head, case How of new -> #{}; branch -> Known end, line(At)),
    Entered = case How of new -> Env#{line := 0}; branch -> Env end,
    {Done, Env1} = body(Body, bind(Bound, Entered), []),
    {{clause, At, Head, Guards, Done}, maps:keys(maps:without(maps:keys(Known), maps:get(known, Env1)))}.

body([], Env, Done) ->
    {lists:reverse(Done), Env};
body([Expression | Rest], Env, Done) ->
    {Probes, Env1} = probe(lead(Expression), Env),
    {Instrumented, Env2} = expression(Expression, Env1),
    body(Rest, Env2, [Instrumented | Probes ++ Done]).

%% Where the evaluation of an expression begins.
lead({match, At, _, Right}) ->
    case lead(Right) of none -> At; Lead -> Lead end;
lead({call, At, _, Arguments}) ->
    case [Argument || {call, _, _, _} = Argument <- Arguments] of
        [First | _] -> case lead(First) of none -> At; Lead -> Lead end;
        [] -> At
    end;
%% A `with` of Elixir is made of cases that have no place, about expressions that have one.
lead({'case', At, Subject, _}) ->
    case line(At) of 0 -> lead(Subject); _ -> At end;
lead(Expression) when is_tuple(Expression), tuple_size(Expression) > 1 ->
    element(2, Expression);
lead(_) -> none.

%% No probe on what a macro made up, nor twice for one line.
probe(At, #{line := Before} = Env) ->
    case line(At) of
        0 -> {[], Env};
        Before -> {[], Env};
        Line -> {[call(Line, Env)], Env#{line := Line, fresh := []}}
    end.

call(Line, #{mfa := {Name, Arity}, fresh := Fresh}) ->
    Told = lists:sublist(latest(Fresh, []), most()),
    Place = list_to_tuple([Line, Name, Arity, [At || {_, _, At} <- Told] | [Source || {Source, _, _} <- Told]]),
    Arguments = [erl_parse:abstract(Place, Line) | [{var, Line, Variable} || {_, Variable, _} <- Told]],
    put(elixirscope_arities, (get(elixirscope_arities))#{length(Arguments) => true}),
    {call, Line, {atom, Line, function()}, Arguments}.

%% Oldest first, of each name the version bound last.
latest([], Told) -> Told;
latest([{Source, _, _} = Variable | Older], Told) ->
    case lists:keymember(Source, 1, Told) of
        true -> latest(Older, Told);
        false -> latest(Older, [Variable | Told])
    end.

line(none) -> 0;
line(At) ->
    case erl_anno:generated(At) of
        true -> 0;
        false -> erl_anno:line(At)
    end.

%%% Expressions. Answers the environment behind it.

expression({match, At, Pattern, Right}, Env) ->
    {Done, #{known := Known} = Env1} = expression(Right, Env),
    {{match, At, Pattern, Done}, bind(variables(Pattern, Known, erl_anno:line(At)), Env1)};
expression({maybe_match, At, Pattern, Right}, Env) ->
    {Done, #{known := Known} = Env1} = expression(Right, Env),
    {{maybe_match, At, Pattern, Done}, bind(variables(Pattern, Known, erl_anno:line(At)), Env1)};
expression({block, At, Body}, Env) ->
    {Done, Env1} = body(Body, Env, []),
    {{block, At, Done}, Env1};
expression({'case', At, Subject, Clauses}, Env) ->
    {Done, Env1} = expression(Subject, Env),
    {Branches, Env2} = branches(Clauses, Env1),
    {{'case', At, Done, Branches}, Env2};
expression({'if', At, Clauses}, Env) ->
    {Branches, Env1} = branches(Clauses, Env),
    {{'if', At, Branches}, Env1};
expression({'receive', At, Clauses}, Env) ->
    {Branches, Env1} = branches(Clauses, Env),
    {{'receive', At, Branches}, Env1};
expression({'receive', At, Clauses, Timeout, Body}, Env) ->
    {After, _} = body(Body, Env, []),
    {Branches, Env1} = branches(Clauses, Env),
    {{'receive', At, Branches, Timeout, After}, behind(Body =:= After, Env1#{known := maps:get(known, Env), fresh := maps:get(fresh, Env)})};
expression({'try', At, Body, Of, Catch, After}, Env) ->
    {Body1, InBody} = body(Body, Env, []),
    {Of1, _} = clauses(Of, Env#{known := maps:get(known, InBody), line := 0}, branch),
    {Catch1, _} = clauses(Catch, Env#{line := 0}, branch),
    {After1, _} = body(After, Env#{line := 0}, []),
    {{'try', At, Body1, Of1, Catch1, After1}, Env#{line := 0}};
expression({'catch', At, Inner}, Env) ->
    {Done, _} = expression(Inner, Env),
    {{'catch', At, Done}, behind(Done =:= Inner, Env)};
expression({'maybe', At, Body}, Env) ->
    {Done, _} = body(Body, Env, []),
    {{'maybe', At, Done}, behind(false, Env)};
expression({'maybe', At, Body, {'else', ElseAt, Clauses}}, Env) ->
    {Done, _} = body(Body, Env, []),
    {Else, _} = clauses(Clauses, Env#{line := 0}, branch),
    {{'maybe', At, Done, {'else', ElseAt, Else}}, behind(false, Env)};
expression({'fun', At, {clauses, Clauses}}, Env) ->
    {Done, _} = clauses(Clauses, Env#{fresh := []}, new),
    {{'fun', At, {clauses, Done}}, Env};
expression({named_fun, At, Name, Clauses}, Env) ->
    {Done, _} = clauses(Clauses, Env#{fresh := []}, new),
    {{named_fun, At, Name, Done}, Env};
expression({Comprehension, At, Template, Qualifiers}, Env) when Comprehension =:= lc; Comprehension =:= bc ->
    {Done, #{known := Known}} = lists:mapfoldl(fun qualifier/2, Env#{line := line(At)}, Qualifiers),
    Inner = Env#{known := Known, fresh := [], line := line(At)},
    case body([Template], Inner, []) of
        {[Only], _} -> {{Comprehension, At, Only, Done}, behind(Only =:= Template, Env)};
        {Body, _} -> {{Comprehension, At, {block, At, Body}, Done}, behind(false, Env)}
    end;
expression({call, At, Function, Arguments} = Call, Env) ->
    {Called, Env1} = callee(Function, Env),
    {Done, Env2} = expressions(Arguments, Env1),
    before_call({call, At, Called, Done}, Call, At, Env2);
expression({op, At, Operator, Left, Right}, Env) when Operator =:= 'andalso'; Operator =:= 'orelse' ->
    {Left1, Env1} = expression(Left, Env),
    {Right1, Env2} = expression(Right, Env1),
    {{op, At, Operator, Left1, Right1}, Env1#{line := case Right1 of Right -> maps:get(line, Env1); _ -> maps:get(line, Env2) end}};
expression({op, At, Operator, Left, Right} = Operation, Env) ->
    {[Left1, Right1], Env1} = expressions([Left, Right], Env),
    operation({op, At, Operator, Left1, Right1}, Operation, At, Env1);
expression({op, At, Operator, Operand}, Env) ->
    {Done, Env1} = expression(Operand, Env),
    {{op, At, Operator, Done}, Env1};
expression({cons, At, Head, Tail}, Env) ->
    {[Head1, Tail1], Env1} = expressions([Head, Tail], Env),
    {{cons, At, Head1, Tail1}, Env1};
expression({tuple, At, Elements}, Env) ->
    {Done, Env1} = expressions(Elements, Env),
    {{tuple, At, Done}, Env1};
expression({map, At, Fields}, Env) ->
    {Done, Env1} = expressions(Fields, Env),
    {{map, At, Done}, Env1};
expression({map, At, Map, Fields}, Env) ->
    {[Map1 | Done], Env1} = expressions([Map | Fields], Env),
    {{map, At, Map1, Done}, Env1};
expression({Field, At, Key, Value}, Env) when Field =:= map_field_assoc; Field =:= map_field_exact ->
    {[Key1, Value1], Env1} = expressions([Key, Value], Env),
    {{Field, At, Key1, Value1}, Env1};
expression(Other, Env) ->
    {Other, Env}.

%% In the order in which they are evaluated; what one binds the others do not see.
expressions(List, Env) ->
    lists:mapfoldl(fun expression/2, Env, List).

callee({'fun', _, _} = Fun, Env) -> expression(Fun, Env);
callee({named_fun, _, _, _} = Fun, Env) -> expression(Fun, Env);
callee(Function, Env) -> {Function, Env}.

%% The call itself is a line of its own where its arguments were evaluated on others.
before_call({call, At, Called, Arguments} = Done, {call, _, _, Before}, At, Env) ->
    case probe(At, Env) of
        {[], Env1} ->
            {Done, Env1};
        {[Probe], Env1} when Arguments =:= Before ->
            {{block, At, [Probe, Done]}, Env1};
        {[Probe], Env1} ->
            Value = {var, At, temporary()},
            {Others, [Last]} = lists:split(length(Arguments) - 1, Arguments),
            Evaluated = {block, At, [{match, At, Value, Last}, Probe, Value]},
            {{call, At, Called, Others ++ [Evaluated]}, Env1}
    end.

%% On a line of its own, where nothing in it was a line before.
operation(Operation, Operation, At, Env) ->
    case probe(At, Env) of
        {[], Env1} -> {Operation, Env1};
        {[Probe], Env1} -> {{block, At, [Probe, Operation]}, Env1}
    end;
operation(Done, _, _, Env) ->
    {Done, Env}.

temporary() ->
    Count = get(elixirscope_temporaries),
    put(elixirscope_temporaries, Count + 1),
    list_to_atom("_@elixirscope" ++ integer_to_list(Count)).

%% Only what is on the right of a generator: a filter may be a guard, which fails
%% where an expression raises.
qualifier({Generate, At, Pattern, Source}, #{known := Known} = Env)
  when Generate =:= generate; Generate =:= b_generate; Generate =:= m_generate;
       Generate =:= generate_strict; Generate =:= b_generate_strict; Generate =:= m_generate_strict ->
    Bound = variables(Pattern, #{}, erl_anno:line(At)),
    {{Generate, At, Pattern, Source}, Env#{known := maps:merge(Known, maps:from_list([{V, true} || {_, V, _} <- Bound]))}};
qualifier(Filter, Env) ->
    {Filter, Env}.

%% In Erlang a variable that each branch binds is bound behind them; in Elixir none is.
branches(Clauses, #{known := Known, fresh := Fresh, language := Language} = Env) ->
    {Done, Bounds} = clauses(Clauses, Env, branch),
    Exported = case Language of erlang -> common(Bounds); elixir -> [] end,
    New = [{Source, V, 0} || V <- Exported, Source <- source(V, Language)],
    {Done, behind(Done =:= Clauses, Env#{known := maps:merge(Known, maps:from_list([{V, true} || V <- Exported])),
                                         fresh := [{Source, V, maps:get(line, Env)} || {Source, V, _} <- New] ++ Fresh})}.

common([]) -> [];
common([First | Others]) -> [V || V <- First, lists:all(fun(Bound) -> lists:member(V, Bound) end, Others)].

%% Whichever probe was the last one in it is not known.
behind(true, Env) -> Env;
behind(false, Env) -> Env#{line := 0}.

%%% Variables

bind(Bound, #{fresh := Fresh, known := Known, language := Language} = Env) ->
    Env#{known := maps:merge(Known, maps:from_list([{V, true} || {_, V, _} <- Bound])),
         fresh := [{Source, V, At} || {_, V, At} <- lists:reverse(Bound), Source <- source(V, Language)] ++ Fresh}.

%% Those of a pattern that are bound by it.
variables(Pattern, Known, Line) ->
    lists:usort([{V, V, Line} || V <- names(Pattern, []), V =/= '_', not is_map_key(V, Known)]).

names({var, _, Name}, Names) -> [Name | Names];
names(Tuple, Names) when is_tuple(Tuple) -> names(tuple_to_list(Tuple), Names);
names([Head | Tail], Names) -> names(Tail, names(Head, Names));
names(_, Names) -> Names.

%% The name in the source, if it has one: Elixir's `x` is `_x@1`.
source(Variable, elixir) ->
    case re:run(atom_to_list(Variable), "^_([^_@][^@]*)@\\d+$", [{capture, all_but_first, list}, unicode]) of
        {match, [Name]} -> [list_to_atom(Name)];
        nomatch -> []
    end;
source(Variable, erlang) ->
    case atom_to_list(Variable) of
        [$_ | _] -> [];
        Name ->
            case lists:member($@, Name) of
                true -> [];
                false -> [Variable]
            end
    end.
