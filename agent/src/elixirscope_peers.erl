%% Which nodes this one is connected to, as it sees it itself: that two nodes lost
%% each other is told by nobody else, since ElixirScope may reach both. Looked at,
%% not subscribed to: net_kernel may be busy with a connection that hangs.
-module(elixirscope_peers).

-export([check/1, look/0]).

%% Five times a second. Visible nodes only; one that is gone and there again in between is not seen to be.
%% Nothing is told before anything is traced: ElixirScope compares clocks first.
-spec check(map()) -> map().
check(#{level := off} = S) ->
    S;
check(#{peers := Before} = S) ->
    case lists:sort(nodes()) of
        Before -> S;
        [] when Before =:= none -> S#{peers := []};
        Now when Before =:= none -> told([{nodes, Now}], Now, S);
        Now -> told([{nodedown, Node} || Node <- Before -- Now] ++ [{nodeup, Node} || Node <- Now -- Before], Now, S)
    end.

told(Words, Now, S) ->
    elixirscope_level:said(Words, S),
    S#{peers := Now}.

%% For ElixirScope's estimate of this node's clock, and to know where else to attach.
-spec look() -> map().
look() ->
    #{nodes => nodes(), at => erlang:monotonic_time(nanosecond)}.
