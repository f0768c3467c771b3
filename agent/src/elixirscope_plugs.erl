%% The pipeline of an HTTP request: plugs as they are called, one after another.
%% `Plug.Builder` makes one function of a list of plugs, so what can be seen of it is
%% each plug's call, with a few fields of the connection that it was given. What it
%% made of it is what the next one is given; its result would be the whole
%% connection, which no match spec can shorten.
-module(elixirscope_plugs).

-export([patterns/0, late/2]).

%% Of everything that is loaded. They stand before all other patterns: what somebody
%% else wants of the same function goes first.
-spec patterns() -> [elixirscope_plan:pattern()].
patterns() ->
    case erlang:module_loaded('Elixir.Plug.Conn') of
        true -> found([M || M <- erlang:loaded(), is_plug(M)]);
        false -> []
    end.

%% The same again where plugs were loaded since `Patterns` were set: of what carries no
%% other pattern, and is not below a name that the user watches.
-spec late([elixirscope_plan:pattern()], elixirscope_reload:below()) -> [elixirscope_plan:pattern()].
late(Patterns, Below) ->
    Known = maps:from_list([{M, true} || {{M, _, _}, _} <- Patterns]),
    IsFull = length([MFA || {MFA, Spec} <- Patterns, is_own(Spec)]) >= most(),
    case [M || not IsFull, erlang:module_loaded('Elixir.Plug.Conn'), M <- erlang:loaded(), not is_map_key(M, Known), is_plug(M), not is_below(M, Below)] of
        [] ->
            [];
        _ ->
            Others = [MFA || {MFA, Spec} <- Patterns, not is_own(Spec)],
            [Pattern || {{M, F, A}, _} = Pattern <- patterns(), not lists:member(Pattern, Patterns), not is_below(M, Below),
                        not lists:any(fun({M1, F1, A1}) -> M1 =:= M andalso (F1 =:= '_' orelse F1 =:= F) andalso (A1 =:= '_' orelse A1 =:= A) end, Others)]
    end.

is_below(M, Below) -> Below =/= [] andalso elixirscope_reload:specs(atom_to_binary(M), Below) =/= [].

is_own([{['$1' | _], [Guard], _}]) -> Guard =:= is_conn();
is_own(_) -> false.

is_plug(M) -> erlang:function_exported(M, call, 2) andalso erlang:function_exported(M, init, 1).

%% Each is a breakpoint that the owner sets: more than these are not.
found(Plugs) ->
    Builders = [{M, Kind} || M <- Plugs, Kind <- [builder(M)], Kind =/= none],
    Routers = [M || {M, router} <- Builders],
    lists:sublist(ends() ++ [{{M, call, 2}, spec(2, told(call))} || M <- Plugs]
                  ++ [{MFA, spec(2, {map_get, is_pipeline(Routers), #{true => told(call), false => false}})} || MFA <- functions(Builders)], most()).

most() -> 1000.

%% Where a plug ends the pipeline, and where the answer is sent.
ends() ->
    Functions = elixirscope_own:functions('Elixir.Plug.Conn'),
    [{{'Elixir.Plug.Conn', F, A}, spec(A, told(What))} || {F, A, What} <- [{halt, 1, halt}, {send_resp, 1, send}, {send_chunked, 2, send}, {send_file, 5, send}],
                                                          lists:member({F, A}, Functions)].

spec(Arity, Message) -> [{['$1' | lists:duplicate(Arity - 1, '_')], [is_conn()], [{message, Message}]}].

is_conn() -> {'=:=', field('__struct__'), 'Elixir.Plug.Conn'}.

%%% Functions that are plugs

%% Modules that are made of a list of plugs.
builder(M) ->
    Functions = erlang:get_module_info(M, functions),
    case [Kind || {Function, Kind} <- [{{phoenix_controller_pipeline, 2}, controller}, {{'__routes__', 0}, router}, {{plug_builder_call, 2}, plain}],
                  lists:member(Function, Functions)] of
        [Kind | _] -> Kind;
        [] -> none
    end.

functions(Builders) -> lists:usort(lists:append([own(M, Kind) ++ imported(M) || {M, Kind} <- Builders])).

%% A controller's actions are public functions with a connection before their parameters; `action/2` calls them.
own(M, controller) ->
    Exported = erlang:get_module_info(M, exports),
    [{M, action, 2} | [MFA || {_, F, _} = MFA <- own(M, plain), not lists:member({F, 2}, Exported)]];
own(M, _) ->
    [{M, F, 2} || {F, 2} <- erlang:get_module_info(M, functions), not lists:member(F, [call, plug_builder_call, phoenix_controller_pipeline]), is_name(F)].

is_name(F) -> not lists:any(fun(Prefix) -> lists:prefix(Prefix, atom_to_list(F)) end, ["__", "-", "MACRO-", "call (", "action ("]).

%% What it calls of Plug's, Phoenix's, or of its own application's web modules, by the table in its file.
imported(M) ->
    case code:which(M) of
        [_ | _] = File ->
            case beam_lib:chunks(File, [imports]) of
                {ok, {M, [{imports, Imports}]}} ->
                    [{N, F, 2} || {N, F, 2} <- lists:usort(Imports), F =/= call, F =/= merge_private, is_name(F), is_near(N, M), lists:member({F, 2}, elixirscope_own:functions(N))];
                _ -> []
            end;
        _ -> []
    end.

is_near(N, M) ->
    lists:member(N, ['Elixir.Plug.Conn', 'Elixir.Phoenix.Controller', 'Elixir.Phoenix.LiveView.Router'])
        orelse root(N) =:= root(M).

%% `Elixir.HelloWeb` of `Elixir.HelloWeb.CurrentUser`.
root(M) -> lists:sublist(string:lexemes(atom_to_list(M), "."), 2).

%% The same functions are called with a connection all over an application: as plugs only from a list of them. A pipeline of
%% a router is a function of a name of its own, and is called by Phoenix.Router.
is_pipeline(Routers) ->
    Module = {element, 1, {caller}},
    Name = {element, 2, {caller}},
    {'andalso', {is_tuple, {caller}},
     list_to_tuple(['orelse', {'=:=', Name, plug_builder_call}, {'=:=', Name, phoenix_controller_pipeline}
                    | [{'=:=', Module, Router} || Router <- ['Elixir.Phoenix.Router' | Routers]]])}.

%%% What is taken of the connection

told(What) ->
    Taken = [method, host, request_path, path_params, status, halted, state, remote_ip, resp_headers],
    Private = [phoenix_router, phoenix_controller, phoenix_action, phoenix_format],
    Conn = maps:from_list([{Key, field(Key)} || Key <- Taken] ++ [{Key, {map_get, Key, field(private)}} || Key <- Private]),
    {{es_plug, {{What, {caller}, Conn#{params => narrow(field(params)), assigns => narrow(field(assigns))}}}}}.

%% A field that is not there becomes the atom 'EXIT' and fails nothing.
field(Key) -> {map_get, Key, '$1'}.

%% A form may have thousands of fields: of those only how many.
narrow(Map) -> {map_get, {'=<', {map_size, Map}, 32}, #{true => Map, false => {{'$elixirscope_cut', {map_size, Map}, map}}}}.
