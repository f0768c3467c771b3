%% The last resort: cleans up when the owner was killed before it could, and
%% holds the janitor, the process that removes the processes and the code.
-module(elixirscope_reaper).

-export([init/2, janitor/3]).

%% On the legacy tracer the reaper must know what to remove: the owner sends
%% `{es_patterns, Patterns}` before it sets any, and `{es_thin, Counted, StandIns}`. A session needs nothing, it
%% ends with its owner.
-spec init(pid(), map()) -> ok.
init(Owner, Facts) ->
    Monitor = erlang:monitor(process, Owner),
    loop(Owner, Monitor, Facts).

loop(Owner, Monitor, #{backend := Backend, pids := Pids, modules := Modules, patterns := Patterns, thin := {Counted, StandIns}, lines := Lines, replay := Replay} = Facts) ->
    receive
        {es_patterns, New} ->
            loop(Owner, Monitor, Facts#{patterns := New});
        {es_thin, NewCounted, NewStandIns} ->
            loop(Owner, Monitor, Facts#{thin := {NewCounted, NewStandIns}});
        {es_pids, New} ->
            loop(Owner, Monitor, Facts#{pids := New});
        {es_lines, New} ->
            loop(Owner, Monitor, Facts#{lines := New});
        {es_replay, New} ->
            loop(Owner, Monitor, Facts#{replay := New});
        es_stand_down ->
            ok;
        {'DOWN', Monitor, process, Owner, _} ->
            elixirscope_replay:stop(Replay),
            _ = Backend =/= none andalso lists:foreach(fun(MFA) -> elixirscope_trace:count(Backend, MFA, false) end, Counted),
            elixirscope_trace:close(Backend, Patterns ++ StandIns),
            elixirscope_flow:release(Pids),
            _ = janitor([self(), Owner | Pids], Modules, Lines),
            ok;
        _ ->
            loop(Owner, Monitor, Facts)
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
