%% Takes what we set on functions away again, where there is no session that takes it along. Each change is one of code: every
%% scheduler has to come round several times for it, which takes 0.1 ms on a quiet node and a tenth of a second and more where more
%% schedulers are busy than the machine has processors. So one by one as long as that is quick, and else in one change,
%% where nobody but us has anything on a function.
-module(elixirscope_unset).

-export([all/2]).

%% Patterns, which may have `'_'`, and functions whose calls are counted because of us.
-spec all([elixirscope_plan:pattern()], [mfa()]) -> ok.
all(Patterns, Counted) ->
    Traced = [MFA || {MFA, _} <- Patterns],
    Both = lists:usort(Traced ++ Counted),
    Changes = [{MFA, [local || lists:member(MFA, Traced)] ++ [call_count || lists:member(MFA, Counted)]} || MFA <- Both],
    one_by_one(Changes, now_us() + patience(), fun() -> at_once(Traced, Counted) end).

one_by_one([_, _ | _] = Changes, Until, AtOnce) ->
    case now_us() > Until of
        true -> _ = AtOnce() orelse each(Changes), ok;
        false -> each([hd(Changes)]), one_by_one(tl(Changes), Until, AtOnce)
    end;
one_by_one(Changes, _, _) ->
    each(Changes).

each(Changes) -> lists:foreach(fun({MFA, Flags}) -> change(MFA, Flags) end, Changes).

at_once(Traced, Counted) ->
    not others(Traced, Counted) andalso change({'_', '_', '_'}, [local || Traced =/= []] ++ [call_count || Counted =/= []]).

change(MFA, Flags) ->
    is_integer(erlang:trace_pattern(MFA, false, Flags)).

now_us() -> erlang:monotonic_time(microsecond).

%% Microseconds that may go by before something quicker is looked for: none where somebody waits for each scheduler.
patience() ->
    case erlang:statistics(total_run_queue_lengths) > erlang:system_info(schedulers_online) of
        true -> -1;
        false -> 20000
    end.

%% Half a microsecond for each function of the node.
others(Traced, Counted) ->
    {Wild, Named} = lists:partition(fun({_, F, A}) -> F =:= '_' orelse A =:= '_' end, Traced),
    Ours = {Wild, maps:from_list([{MFA, true} || MFA <- Named]), maps:from_list([{MFA, true} || MFA <- Counted])},
    lists:any(fun(Module) -> others_in(Module, Ours) end, erlang:loaded()).

others_in(Module, Ours) ->
    lists:any(fun({F, A}) -> is_others({Module, F, A}, Ours) end, functions(Module)).

functions(Module) ->
    try erlang:get_module_info(Module, functions) catch error:badarg -> [] end.

is_others(MFA, {Wild, Named, Counted}) ->
    erlang:trace_info(MFA, traced) =:= {traced, local} andalso not is_map_key(MFA, Named) andalso not covered(MFA, Wild)
        orelse map_size(Counted) > 0 andalso not is_map_key(MFA, Counted) andalso is_counted(erlang:trace_info(MFA, call_count)).

is_counted({call_count, Calls}) -> is_integer(Calls);
is_counted(_) -> false.

covered({M, F, A}, Wild) ->
    lists:any(fun({M1, F1, A1}) -> M1 =:= M andalso (F1 =:= '_' orelse F1 =:= F) andalso (A1 =:= '_' orelse A1 =:= A) end, Wild).
