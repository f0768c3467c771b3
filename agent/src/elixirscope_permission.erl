%% What whoever runs this node allows: `elixirscope` in the environment of the application kernel (which is there from the
%% boot on, in a release too). Not set, or `true`: all. `false`: nobody attaches. A level: up to that one, and no replay.
%% Who has the node's cookie can do without us whatever they like: this binds ElixirScope and nobody else.
-module(elixirscope_permission).

-export([start/0, trace/1, replay/0]).

-type refusal() :: {error, {not_allowed, term()}}.

%% What is no such word is taken for `false`: somebody meant to limit something.
-spec start() -> ok | refusal().
start() ->
    case setting() of
        true -> ok;
        Setting -> allowed(lists:member(Setting, levels()), Setting)
    end.

%% A request that nobody has checked yet.
-spec trace(map()) -> ok | refusal().
trace(Request) ->
    case setting() of
        true -> ok;
        Setting -> allowed(rank(asked(Request)) =< rank(Setting), Setting)
    end.

-spec replay() -> ok | refusal().
replay() -> allowed(setting() =:= true, setting()).

allowed(true, _) -> ok;
allowed(false, Setting) -> {error, {not_allowed, Setting}}.

setting() -> application:get_env(kernel, elixirscope, true).

levels() -> [observe, flows, messages, state, calls, lines].

%% Calls are recorded at every level that they are asked for at.
asked(#{lines := [_ | _]}) -> lines;
asked(#{patterns := [_ | _], level := lines}) -> lines;
asked(#{patterns := [_ | _]}) -> calls;
asked(#{below := [_ | _], level := lines}) -> lines;
asked(#{below := [_ | _]}) -> calls;
asked(Request) -> maps:get(level, Request, observe).

%% What is no level is not allowed, or refused as no level later.
rank(Level) ->
    case lists:member(Level, levels()) of
        true -> length(lists:takewhile(fun(L) -> L =/= Level end, levels()));
        false -> 0
    end.
