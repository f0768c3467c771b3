%% When an OTP process takes up a message and calls a callback: the functions in
%% which that happens, and the match specs that say which callback and for what.
%%
%% What is sent is `{es_dispatch, {Module, Function, Arity}, Tag, By}`. The message
%% itself is not copied again, the `receive` has it: `Tag` is the atom by which it is
%% told from others (`[]`: none) and `By` what it is found by: `From` of a call, a
%% reference or pid in it, or the type of an event that came from no message;
%% `{continue, Term}` is what a server goes on with.
-module(elixirscope_dispatch).

-export([patterns/0]).

-type clause() :: {list(), list(), list()}.

-spec patterns() -> [elixirscope_plan:pattern()].
patterns() ->
    [{{Module, Name, Arity}, Clauses}
     || Module <- [gen_server, gen_statem, gen_event, sys],
        Functions <- [elixirscope_own:functions(Module)],
        {Name, Arity, Clauses} <- places(Module, Functions),
        lists:member({Name, Arity}, Functions)].

%%% gen_server. What tells the callback module is `$1`: the module itself (25), a
%%% record callback_cache (26-28), server_data (29). `$2` is the message or its content.

places(gen_server, Functions) ->
    Cases = case {lists:member({try_dispatch, 4}, Functions), lists:member({loop, 4}, Functions)} of
                {true, _} -> by_name();
                {false, true} -> by_callback(server_data(), fun(Message, Rest) -> ['$1', '_', Message | Rest] end);
                {false, false} -> by_callback(callback_cache(), fun(Message, Rest) -> ['$1', Message | Rest] ++ ['_'] end)
            end,
    Cases ++ [{init_it, 2, [clause(['$1', '_'], [], mfa('$1', init, 1), [], [])]} | ends()];

%%% gen_statem: `$1` the parameters, `$2` the state's name, `$3` and `$4` type and content of the event.

places(gen_statem, _) ->
    [{loop_state_callback, 11, lists:append([statem(Guards, MFA) || {Guards, MFA} <- statem_modes()])},
     {loop_state_transition, 9,
      [clause(['$1', '_', '_', '_', '_', '_', '_', '_', true], [], mfa(gen_statem, postpone, 0), postpone, [])]},
     {init_it, 6, [clause(['_', '$2', '_', '$1', '_', '_'], [{is_pid, '$2'}], mfa('$1', init, 1), [], [])]}];

%%% gen_event: one dispatch for all handlers of an event.

places(gen_event, _) ->
    [{handle_msg, 6,
      subjects(['$2'], [{notify, '$2'}], [], mfa(gen_event, handle_event, 2))
      ++ [clause([{'_', '$3', {sync_notify, '$2'}} | rest(5)], Guards, mfa(gen_event, handle_event, 2), Tag, '$3')
          || {Guards, Tag} <- tags('$2')]
      ++ [clause([{'_', '$3', {call, Handler, '$2'}} | rest(5)], [{is_atom, '$1'} | Guards], mfa('$1', handle_call, 2), Tag, '$3')
          || Handler <- ['$1', {'$1', '_'}], {Guards, Tag} <- tags('$2')]
      ++ [clause([{'_', '$3', '$2'} | rest(5)], [{is_atom, {element, 1, '$2'}}, {is_tuple, '$3'}], mfa(gen_event, {element, 1, '$2'}, 3), [], '$3'),
          clause([{'_', '$3', '$2'} | rest(5)], [{is_atom, '$2'}, {is_tuple, '$3'}], mfa(gen_event, '$2', 1), [], '$3')]
      ++ subjects(['$2'], ['$2'], [], mfa(gen_event, handle_info, 2))}];

%%% System messages, of special processes too. `$1` is the request, `$2` who asks.

places(sys, _) ->
    [{handle_system_msg, 8,
      [clause(['_', '$1', '$2' | rest(5)], [{is_atom, '$1'}], mfa(sys, '$1', 1), system, '$2'),
       clause(['_', '$1', '$2' | rest(5)], [{is_atom, {element, 1, '$1'}}], mfa(sys, {element, 1, '$1'}, 2), system, '$2')]}].

by_name() ->
    [{try_dispatch, 4, continues(['$1', handle_continue, '$2', '_'], [], '$1') ++ subjects(['$1', '$3', '$2', '_'], none, [], mfa('$1', '$3', 2))},
     {try_handle_call, 4, calls(['$1', '$2', '$4', '_'], [], '$1')}].

by_callback({Guard, Module}, Head) ->
    [{try_handle_call, 4, calls(Head('$2', ['$4']), [Guard], Module)}
     | [{try_handle_continue, 3, continues(Head('$2', []), [Guard], Module)}
        | [{Name, 3, subjects(Head('$2', []), none, [Guard], mfa(Module, Callback, 2))}
           || {Name, Callback} <- [{try_handle_cast, handle_cast}, {try_handle_info, handle_info}]]]].

callback_cache() -> {{'=:=', {element, 1, '$1'}, callback_cache}, {element, 2, '$1'}}.
server_data() -> {{'=:=', {element, 1, '$1'}, server_data}, {element, 5, '$1'}}.

%% Rare ones, for whichever of the three tells the module. Of `terminate` the reason is of interest.
ends() ->
    {Cache, CacheModule} = callback_cache(),
    {Data, DataModule} = server_data(),
    [{try_terminate, 3,
      [clause(['$1', '$2', '_'], [{is_atom, '$1'}], mfa('$1', terminate, 2), [], {{terminate, '$2'}}),
       clause(['$1', '$2', '_'], [Cache], mfa(CacheModule, terminate, 2), [], {{terminate, '$2'}}),
       clause(['$1', '_', '$2'], [Data], mfa(DataModule, terminate, 2), [], {{terminate, '$2'}})]},
     {system_code_change, 4,
      [clause([['$1' | '_'] | rest(3)], [Data], mfa(DataModule, code_change, 3), [], []),
       clause([['_', '_', '$1' | '_'] | rest(3)], [Cache], mfa(CacheModule, code_change, 3), [], []),
       clause([['_', '_', '$1' | '_'] | rest(3)], [{is_atom, '$1'}], mfa('$1', code_change, 3), [], [])]}].

statem_modes() ->
    Module = {hd, {element, 5, '$1'}},
    StateFunctions = {'=:=', {element, 2, '$1'}, state_functions},
    [{[StateFunctions, {is_atom, '$2'}], mfa(Module, '$2', 3)}, {[], mfa(Module, handle_event, 4)}].

statem(Mode, MFA) ->
    Head = fun(Event) -> ['$1', '_', '_', '_', {'$2', '_'}, '_', '_', '_', '_', '_', Event] end,
    Message = {'orelse', {'=:=', '$3', cast}, {'=:=', '$3', info}},
    [clause(Head({{call, '$3'}, '$4'}), Mode ++ Guards, MFA, Tag, '$3') || {Guards, Tag} <- tags('$4')]
        ++ [clause(Head({'$3', '$4'}), Mode ++ [Message | Guards], MFA, Tag, case By of [] -> '$3'; _ -> By end)
            || {Guards, Tag, By} <- subject('$4')]
        ++ [clause(Head({'$3', '$4'}), Mode ++ [{is_atom, '$3'} | Guards], MFA, Tag, '$3') || {Guards, Tag} <- tags('$4')]
        ++ [clause(Head({{timeout, '_'}, '_'}), Mode, MFA, [], timeout)].

calls(Head, Guards, Module) ->
    [clause(Head, Guards ++ More, mfa(Module, handle_call, 3), Tag, '$4') || {More, Tag} <- tags('$2')].

%% No message has what a server goes on with.
continues(Head, Guards, Module) ->
    [clause(Head, Guards ++ More, mfa(Module, handle_continue, 2), Tag, {{continue, '$2'}}) || {More, Tag} <- tags('$2')].

%% For what may be any message: `none`, the head is whole; else its first element.
subjects(Head, none, Guards, MFA) ->
    [clause(Head, Guards ++ More, MFA, Tag, By) || {More, Tag, By} <- subject('$2')];
subjects(_, [First], Guards, MFA) ->
    [clause([First | rest(5)], Guards ++ More, MFA, Tag, By) || {More, Tag, By} <- subject('$2')].

rest(N) -> lists:duplicate(N, '_').

%% Told by its atom: `V` itself or its first element. A guard that fails is no match.
tags(V) ->
    [{[{is_atom, {element, 1, V}}], {element, 1, V}},
     {[{is_atom, V}], V},
     {[], []}].

%% And found by a reference or pid that stands beside the atom, or in its place.
subject(V) ->
    [{[{is_atom, {element, 1, V}}, {'orelse', {is_reference, {element, 2, V}}, {is_pid, {element, 2, V}}}], {element, 1, V}, {element, 2, V}},
     {[{is_atom, {element, 1, V}}], {element, 1, V}, []},
     {[{is_atom, V}], V, []},
     {[{is_reference, {element, 1, V}}], [], {element, 1, V}},
     {[{is_reference, {tl, {element, 1, V}}}], [], {element, 1, V}},
     {[], [], []}].

mfa(Module, Function, Arity) -> {{Module, Function, Arity}}.

-spec clause(list(), list(), term(), term(), term()) -> clause().
clause(Head, Guards, MFA, Tag, By) ->
    {Head, Guards, [{message, {{es_dispatch, MFA, Tag, By}}}]}.
