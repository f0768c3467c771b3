%% Monitors: who watches whom, from when to when. No trace flag tells of them.
%%
%% `{es_monitor, {Type, Item}}` of one that is set, with the reference that answers it as its
%% `return_from`; `{es_demonitor, Ref}` of one that is taken away.
%%
%% A `gen_server:call` monitors too, for as long as it waits. Those are calls, and there are
%% many of them: both their ends are left out in the node.
-module(elixirscope_monitors).

-export([patterns/0]).

-spec patterns() -> [elixirscope_plan:pattern()].
patterns() ->
    [{{erlang, monitor, 2}, [{['$1', '$2'], [], set()}]},
     {{erlang, monitor, 3}, [{['$1', '$2', '_'], [], set()}]},
     {{erlang, demonitor, 1}, [{['$1'], [], taken()}]},
     {{erlang, demonitor, 2}, [{['$1', '_'], [], taken()}]}].

%% A call is known by who sets the monitor, since on its own node it has no options where it waits for ever. `false`
%% sends no message, nor does it ask for the value.
set() -> [{message, {'andalso', others(), {{es_monitor, {{'$1', '$2'}}}}}}, {'andalso', others(), {return_trace}}].

taken() -> [{message, {'andalso', others(), {{es_demonitor, '$1'}}}}].

others() -> {'=/=', {caller}, {const, {gen, do_call, 4}}}.
