%% Telemetry without a handler: a pattern on telemetry:execute/3 whose match spec
%% takes of each known event what is worth having. Metadata holds whole connections
%% and sockets; copied as they are that would be megabytes for a click.
-module(elixirscope_telemetry).

-export([spec/1, rendered/0]).

%% The first clause that matches counts, and each that does not costs some 20 ns:
%% what comes most often stands first.
-spec spec(elixirscope_plan:level()) -> list().
spec(Level) ->
    lists:append([clauses(Level, Known) || Known <- known()]) ++ others(Level).

%% `{Prefix, Ends, Taken}`: a span has the ends start, stop and exception; none are left of what no end is given for.
%% `{Prefix, nothing}`: the rest of what starts so.
known() ->
    [{[thousand_island], nothing},
     {[phoenix, endpoint], span, {conn, []}},
     {[phoenix, endpoint], nothing},
     {[bandit, request], server, {conn, [plug, error]}},
     {[bandit, request], nothing},
     {[phoenix, router_dispatch], inner, {conn, [route, plug, plug_opts, path_params, pipe_through]}},
     {[phoenix, router_dispatch], nothing},
     {[phoenix, controller, render], span, {fields, [view, template, format]}},
     {[phoenix, live_view, render], span, {socket, ['force?', 'changed?', component, cid]}},
     {[phoenix, live_view, handle_event], span, {socket, [event, params]}},
     {[phoenix, live_component, update], span, {component, [component]}},
     {[phoenix, live_component, handle_event], span, {component, [component, event, params]}},
     {[phoenix, live_view, mount], span, {socket, [params, uri]}},
     {[phoenix, live_view, handle_params], span, {socket, [params, uri]}},
     {[phoenix, live_component, destroyed], event, {component, [component, cid]}},
     {[phoenix, channel_handled_in], event, {channel, [ref, event, params]}},
     {[phoenix, channel_joined], event, {channel, [params, result]}},
     {[phoenix, socket_connected], event, {fields, [endpoint, transport, params, vsn, user_socket, result]}},
     {[phoenix, error_rendered], event, {failed, [status]}},
     {[phoenix, socket_drain], event, {fields, [endpoint, socket, interval]}},
     {[phoenix], nothing},
     {[plug, router_dispatch], inner, {conn, [route, router]}},
     {[plug], nothing},
     {[bandit, websocket], pair, {fields, [websock, error]}},
     {[bandit], nothing},
     {[cowboy, request, early_error], event, {early, [reason, resp_status]}},
     {[cowboy, request], server, {cowboy, [pid, streamid, resp_status]}},
     {[cowboy], nothing},
     {[finch, request], span, {finch, [name]}},
     {[finch, queue], span, {finch, [name]}},
     {[finch, connect], span, {fields, [name, scheme, host, port, error]}},
     {[finch], nothing},
     {[oban, job], span, {job, [state]}},
     {[oban, engine, insert_job], span, {job, []}},
     {[oban], nothing},
     {['_', repo, query], event, {query, []}},
     {['_', '_', query], event, {query, []}},
     {['_', query], event, {query, []}}].

clauses(_, {Prefix, nothing}) ->
    [{[Prefix ++ '_', '_', '_'], [], [{message, false}]}];
clauses(Level, {Prefix, Form, {What, Fields}}) ->
    Whole = whole(What, Level),
    [clause(Event, Guards, Taken, Named ++ context(End, Level))
     || End <- ends(Form, Level), Event <- [Prefix ++ End], {Taken, Named} <- [taken(Form, End, Level, Whole, Fields)], Guards <- guards(Taken, End)].

%% Of a query more than that it ran, and how long, comes from `flows` on.
whole(query, Level) when Level =/= observe -> whole_query;
whole(What, _) -> What.

%% At `observe` the endpoint tells of the connection already.
taken(inner, [stop], observe, _, [First | _]) -> {fields, [First]};
taken(_, _, _, What, Fields) -> {What, Fields}.

%% At `observe` a span is its end: it has the duration, so that the start is known too. Of what repeats the endpoint's event only the
%% rest is taken, or nothing.
ends(event, _) -> [[]];
ends(pair, _) -> [[start], [stop]];
ends(Form, observe) when Form =:= span; Form =:= inner -> [[stop], [exception]];
ends(_, observe) -> [[exception]];
ends(server, _) -> [[stop], [exception]];
ends(_, _) -> [[start], [stop], [exception]].

context([End], Level) when Level =/= observe, End =:= start orelse End =:= stop -> [telemetry_span_context];
context(_, _) -> [].

%% What a request was sent is taken where it is not wide: a form may have thousands of fields.
guards(conn, [stop]) -> [[{'=<', {map_size, params()}, 32}], []];
%% Plug exits with `{{Exception, Stack}, Call}`, and the call holds the connection.
guards(cowboy, _) -> [[]];
guards(_, [exception]) -> [[{is_map, field(reason)}], []];
guards(query, _) -> [[{'=:=', field(type), ecto_sql_query}]];
guards(whole_query, End) -> [[{is_list, field(stacktrace)} | Guard] || Guard <- guards(query, End)] ++ guards(query, End);
guards(_, _) -> [[]].

clause(Event, Guards, What, Fields) ->
    Name = variables(Event, 11),
    Failure = case lists:last(Event) =:= exception orelse What =:= failed of
                  true -> failure(What, Guards);
                  false -> #{}
              end,
    Taken = maps:merge(maps:merge(fields(Fields, '$3'), more(What, Guards)), Failure),
    {[Name, '$2', '$3'], Guards, [{message, {{es_telemetry, {{Name, '$2', Taken}}}}}]}.

%% Parts of the name that may be anything are variables from `$11` on, in the head as in what is sent.
variables([], _) -> [];
variables(['_' | Rest], N) -> [list_to_atom("$" ++ integer_to_list(N)) | variables(Rest, N + 1)];
variables([Part | Rest], N) -> [Part | variables(Rest, N)].

%% A field that is not there becomes the atom 'EXIT' and fails nothing.
field(Key) -> field(Key, '$3').
field(Key, Map) -> {map_get, Key, Map}.
fields(Keys, Map) -> maps:from_list([{Key, field(Key, Map)} || Key <- Keys]).

more(failed, _) ->
    more(conn, []);
more(conn, Guards) ->
    Conn = field(conn),
    Request = {element, 2, field(adapter, Conn)},
    Private = field(private, Conn),
    Params = case Guards of [] -> #{}; _ -> #{params => params()} end,
    #{conn => maps:merge((fields([method, request_path, query_string, host, status], Conn))#{
                            controller => field(phoenix_controller, Private), action => field(phoenix_action, Private),
                            format => field(phoenix_format, Private),
                            live_view => {element, 1, field(phoenix_live_view, Private)},
                            %% Of Cowboy; other servers have no such fields.
                            stream => {{field(pid, Request), field(streamid, Request)}}}, Params)};
more(socket, _) ->
    #{socket => (fields([id, view, parent_pid, root_pid, transport_pid, redirected], field(socket)))#{
                  live_action => field(live_action, field(assigns, field(socket)))}};
%% Several are updated at once; the first of them tells which component it is.
more(component, _) ->
    Sockets = field(assigns_sockets),
    #{socket => (fields([id, view, root_pid, transport_pid], field(socket)))#{cid => cid(field(socket))},
      count => {length, Sockets}, first => #{id => field(id, {element, 1, {hd, Sockets}}), cid => cid({element, 2, {hd, Sockets}})}};
more(channel, _) ->
    #{socket => fields([topic, channel, handler, id, transport_pid, channel_pid], field(socket))};
more(finch, _) ->
    Result = {element, 2, field(result)},
    #{request => fields([method, scheme, host, port, path], field(request)), result => {element, 1, field(result)},
      status => field(status, Result), error => fields(['__struct__', reason], Result)};
more(job, _) ->
    #{job => fields([id, worker, queue, attempt, max_attempts, args], field(job))};
more(query, _) ->
    #{repo => field(repo), query => field(query), source => field(source), result => {element, 1, field(result)}};
%% Parameters have no keys by which a secret would be known, so they are only counted, but for a number that stands alone: with that
%% one can tell the same query about other rows (n + 1) from the same question asked again.
more(whole_query, Guards) ->
    Params = field(params),
    Result = {element, 2, field(result)},
    Failure = field(postgres, Result),
    Alone = {'andalso', {'=:=', {length, Params}, 1}, {is_integer, {hd, Params}}},
    Stack = case Guards of [{is_list, _} | _] -> #{stacktrace => stack(field(stacktrace))}; _ -> #{} end,
    maps:merge(Stack, (more(query, []))#{rows => field(num_rows, Result), parameters => {length, Params},
                                         parameter => {map_get, Alone, #{true => {hd, Params}, false => not_taken}},
                                         error => (fields([code, message], Failure))#{'__struct__' => field('__struct__', Result)}});
%% Cowboy tells it in the process of the connection, not in that of the request.
more(cowboy, _) ->
    #{req => fields([method, path, host], field(req))};
more(early, _) ->
    #{req => fields([method, path, host], field(partial_req))};
more(fields, _) ->
    #{}.

params() -> field(params, field(conn)).
cid(Socket) -> field(cid, field(myself, field(assigns, Socket))).

%% What failed in a request, from the arguments `(Conn, Kind, Reason, Stack, Options)` of the function of Phoenix that renders it,
%% where telemetry as a whole is too much (elixirscope_thin): `endpoint` says that the end of the request is not told.
-spec rendered() -> list().
rendered() ->
    Taken = #{conn => fields([method, request_path, query_string, host], '$1'), kind => '$2', endpoint => not_told,
              status => field(plug_status, '$3'), reason => named('$3'), stacktrace => stack('$4')},
    [{['$1', '$2', '$3', '$4', '_'], [], [{message, {{es_telemetry, {{[phoenix, error_rendered], #{}, Taken}}}}}]}].

%% Exceptions hold connections as well: of those the name and message (Plug wraps them), of the stack the first functions.
failure(What, Guards) ->
    Reason = case What of cowboy -> {element, 1, {element, 1, field(reason)}}; _ -> field(reason) end,
    #{kind => field(kind),
      reason => case What =:= failed orelse What =:= cowboy orelse Guards =/= [] of true -> named(Reason); false -> Reason end,
      stacktrace => stack(field(stacktrace))}.

named(Reason) ->
    (fields(['__struct__', message], Reason))#{reason => fields(['__struct__', message], field(reason, Reason))}.

stack(Stack) -> [frame(N, Stack) || N <- lists:seq(0, 9)].

frame(N, Stack) ->
    Frame = {hd, tails(N, Stack)},
    {{{element, 1, Frame}, {element, 2, Frame}, {element, 4, Frame}}}.

tails(0, List) -> List;
tails(N, List) -> {tl, tails(N - 1, List)}.

%% The application's own: its metadata where messages are recorded as well, since nobody knows how much that is.
others(observe) ->
    [{[lists:duplicate(N, '_') ++ [start], '_', '_'], [], [{message, false}]} || N <- [1, 2, 3, 4]]
        ++ [{['$1', '$2', '_'], [], [{message, {{es_telemetry, {{'$1', '$2', #{}}}}}}]}];
others(_) ->
    [{['$1', '$2', '$3'], [{'=<', {map_size, '$3'}, 16}], [{message, {{es_telemetry, {{'$1', '$2', '$3'}}}}}]},
     {['$1', '$2', '_'], [], [{message, {{es_telemetry, {{'$1', '$2', #{}}}}}}]}].
