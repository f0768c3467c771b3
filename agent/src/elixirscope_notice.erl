%% What the node's own log says of us: who attached, and that we have left. Whoever runs the node shall not have to find
%% out by himself.
-module(elixirscope_notice).

-export([attached/1, left/2]).

%% Nobody given: nothing is said. Said before anything is traced, so that it is in no record. The process that says it is
%% not of our code, and is waited for only a moment: a handler of the application's may take as long as it likes.
-spec attached(binary()) -> ok.
attached(<<>>) ->
    ok;
attached(Who) ->
    %% The caller's group leader is on ElixirScope's node, and what comes from other nodes is not logged here.
    {_, Monitor} = spawn_opt(fun() -> group_leader(whereis(init), self()), logger:log(notice, "ElixirScope attached: ~ts", [Who]) end, [monitor]),
    receive
        {'DOWN', Monitor, process, _, _} -> ok
    after 300 ->
        _ = erlang:demonitor(Monitor, [flush]),
        ok
    end.

%% Said when nothing is traced any more; nobody waits for it.
-spec left(binary(), term()) -> ok.
left(<<>>, _) ->
    ok;
left(Who, Reason) ->
    _ = spawn(logger, log, [notice, "ElixirScope left, ~ts: ~ts", [why(Reason), Who]]),
    ok.

why(detach) -> <<"detached">>;
why(stopped) -> <<"stopped from this node">>;
why(scope_down) -> <<"its connection ended">>;
why(heartbeat) -> <<"it gave no sign of life">>;
why(taken_over) -> <<"another tool took the tracer">>;
why(killed) -> <<"its process on this node was killed">>;
why({down, _, _}) -> <<"one of its processes on this node ended">>.
