%% Flows: causal traces through messages, without a line in the application. A
%% call pattern at an entry point gives its process a sequential trace token; the
%% token follows what is sent and spawned, and the system tracer (our tracer) is
%% told of each hop. This module makes the match specs, holds the one place of
%% the system tracer, and says which hops are worth a record.
%%
%% A token is recognised by its label, an integer that ElixirScope chose from a
%% range: others in it are left over from an earlier time. One without flags is
%% quiet: what its process does now belongs to no flow.
-module(elixirscope_flow).

-export([labels/0, entries/1, missing/1, arrived/1, patterns/4, quieting/2, take/1, release/1, holder/1, noise/1, wanted/2, kind/1]).

-type name() :: binary().
%% Patterns of single functions, without anything else that is traced there.
-type entry() :: {elixirscope_plan:mfa_pattern(), name(), list()}.
-type filter() :: none | {Label :: integer(), Noise :: #{pid() => true}}.
-export_type([entry/0, filter/0]).

%% The range: least and greatest.
-spec labels() -> {integer(), integer()}.
labels() -> {16#e5c0de000000, 16#e5c0deffffff}.

%%% What was asked for

%% `{Name, M, F, A, MatchSpec, required | optional}`. An optional one whose function is not there is left out. What the body of a
%% clause has is not done but told: `['$_']` is all arguments, `[['$1']]` the one that the head calls so, `[]` none.
-spec entries([tuple()]) -> {ok, [entry()]} | {error, term()}.
entries(Asked) -> entries(Asked, []).

entries([], Found) ->
    {ok, lists:append(lists:reverse(Found))};
entries([{Name, M, F, A, Spec, Need} = Entry | Rest], Found) when is_binary(Name), Need =:= required orelse Need =:= optional ->
    case elixirscope_plan:patterns([{M, F, A, Spec}]) of
        {ok, _} -> entries(Rest, [[{MFA, Name, asked(Spec)} || MFA <- functions(M, F, A)] | Found]);
        {error, {Reason, _}} when Need =:= optional, Reason =:= no_module orelse Reason =:= no_function -> entries(Rest, Found);
        {error, {Reason, _}} -> {error, {Reason, Entry}}
    end;
entries([Entry | _], _) ->
    {error, {bad_flow, Entry}};
entries(Asked, _) ->
    {error, {bad_flow, Asked}}.

%% Modules of optional entry points that the node does not have yet.
-spec missing([tuple()]) -> [module()].
missing(Asked) ->
    lists:usort([M || {_, M, _, _, _, optional} <- Asked, not erlang:module_loaded(M)]).

%% Those of them that it has by now, or whose library has come: an application that boots loads them when it first needs them.
-spec arrived([module()]) -> [module()].
arrived(Missing) ->
    [M || M <- Missing, erlang:module_loaded(M) orelse application:get_key(library(M), vsn) =/= undefined].

library('Elixir.Phoenix.Socket') -> phoenix;
library('Elixir.Bandit.Pipeline') -> bandit;
library('Elixir.Plug.Cowboy.Handler') -> plug_cowboy;
library('Elixir.Oban.Queue.Executor') -> oban;
library(_) -> undefined.

asked(true) -> [{'_', [], ['$_']}];
asked(Clauses) -> Clauses.

clauses(true) -> [{'_', [], []}];
clauses(Clauses) -> Clauses.

%% One by one, so that nothing else on the same function is lost, see `patterns/3`.
functions(M, F, A) ->
    [{M, Name, Arity} || {Name, Arity} <- M:module_info(functions), F =:= '_' orelse F =:= Name, A =:= '_' orelse A =:= Arity,
                         {Name, Arity} =/= {module_info, 0}, {Name, Arity} =/= {module_info, 1}].

%%% Match specs

%% Everything that is traced with these entry points: the entries last, since of two patterns on a function the later
%% one wins; so theirs take in what others (ours, the user's) want of the same function. Loops of OTP end a visit.
-spec patterns([entry()], integer(), pos_integer(), [elixirscope_plan:pattern()]) -> [elixirscope_plan:pattern()].
patterns(Entries, Label, Nth, Others) ->
    Starts = [{MFA, starts(MFA, Entries, {Label, Nth}, covering(MFA, Others))} || MFA <- lists:usort([MFA || {MFA, _, _} <- Entries])],
    Taken = [MFA || {MFA, _} <- Starts],
    Quiet = quieting(Others, Label),
    Ends = [{MFA, [ending(head(MFA), Label, Place)]} || {MFA, Place} <- loops(), not lists:keymember(MFA, 1, Others)],
    [Pattern || {MFA, _} = Pattern <- Quiet ++ Ends, not lists:member(MFA, Taken)] ++ Starts.

covering({M, F, A}, Patterns) ->
    Covering = [Spec || {{M1, F1, A1}, Spec} <- Patterns, M1 =:= M, F1 =:= F orelse F1 =:= '_', A1 =:= A orelse A1 =:= '_'],
    case Covering of
        [] -> [];
        _ -> clauses(lists:last(Covering))
    end.

starts({_, _, Arity} = MFA, Entries, Rule, Others) ->
    [{Head, Guards, start(Name, Rule, told(Body, Arity))} || {MFA1, Name, Clauses} <- Entries, MFA1 =:= MFA, {Head, Guards, Body} <- Clauses] ++ Others.

%% What the process had before decides: nothing (or a quiet or old one of ours): a flow starts here; ours: this is a part of
%% the flow; somebody else's: left alone.
%% What its process does after the call has returned is no part of the flow any more.
start(Name, {Label, 1}, Arguments) ->
    Kind = {map_get, foreign(), #{true => foreign, false => {map_get, active(Label), #{true => nested, false => start}}}},
    [{message, {{es_flow, Kind, Name, Arguments}}},
     all([{'not', foreign()}, {'not', active(Label)}, {set_seq_token, label, Label} |
          [{set_seq_token, Flag, true} || Flag <- flags()]]),
     {exception_trace}];
%% Every n-th. Whether it is this one's turn is asked once, since another process may count in the next moment; until that is
%% told and counted, one flag alone says what was decided. One that is left out has a token too, so that entry points that are
%% called in it start nothing: with the flag `print`, of which the VM tells nothing.
start(Name, {Label, Nth}, Arguments) ->
    None = [{'not', foreign()}, {'not', flagged(Label)}],
    Kind = {map_get, has(Label, 1), #{true => start, false => {map_get, has(Label, 2), #{true => skipped, false => nested}}}},
    Told = {{es_flow, {map_get, foreign(), #{true => foreign, false => Kind}}, Name, {map_get, has(Label, 2), #{true => [], false => Arguments}}}},
    [all(None ++ [elixirscope_nth:due(), {set_seq_token, label, Label}, {set_seq_token, send, true}]),
     all(None ++ [{set_seq_token, label, Label}, {set_seq_token, 'receive', true}]),
     {message, {map_get, has(Label, 4), #{true => false, false => Told}}},
     all([{'orelse', has(Label, 1), has(Label, 2)}, elixirscope_nth:count(Nth)]),
     all([has(Label, 2), {set_seq_token, 'receive', false}, {set_seq_token, print, true}]),
     all([has(Label, 1) | [{set_seq_token, Flag, true} || Flag <- flags()]]),
     all([{'orelse', foreign(), active(Label)}, {exception_trace}])].

%% `$_` must not be used where there are no arguments (OTP 25 ends).
told(_, 0) -> [];
told([], _) -> [];
told([Arguments | _], _) -> Arguments.

flags() -> [send, 'receive', monotonic_timestamp].

all([Last]) -> Last;
all([First | Rest]) -> {'andalso', First, all(Rest)}.

%% All that are no integers are greater than the range.
foreign() ->
    {Least, Greatest} = labels(),
    {'andalso', {is_tuple, {get_seq_token}}, {'orelse', {'<', {element, 2, {get_seq_token}}, Least}, {'>', {element, 2, {get_seq_token}}, Greatest}}}.

own(Label) ->
    all([{is_tuple, {get_seq_token}}, {'=:=', {element, 2, {get_seq_token}}, Label}]).

%% Flags as a token has them: send 1, receive 2, print 4, monotonic_timestamp 32.
has(Label, Flags) -> {'andalso', own(Label), {'=:=', {element, 1, {get_seq_token}}, Flags}}.

%% Of a flow that is recorded, or left out.
flagged(Label) -> {'andalso', own(Label), {'=/=', {element, 1, {get_seq_token}}, 0}}.

active(Label) -> {'andalso', flagged(Label), {'=/=', {element, 1, {get_seq_token}}, 4}}.

%% Where an OTP process goes on to wait for a message, and which argument tells that it does not wait at all. Connections of Cowboy
%% are no OTP processes: with the token of an answered request they would hand it on to the process of the next one.
loops() ->
    [{MFA, Place} || {{M, F, A} = MFA, Place} <- [{{gen_server, loop, 7}, 5}, {{gen_server, loop, 4}, 3},
                                                  {{gen_statem, loop, 3}, none}, {{gen_event, loop, 6}, none}],
                     lists:member({F, A}, elixirscope_own:functions(M))]
        ++ [{MFA, none} || {M, F, A} = MFA <- [{cowboy_http, loop, 1}, {cowboy_http2, loop, 2}, {cowboy_websocket, loop, 3}],
                           application:get_key(cowboy, vsn) =/= undefined, lists:member({F, A}, elixirscope_own:functions(M))].

head({_, _, Arity}) -> lists:duplicate(Arity, '_').

%% With the end of a callback its process has done its part. Were the token left in it, whatever a timer makes it do later
%% would be taken for a part of the flow: a timeout, unlike an untagged message, clears no token.
ending(Head, Label, Place) ->
    Ends = all([active(Label) | waits(Place)]),
    {placed(Head, Place), [], [{message, {map_get, Ends, #{true => {{es_flow_end}}, false => false}}}, quiet(Label, Place)]}.

quiet(Label, Place) ->
    all([flagged(Label)] ++ waits(Place) ++ [{set_seq_token, Flag, false} || Flag <- [print | flags()]]).

waits(none) -> [];
waits(_) -> [{'=/=', '$9', 0}, {'orelse', {'not', {is_tuple, '$9'}}, {'=:=', {element, 1, '$9'}, timeout}}].

placed(Head, none) -> Head;
placed(Head, Place) -> lists:sublist(Head, Place - 1) ++ ['$9' | lists:nthtail(Place, Head)].

%% Our own patterns on those loops (states) end visits too; their event then stands for the end.
-spec quieting([elixirscope_plan:pattern()], integer() | none) -> [elixirscope_plan:pattern()].
quieting(Patterns, none) -> Patterns;
quieting(Patterns, Label) -> [quieted(Pattern, Label) || Pattern <- Patterns].

quieted({MFA, Spec}, Label) ->
    case lists:keyfind(MFA, 1, loops()) of
        {_, Place} -> {MFA, [{placed(listed(Head, MFA), Place), Guards, Body ++ [quiet(Label, Place)]} || {Head, Guards, Body} <- clauses(Spec)]};
        false -> {MFA, Spec}
    end.

listed('_', MFA) -> head(MFA);
listed(Head, _) -> Head.

%%% The system tracer: one for the node, whoever sets it

-spec take(pid()) -> ok | {taken, pid() | port()}.
take(Tracer) ->
    case seq_trace:get_system_tracer() of
        Tracer -> ok;
        false ->
            case seq_trace:set_system_tracer(Tracer) of
                false -> ok;
                Tracer -> ok;
                Other ->
                    _ = seq_trace:set_system_tracer(Other),
                    {taken, Other}
            end;
        Other -> {taken, Other}
    end.

%% Only where it is one of ours; what counts flows goes with it.
-spec release([pid()]) -> ok.
release(Ours) ->
    Holder = seq_trace:get_system_tracer(),
    _ = lists:member(Holder, Ours) andalso seq_trace:set_system_tracer(false),
    elixirscope_nth:release().

-spec holder(pid()) -> ours | none | pid() | port().
holder(Tracer) ->
    case seq_trace:get_system_tracer() of
        Tracer -> ours;
        false -> none;
        Other -> Other
    end.

%%% What is recorded of it

%% Processes that serve everybody: code, files, logs, terminals. What passes through them tells nothing of a flow, and may be
%% large (a module's code).
-spec noise([pid()]) -> #{pid() => true}.
noise(Ours) ->
    Names = [code_server, erl_prim_loader, file_server_2, application_controller, init, logger, logger_proxy, logger_std_h_default,
             logger_sup, user, user_drv, user_drv_reader, user_drv_writer, standard_error, error_logger, erl_signal_server, 'Elixir.Logger', 'Elixir.Logger.Proxy'],
    maps:from_list([{Pid, true} || Pid <- [whereis(Name) || Name <- Names] ++ Ours, is_pid(Pid)]).

%% What is to be recorded of a hop, or `false`. Of a question to a service and its answer only that they were: an answer that comes without
%% the token takes it away from who asked, and whoever puts the flow together has to know that one was waited for.
-spec wanted(tuple(), filter()) -> tuple() | false.
wanted({seq_trace, Label, {Type, Numbers, From, To, Message}, Ts} = Hop, {Label, Noise}) when Type =:= send; Type =:= 'receive' ->
    case service(Message, is_map_key(From, Noise), is_map_key(To, Noise)) of
        none -> Hop;
        asked when Type =:= send -> {seq_trace, Label, {Type, Numbers, From, To, es_asked}, Ts};
        answered when Type =:= 'receive' -> {seq_trace, Label, {Type, Numbers, From, To, es_answered}, Ts};
        _ -> false
    end;
wanted(_, _) ->
    false.

%% Input and output go through whatever process; so does that a spawn worked.
service(_, true, true) -> between;
service(_, true, _) -> answered;
service(Message, false, ToService) when tuple_size(Message) > 1 ->
    case element(1, Message) of
        io_request -> asked;
        file_request -> asked;
        code_call -> asked;
        '$gen_call' when ToService -> asked;
        io_reply -> answered;
        file_reply -> answered;
        code_server -> answered;
        spawn_reply -> between;
        %% The loader of code, and `init`.
        Client when ToService, is_pid(Client) -> asked;
        _ -> service(ToService)
    end;
service(_, false, ToService) -> service(ToService).

service(true) -> between;
service(false) -> none.

%% For counts.
-spec kind(tuple()) -> flow_send | flow_receive.
kind({seq_trace, _, {send, _, _, _, _}, _}) -> flow_send;
kind({seq_trace, _, _, _}) -> flow_receive.
