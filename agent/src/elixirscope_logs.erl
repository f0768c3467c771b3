%% Logger events: what the application logs, as its handlers get it, without a
%% handler of ours.
-module(elixirscope_logs).

-export([patterns/0, translated/0]).

%% `logger_backend:call_handlers/3` goes through the list of handlers; with none
%% left it is called once for each event that levels and primary filters let
%% through (Elixir translates reports there), whatever became of the handlers.
%% The event belongs to the process in its metadata: for those that the emulator
%% logs, such as the death of a plain process, that is another than the caller.
-spec patterns() -> [elixirscope_plan:pattern()].
patterns() ->
    [{{logger_backend, call_handlers, 3}, spec()}
     || lists:member({call_handlers, 3}, elixirscope_own:functions(logger_backend))].

spec() ->
    Head = [#{level => '$1', msg => '$2', meta => '$3'}, [], '_'],
    [{Head, [{is_map_key, pid, '$3'}, {is_pid, {map_get, pid, '$3'}}], [log({map_get, pid, '$3'})]},
     {Head, [], [log({self})]}].

%% Reports of failures on their way through Elixir's translator, where logs as a whole are too many (elixirscope_thin):
%% `translate(MinimalLevel, Level, report | format, Message)`, in the process that failed.
-spec translated() -> list().
translated() ->
    [{['_', Level, report, {logger, '$1'}], [], [{message, {{es_log, {self}, Level, {{{{report, '$1'}}, #{}}}}}}]}
     || Level <- failures()]
        ++ [{['_', Level, format, '$1'], [], [{message, {{es_log, {self}, Level, {{'$1', #{}}}}}}]} || Level <- failures()]
        ++ [{['_', '_', '_', '_'], [], [{message, false}]}].

failures() -> [error, critical, alert, emergency].

log(Pid) -> {message, {{es_log, Pid, '$1', {{'$2', '$3'}}}}}.
