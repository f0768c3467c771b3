%% What a callback does beyond its result: looked for in its code before a replay, watched while it runs.
%% Nothing is kept from happening here: a message to a stand-in ends there, everything else is for real.
-module(elixirscope_effects).

-export([watch/2, unwatch/1, unset/1, delivered/1, effect/4, io/1, look/1]).

-type kind() :: message | timer | process | table | file | network | port | database | configuration | code | node | log | telemetry.
-type watcher() :: {session, term()} | legacy.

%%% Watching

%% The caller is the tracer. On the legacy tracer a pattern is the node's: it asks for the sandbox, and is
%% left out where somebody has one on the function.
-spec watch(session | legacy, pid()) -> watcher().
watch(session, Sandbox) ->
    Session = trace:session_create(elixirscope_replay, self(), []),
    lists:foreach(fun(MFA) -> trace:function(Session, MFA, [{'_', [], []}], [local]) end, functions()),
    _ = trace:process(Session, Sandbox, true, flags()),
    {session, Session};
watch(legacy, Sandbox) ->
    Spec = [{'_', [{'=:=', {self}, Sandbox}], [{message, {{es_effect, '$_'}}}]}],
    _ = [erlang:trace_pattern(MFA, Spec, [local]) || MFA <- functions(), erlang:trace_info(MFA, traced) =:= {traced, false}],
    _ = erlang:trace(Sandbox, true, [{tracer, self()} | flags()]),
    legacy.

flags() -> [send, procs, call, set_on_spawn].

-spec unwatch(watcher()) -> ok.
unwatch({session, Session}) ->
    _ = trace:session_destroy(Session),
    ok;
unwatch(legacy) ->
    unset(legacy).

%% Ours are known by what they send.
-spec unset(legacy) -> ok.
unset(legacy) ->
    lists:foreach(fun(MFA) ->
                      case erlang:trace_info(MFA, match_spec) of
                          {match_spec, [{_, _, [{message, {{es_effect, _}}}]}]} -> erlang:trace_pattern(MFA, false, [local]);
                          _ -> ok
                      end
                  end, functions()).

-spec delivered(watcher()) -> reference().
delivered({session, Session}) -> trace:delivered(Session, all);
delivered(legacy) -> erlang:trace_delivered(all).

%% Of what is loaded.
functions() ->
    [{M, F, A} || {M, Names} <- watched(), erlang:module_loaded(M), {F, A} <- M:module_info(exports), lists:member(F, Names)].

watched() ->
    [{ets, tables()},
     {persistent_term, [put, erase]},
     {application, [set_env, unset_env, stop]},
     {file, files()},
     {gen_tcp, [connect, send, close]},
     {gen_udp, [open, send]},
     {ssl, [connect, send]},
     {httpc, [request]},
     {os, [cmd, putenv]},
     {init, [stop, restart, reboot]},
     {erlang, [open_port, port_command, port_close, port_connect, halt, send_after, start_timer]},
     {telemetry, [execute]}].

tables() ->
    [insert, insert_new, delete, delete_object, delete_all_objects, match_delete, select_delete, select_replace, update_counter,
     update_element, new, rename, take, give_away].

files() -> [write_file, open, write, pwrite, delete, rename, copy, make_dir, del_dir, del_dir_r, truncate, change_mode].

%% What a trace message says of it; `none` for what is our own, or only brings code.
-spec effect(tuple(), pid(), [pid()], elixirscope_standin:table()) -> none | map().
effect({trace, _, Send, Message, To}, Runner, Started, Table) when Send =:= send; Send =:= send_to_non_existing_process ->
    case To =:= Runner orelse is_for_code(To) of
        true -> none;
        false -> sent(Message, To, elixirscope_standin:is_standin(To, Table) orelse lists:member(To, Started) orelse is_reference(To), Table)
    end;
effect({trace, _, spawn, Child, MFA}, _, _, Table) ->
    #{kind => process, caught => true, to => Child, name => [], what => told({spawn, MFA}, Table)};
effect({trace, _, link, To}, _, Started, Table) ->
    #{kind => process, caught => lists:member(To, Started), to => elixirscope_standin:original(To, Table), name => [], what => {link, name(To)}};
effect({trace, _, register, Name}, _, _, _) ->
    #{kind => process, caught => true, to => none, name => Name, what => {register, Name}};
effect({trace, _, call, MFA, {es_effect, _}}, _, _, Table) ->
    called(MFA, Table);
effect({trace, _, call, MFA}, _, _, Table) ->
    called(MFA, Table);
effect(_, _, _, _) ->
    none.

sent(Message, To, Caught, Table) ->
    #{kind => message, caught => Caught, to => elixirscope_standin:original(To, Table), name => name(To), what => told(Message, Table)}.

%% Of an event its name: what goes with it can be a whole socket.
called({telemetry, execute, [Event | _]}, Table) ->
    #{kind => telemetry, caught => false, to => none, name => [], what => told(Event, Table)};
called({M, F, Arguments}, Table) ->
    #{kind => kind(M, F, length(Arguments)), caught => false, to => none, name => [], what => told({M, F, Arguments}, Table)}.

told(Term, Table) -> elixirscope_cut:payload(elixirscope_standin:restore(Term, Table), 65536).

name(Pid) when is_pid(Pid), node(Pid) =:= node() ->
    case process_info(Pid, registered_name) of
        {registered_name, Name} -> Name;
        _ -> []
    end;
name(Name) when is_atom(Name) -> Name;
name(_) -> [].

is_for_code(To) -> To =:= code_server orelse is_pid(To) andalso To =:= whereis(code_server).

%% As a group leader answers; the text is kept.
-spec io(term()) -> {term(), binary()}.
io({put_chars, _, Characters}) -> {ok, text(Characters)};
io({put_chars, Characters}) -> {ok, text(Characters)};
io({put_chars, _, M, F, Arguments}) -> io({put_chars, unicode, try apply(M, F, Arguments) catch _:_ -> [] end});
io({requests, Requests}) -> {ok, iolist_to_binary([element(2, io(Request)) || Request <- Requests])};
io({get_geometry, _}) -> {{error, enotsup}, <<>>};
io(getopts) -> {[], <<>>};
io({setopts, _}) -> {ok, <<>>};
io(_) -> {{error, enotsup}, <<>>}.

text(Characters) ->
    case unicode:characters_to_binary(Characters) of
        Text when is_binary(Text) -> Text;
        _ -> <<>>
    end.

%%% Looking: what the code reaches, in its own application, from these functions on

-spec look([mfa()]) -> #{risks := [{kind(), mfa(), mfa()}], unknown := [module()]}.
look(Roots) ->
    Folders = lists:usort([folder(M) || {M, _, _} <- Roots]),
    looked(Roots, Folders, #{}, #{}, #{}).

looked([], _, _, Modules, Risks) ->
    #{risks => lists:sublist(lists:sort(maps:keys(Risks)), 100), unknown => [M || {M, unknown} <- maps:to_list(Modules)]};
looked([MFA | Rest], Folders, Seen, Modules, Risks) when is_map_key(MFA, Seen) ->
    looked(Rest, Folders, Seen, Modules, Risks);
looked([{M, F, A} = MFA | Rest], Folders, Seen, Modules, Risks) ->
    case Modules of
        #{M := Functions} ->
            Calls = calls(Functions, {F, A}),
            Found = maps:from_list([{{Kind, Called, MFA}, true} || {CM, CF, CA} = Called <- Calls, Kind <- [kind(CM, CF, CA)], Kind =/= none]),
            Inner = [Called || {CM, CF, CA} = Called <- Calls, kind(CM, CF, CA) =:= none, lists:member(folder(CM), Folders)],
            looked(Inner ++ Rest, Folders, Seen#{MFA => true}, Modules, maps:merge(Risks, Found));
        _ when map_size(Modules) < 60 ->
            looked([MFA | Rest], Folders, Seen, Modules#{M => disassembled(M)}, Risks);
        _ ->
            looked(Rest, Folders, Seen#{MFA => true}, Modules, Risks)
    end.

calls(unknown, _) -> [];
calls(Functions, Function) -> maps:get(Function, Functions, []).

folder(Module) ->
    case code:which(Module) of
        File when is_list(File), File =/= [] -> filename:dirname(File);
        _ -> Module
    end.

%% By function what it calls, from the code itself: debug info is not needed.
disassembled(Module) ->
    try
        {ok, Beam} = elixirscope_source:beam(Module),
        {beam_file, Module, _, _, _, Functions} = beam_disasm:file(Beam),
        maps:from_list([{{F, A}, lists:usort(called_by(Code, Module, []))} || {function, F, A, _, Code} <- Functions])
    catch
        error:_ -> unknown
    end.

called_by({extfunc, M, F, A}, _, Found) -> [{M, F, A} | Found];
called_by({Module, F, A}, Module, Found) when is_atom(F), is_integer(A) -> [{Module, F, A} | Found];
called_by(send, _, Found) -> [{erlang, '!', 2} | Found];
called_by([Head | Tail], Module, Found) -> called_by(Tail, Module, called_by(Head, Module, Found));
called_by(Tuple, Module, Found) when is_tuple(Tuple) -> called_by(tuple_to_list(Tuple), Module, Found);
called_by(_, _, Found) -> Found.

%%% What kind of effect a call is

-spec kind(module(), atom(), arity()) -> kind() | none.
kind(erlang, F, A) -> erlang_kind(F, A);
kind(M, _, _) when M =:= httpc; M =:= gen_udp; M =:= ssl; M =:= 'Elixir.Req'; M =:= 'Elixir.Finch'; M =:= 'Elixir.HTTPoison'; M =:= 'Elixir.Tesla' -> network;
kind(M, _, _) when M =:= gen_server; M =:= gen_statem; M =:= gen_event; M =:= 'Elixir.Agent'; M =:= 'Elixir.Registry' -> message;
kind(M, _, _) when M =:= supervisor; M =:= proc_lib; M =:= 'Elixir.Task'; M =:= 'Elixir.Task.Supervisor'; M =:= 'Elixir.DynamicSupervisor'; M =:= 'Elixir.Supervisor' -> process;
kind(M, _, _) when M =:= dets; M =:= mnesia; M =:= 'Elixir.Ecto.Multi'; M =:= 'Elixir.Ecto.Adapters.SQL'; M =:= 'Elixir.Postgrex'; M =:= 'Elixir.Oban' -> database;
kind(M, _, _) when M =:= 'Elixir.Logger'; M =:= logger -> log;
kind('Elixir.GenServer', F, _) -> listed(F, [call, cast, reply, multi_call, abcast, stop], message);
kind('Elixir.Process', F, _) -> listed(F, [send, send_after, exit, link, monitor, register], message);
kind('Elixir.File', F, _) -> listed(hd(string:split(atom_to_list(F), "!")), ["write", "open", "rm", "rm_rf", "rename", "cp", "cp_r", "mkdir", "mkdir_p", "touch", "stream"], file);
kind('Elixir.System', F, _) -> listed(F, [cmd, shell, halt, stop, put_env], port);
kind('Elixir.Port', _, _) -> port;
kind('Elixir.Application', F, _) -> listed(F, [put_env, delete_env, start, stop], configuration);
kind(gen_tcp, F, _) -> listed(F, [connect, listen, send, close], network);
kind(ets, F, _) -> listed(F, tables(), table);
kind(file, F, _) -> listed(F, files(), file);
kind(persistent_term, F, _) -> listed(F, [put, erase], configuration);
kind(application, F, _) -> listed(F, [set_env, unset_env, start, stop, ensure_all_started], configuration);
kind(code, F, _) -> listed(F, [load_binary, load_file, purge, delete], code);
kind(os, F, _) -> listed(F, [cmd, putenv], port);
kind(init, F, _) -> listed(F, [stop, restart, reboot], node);
kind(telemetry, F, _) -> listed(F, [execute, span], telemetry);
kind(M, F, _) -> by_name(lists:suffix(".Repo", atom_to_list(M)), lists:prefix("broadcast", atom_to_list(F))).

by_name(true, _) -> database;
by_name(_, true) -> message;
by_name(_, _) -> none.

erlang_kind(F, A) when F =:= '!'; F =:= send; F =:= send_nosuspend; F =:= exit, A =:= 2 -> message;
erlang_kind(F, _) when F =:= send_after; F =:= start_timer -> timer;
erlang_kind(F, _) when F =:= spawn; F =:= spawn_link; F =:= spawn_monitor; F =:= spawn_opt; F =:= link; F =:= register -> process;
erlang_kind(F, _) when F =:= open_port; F =:= port_command; F =:= port_close; F =:= port_connect -> port;
erlang_kind(halt, _) -> node;
erlang_kind(_, _) -> none.

listed(F, Names, Kind) ->
    case lists:member(F, Names) of
        true -> Kind;
        false -> none
    end.
