%% Who and what the recorded terms of a replay refer to, with stand-ins in their place: no message to a
%% process, no reply to whoever called, no timer that is cancelled reaches the application by them.
-module(elixirscope_standin).

-export([replace/3, processes/1, begin_all/2, restore/2, kept/1, original/2, is_standin/2]).

%% What stands for what, both ways.
-opaque table() :: #{to := #{pid() | reference() => pid() | reference()}, from := #{pid() | reference() => pid() | reference()},
                     sandbox := pid(), kept := [reference() | port()]}.
-export_type([table/0]).

%% The recorded process itself is the sandbox. Tables and counters that live are kept, since there is nothing
%% that could stand for them; ports too. The order of pids and of references stays what it is.
-spec replace(Term, pid(), pid()) -> {ok, Term, table()} | {error, {too_many, processes, non_neg_integer()}}.
replace(Term, Self, Sandbox) ->
    Found = maps:keys(maps:remove(Self, found(Term, #{}))),
    Pids = lists:sort([Pid || Pid <- Found, is_pid(Pid)]),
    {Kept, References} = lists:partition(fun is_kept/1, lists:sort([Ref || Ref <- Found, is_reference(Ref)])),
    case length(Pids) of
        Many when Many > 2000 ->
            {error, {too_many, processes, Many}};
        _ ->
            Runner = self(),
            Others = lists:sort([spawn(fun() -> stand_in(Runner) end) || _ <- Pids]),
            To = maps:from_list([{Self, Sandbox} | lists:zip(Pids, Others) ++ lists:zip(References, lists:sort([make_ref() || _ <- References]))]),
            From = maps:from_list([{New, Old} || {Old, New} <- maps:to_list(To)]),
            {ok, changed(Term, To), #{to => To, from => From, sandbox => Sandbox, kept => Kept ++ [Port || Port <- Found, is_port(Port)]}}
    end.

-spec processes(table()) -> [pid()].
processes(#{from := From, sandbox := Sandbox}) -> [Pid || Pid <- maps:keys(From), is_pid(Pid), Pid =/= Sandbox].

%% From here on they answer what they are recorded to have answered.
-spec begin_all([{term(), term()}], table()) -> ok.
begin_all(Answers, Table) -> lists:foreach(fun(Pid) -> Pid ! {es_go, Answers} end, processes(Table)).

-spec restore(Term, table()) -> Term.
restore(Term, #{from := From}) -> changed(Term, From).

%% Tables, counters and ports that are the real ones.
-spec kept(table()) -> [reference() | port()].
kept(#{kept := Kept}) -> Kept.

-spec original(term(), table()) -> term().
original(One, #{from := From}) -> maps:get(One, From, One).

%% Does a message to it end here?
-spec is_standin(term(), table()) -> boolean().
is_standin(One, #{from := From}) -> is_map_key(One, From).

is_kept(Ref) -> is_table(Ref) orelse is_counter(Ref).

is_table(Ref) -> try ets:info(Ref, size) =/= undefined catch error:_ -> false end.

is_counter(Ref) -> try map_size(atomics:info(Ref)) > 0 catch error:_ -> false end.

%% A question that is not in the record ends the replay: nobody knows what the answer would be.
stand_in(Runner) ->
    receive {es_go, Answers} -> stand_in(Runner, Answers) end.

stand_in(Runner, Answers) ->
    receive
        {'$gen_call', From, Question} ->
            case lists:keyfind(Question, 1, Answers) of
                {_, Answer} -> gen_server:reply(From, Answer);
                false -> Runner ! {es_asked, Question}
            end,
            stand_in(Runner, Answers);
        _ ->
            stand_in(Runner, Answers)
    end.

found(Term, Found) when is_pid(Term); is_reference(Term); is_port(Term) -> Found#{Term => true};
found([Head | Tail], Found) -> found(Tail, found(Head, Found));
found(Tuple, Found) when is_tuple(Tuple) -> found(tuple_to_list(Tuple), Found);
found(Map, Found) when is_map(Map) -> maps:fold(fun(Key, Value, Acc) -> found(Value, found(Key, Acc)) end, Found, Map);
found(_, Found) -> Found.

changed(Term, Names) when is_pid(Term); is_reference(Term) -> maps:get(Term, Names, Term);
changed([Head | Tail], Names) -> [changed(Head, Names) | changed(Tail, Names)];
changed(Tuple, Names) when is_tuple(Tuple) -> list_to_tuple(changed(tuple_to_list(Tuple), Names));
changed(Map, Names) when is_map(Map) -> maps:from_list([{changed(Key, Names), changed(Value, Names)} || {Key, Value} <- maps:to_list(Map)]);
changed(Term, _) -> Term.
