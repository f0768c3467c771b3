%% The last resort: cleans up when the owner was killed before it could, and
%% holds the janitor, the process that removes the processes and the code.
-module(elixirscope_reaper).

-export([init/2, janitor/3]).

%% On the legacy tracer the reaper must know what to remove: the owner sends
%% `{es_patterns, Patterns}` before it sets any, and `{es_thin, Counted, StandIns}`. A session needs nothing, it
%% ends with its owner.
-spec init(pid(), map()) -> ok.
init(Owner, #{scope := Scope} = Facts) ->
    Monitor = erlang:monitor(process, Owner),
    _ = erlang:monitor(process, Scope),
    loop(Owner, Monitor, Facts#{beat => none, ending => false}).

loop(Owner, Monitor, #{patterns := _, thin := _, lines := _, pids := _, replay := _, scope := Scope} = Facts) ->
    receive
        {es_patterns, New} ->
            loop(Owner, Monitor, Facts#{patterns := New});
        {es_thin, Counted, StandIns} ->
            loop(Owner, Monitor, Facts#{thin := {Counted, StandIns}});
        {es_pids, New} ->
            loop(Owner, Monitor, Facts#{pids := New});
        {es_lines, New} ->
            loop(Owner, Monitor, Facts#{lines := New});
        {es_replay, New} ->
            loop(Owner, Monitor, Facts#{replay := New});
        es_beat ->
            loop(Owner, Monitor, Facts#{beat := now_ms()});
        es_ending ->
            loop(Owner, Monitor, Facts#{ending := true});
        es_stand_down ->
            ok;
        {'DOWN', _, process, Scope, _} ->
            _ = erlang:send_after(grace(), self(), es_overdue),
            loop(Owner, Monitor, Facts);
        es_overdue ->
            loop(Owner, Monitor, overdue(Owner, Facts));
        {'DOWN', Monitor, process, Owner, _} ->
            clean_up(Owner, Facts);
        _ ->
            loop(Owner, Monitor, Facts)
    after silence(Facts) ->
        loop(Owner, Monitor, silent(Owner, Facts))
    end.

clean_up(Owner, #{who := Who, backend := Backend, pids := Pids, modules := Modules, patterns := Patterns, thin := {Counted, StandIns}, lines := Lines, replay := Replay}) ->
    elixirscope_replay:stop(Replay),
    elixirscope_trace:close(Backend, Patterns ++ StandIns, Counted),
    elixirscope_flow:release(Pids),
    elixirscope_notice:left(Who, killed),
    _ = janitor([self(), Owner | Pids], Modules, Lines),
    ok.

%%% The owner is there, but does not come to it: the change of a level takes seconds on a node whose schedulers have no
%%% processors, and meanwhile it takes no message. It is killed then, and what is its work is done here.

now_ms() -> erlang:monotonic_time(millisecond).

%% Milliseconds in which the owner may see for itself that ElixirScope has gone.
grace() -> 100.

overdue(_, #{ending := true} = Facts) ->
    Facts;
overdue(Owner, Facts) ->
    exit(Owner, kill),
    Facts#{ending := true}.

%% Beats come here, too, where ElixirScope knows of this process.
silence(#{beat := none}) -> infinity;
silence(#{ending := true}) -> infinity;
silence(#{beat := Beat, heartbeat_ms := Limit}) -> max(0, Beat + Limit + grace() - now_ms()).

silent(Owner, #{beat := Beat, heartbeat_ms := Limit, alive := Alive} = Facts) ->
    case atomics:get(Alive, 1) of
        Ack when Ack > Beat -> Facts#{beat := Ack};
        _ -> last_look(Owner, min(max(0, now_ms() - Beat - Limit), 250), Facts)
    end.

%% As the owner does it: one that was woken late waits for a beat that may be on its way.
last_look(Owner, Late, Facts) ->
    receive
        es_beat -> Facts#{beat := now_ms()};
        es_ending -> Facts#{ending := true}
    after 50 + Late ->
        overdue(Owner, Facts)
    end.

%% Kills the processes, brings modules with probes back, then removes ours. It runs as `erl_eval` over
%% parsed text, so that none of our code is needed while our code goes away.
-spec janitor([pid()], [module()], [elixirscope_lines:restore()]) -> pid().
janitor(Pids, Modules, Lines) ->
    {ok, Tokens, _} = erl_scan:string(janitor_text()),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    Bindings = [{'Pids', Pids}, {'Modules', Modules}, {'Lines', Lines}],
    spawn_opt(erl_eval, exprs, [Expressions, Bindings], [{priority, high}]).

%% Soft purges first: a caller that is just returning from our code is let go.
%% The purger is asked directly, since the code server has normal priority and on
%% a busy node each visit to it takes its time; it comes last, to forget the names.
janitor_text() ->
    "try register(elixirscope_janitor, self()) catch error:_ -> ok end,
     Kill = fun(Pid) ->
                Monitor = erlang:monitor(process, Pid),
                exit(Pid, kill),
                receive {'DOWN', Monitor, process, _, _} -> ok end
            end,
     lists:foreach(Kill, Pids),
     Free = fun Free(Module, Left) ->
                case erts_code_purger:soft_purge(Module) of
                    true -> true;
                    false when Left > 0 ->
                        receive after 10 -> ok end,
                        Free(Module, Left - 1);
                    false -> false
                end
            end,
     Back = fun({Module, Original, Md5}) ->
                try
                    Md5 = erlang:get_module_info(Module, md5),
                    true = Free(Module, 100),
                    {module, Module} = erlang:load_module(Module, Original),
                    Free(Module, 0)
                catch
                    error:_ -> ok
                end
            end,
     lists:foreach(Back, Lines),
     Purge = fun Purge(Module, Left) ->
                 case erts_code_purger:soft_purge(Module) of
                     true -> true;
                     false when Left > 0 ->
                         receive after 10 -> ok end,
                         Purge(Module, Left - 1);
                     false -> erts_code_purger:purge(Module)
                 end
             end,
     Remove = fun(Module) ->
                  Purge(Module, 10),
                  erlang:delete_module(Module),
                  Purge(Module, 10)
              end,
     lists:foreach(Remove, Modules),
     lists:foreach(fun(Module) -> code:delete(Module) end, Modules).".
