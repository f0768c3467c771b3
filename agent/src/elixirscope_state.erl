%% States of OTP processes: which functions carry them, and the match specs that
%% take out of such a call no more than the callback module and the state. The
%% processes have the flag `arity`, so that nothing else of the call is copied.
-module(elixirscope_state).

-export([patterns/1, missing/0, large/2]).

%% Processes whose state is not to be copied now, and what stands in its place.
-type spared() :: #{pid() => {'$elixirscope_cut', non_neg_integer(), not_copied}}.
-export_type([spared/0]).

%% Modules of OTP in which a state stands in no place that we know.
-spec missing() -> [module()].
missing() ->
    [Module || Module <- [gen_server, gen_statem, gen_event], places(Module) =:= []].

%% What is called after each callback, and at the end. Each names one function.
-spec patterns(spared()) -> [elixirscope_plan:pattern()].
patterns(Spared) ->
    [{{Module, Name, length(hd(Heads))}, [Clause || Head <- Heads, Clause <- clauses(Module, Head, Spared)]}
     || Module <- [gen_server, gen_statem, gen_event], {Name, Heads} <- places(Module)].

%% `$1` is what tells the callback module, `$2` what holds the state.
clauses(Module, Head, Spared) ->
    [Clause || {Guards, Callback, State} <- shapes(Module),
               Clause <- spared(Head, Guards, Callback, Spared) ++ [clause(Head, Guards, Callback, State)]].

clause(Head, Guards, Callback, State) ->
    {Head, Guards, [{message, {{es_state, Callback, State}}}]}.

spared(_, _, _, Spared) when map_size(Spared) =:= 0 ->
    [];
spared(Head, Guards, Callback, Spared) ->
    [clause(Head, Guards ++ [{is_map_key, {self}, {const, Spared}}], Callback, {map_get, {self}, {const, Spared}})].

%% The callback module itself (25), in a record callback_cache (27), in server_data (29).
shapes(gen_server) ->
    [{[{is_atom, '$1'}], '$1', '$2'},
     {[{'=:=', {element, 1, '$1'}, callback_cache}], {element, 2, '$1'}, '$2'},
     {[{'=:=', {element, 1, '$1'}, server_data}, {is_atom, {element, 5, '$1'}}], {element, 5, '$1'}, '$2'}];
%% Records params and state; the state is `{State, Data}`.
shapes(gen_statem) ->
    [{[{'=:=', {element, 1, '$1'}, params}, {'=:=', {element, 1, '$2'}, state}],
      {hd, {element, 5, '$1'}}, {element, 2, '$2'}}];
%% A list of records handler; there is no one callback module.
shapes(gen_event) ->
    [{[], gen_event, '$2'}].

places(Module) ->
    Functions = elixirscope_own:functions(Module),
    case [Places || {Required, Places} <- known(Module), Required -- Functions =:= []] of
        [Places | _] -> Places;
        [] -> []
    end.

%% By the functions that a release has, the places of module and state in their arguments.
known(gen_server) ->
    [{[{loop, 7}, {terminate, 10}],
      [{loop, [['_', '_', '$2', '$1', '_', '_', '_']]},
       {terminate, [['_', '_', '_', '_', '_', '_', '_', '$1', '$2', '_']]}]},
     {[{loop, 4}, {loop, 5}, {terminate, 9}, {system_continue, 3}],
      [{loop, [['$1', '$2', '_', '_']]},
       {system_continue, [['_', '_', ['$1', '$2' | '_']]]},
       {terminate, [['$1', '$2', '_', '_', '_', '_', '_', '_', '_']]}]}];
known(gen_statem) ->
    [{[{loop_done, 4}, {terminate, 7}, {system_continue, 3}],
      [{loop_done, [['$1', '_', '$2', '_']]},
       {system_continue, [['_', '_', {'$1', '$2'}]]},
       {terminate, [['_', '_', '_', '$1', '_', '$2', '_']]}]}];
known(gen_event) ->
    [{[{loop, 6}, {terminate_server, 4}],
      [{loop, [['_', '_', '$2', '_', '_', '_']]},
       {terminate_server, [['_', '_', '$2', '_']]}]}].

%% Processes whose state was larger than that in one of these events.
-spec large([tuple()], pos_integer()) -> [{pid(), pos_integer()}].
large(Events, Limit) ->
    [{Pid, Size} || {trace_ts, Pid, call, _, {es_state, _, State}, _} <- Events,
                    is_list(State) orelse is_tuple(State) orelse is_map(State) orelse is_bitstring(State),
                    Size <- [erlang:external_size(State)], Size > Limit].
