%% Timers: who sets them, for whom and with what message, and who cancels them.
%%
%% `{es_timer, Dest, {Time, Message}}` (with options as a third element where there are
%% any) of a timer that is set, `{es_timer, none, Ref}` of one that is cancelled; what the function
%% answers (the timer's reference, the time left) follows as its `return_from`.
-module(elixirscope_timer).

-export([patterns/0]).

-spec patterns() -> [elixirscope_plan:pattern()].
patterns() ->
    [{{erlang, Name, 3}, [{['$1', '$2', '$3'], [], body('$2', {{'$1', '$3'}})}]} || Name <- [send_after, start_timer]]
        ++ [{{erlang, Name, 4}, [{['$1', '$2', '$3', '$4'], [], body('$2', {{'$1', '$3', '$4'}})}]} || Name <- [send_after, start_timer]]
        ++ [{{erlang, cancel_timer, 1}, [{['$1'], [], body(none, '$1')}]},
            {{erlang, cancel_timer, 2}, [{['$1', '_'], [], body(none, '$1')}]}].

body(Dest, What) ->
    [{message, {{es_timer, Dest, What}}}, {return_trace}].
