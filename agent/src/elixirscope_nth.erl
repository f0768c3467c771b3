%% Every n-th flow: match specs can count with one thing only, the node's trace
%% control word, which is 0 unless somebody uses it. While it is ours it holds a
%% number of our range, that says how many flows were left out since the last one.
%% Calls of the same instant on several schedulers may be counted as one.
-module(elixirscope_nth).

-export([most/0, take/1, release/0, due/0, count/1]).

%% What `due` and `count` are: guards and actions of a match spec's body.
-type action() :: tuple().

base() -> 16#e5c00000.

-spec most() -> pos_integer().
most() -> 16#fffff.

%% From the next one on; 1: no counting.
-spec take(pos_integer()) -> ok | {taken, non_neg_integer()}.
take(1) ->
    release();
take(N) when is_integer(N) ->
    case erlang:system_info(trace_control_word) of
        Word when Word =:= 0; Word >= 16#e5c00000, Word =< 16#e5cfffff ->
            _ = erlang:system_flag(trace_control_word, base()),
            ok;
        Word ->
            {taken, Word}
    end.

%% Only where it is ours.
-spec release() -> ok.
release() ->
    case erlang:system_info(trace_control_word) of
        Word when Word >= 16#e5c00000, Word =< 16#e5cfffff ->
            _ = erlang:system_flag(trace_control_word, 0),
            ok;
        _ ->
            ok
    end.

%% Is it this one's turn?
-spec due() -> action().
due() -> {'=:=', {get_tcw}, base()}.

%% One more. Nothing where the word is not ours any more.
-spec count(pos_integer()) -> action().
count(N) ->
    Last = base() + N - 1,
    {'andalso', {'>=', {get_tcw}, base()},
     {'andalso', {'=<', {get_tcw}, Last},
      {set_tcw, {map_get, {'=:=', {get_tcw}, Last}, #{true => base(), false => {'+', {get_tcw}, 1}}}}}}.
