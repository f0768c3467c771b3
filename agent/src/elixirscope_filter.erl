%% What the tracer leaves out of a batch on purpose: processes and calls that are
%% not in the sample, kinds above the level in force, and what was traced while a
%% gap still lasted. Everything left out is counted, and told apart.
-module(elixirscope_filter).

-export([flow/4, new/0, sampling/3, lowered/3, raised/3, level/1, until/5, is_idle/1, events/2, mailbox/2]).

%% `calls`: so many a second of each function. `lowered`: levels, kinds above which are left out, and from which moment on, the newest first.
%% `until`: a cause, the first and the last moment of its gap and the level that was in force in it. `rates`, `stacks`: what is left of each function's allowance, and which calls of a process that
%% have not returned were kept.
-type filter() :: #{sample := all | 0..10000, calls := infinity | pos_integer(), lowered := [{elixirscope_plan:level(), integer()}],
                    until := none | {atom(), integer(), integer(), off | elixirscope_plan:level()}, rates := map(), stacks := map(),
                    flow := elixirscope_flow:filter(), entries := [mfa()], nth := pos_integer()}.
-type rejected() :: [{sampled_out | budget | {budget | breaker, Until :: integer()}, elixirscope_tracer:tally()}].
-export_type([filter/0]).

-spec new() -> filter().
new() ->
    #{sample => all, calls => infinity, lowered => [], until => none, rates => #{}, stacks => #{}, flow => none, entries => [], nth => 1}.

-spec sampling(all | 0..10000, infinity | pos_integer(), filter()) -> filter().
sampling(Sample, Calls, Filter) ->
    Filter#{sample := Sample, calls := Calls, rates := #{}, stacks := #{}}.

%% The results of entry points are of the level `flows`.
-spec flow(elixirscope_flow:filter(), [mfa()], pos_integer(), filter()) -> filter().
flow(Flow, Entries, Nth, Filter) ->
    Filter#{flow := Flow, entries := Entries, nth := Nth}.

%% What is older than this may still come, and belongs to the level before.
-spec lowered(elixirscope_plan:level(), integer(), filter()) -> filter().
lowered(Level, From, #{lowered := Before} = Filter) ->
    Filter#{lowered := [{Level, From} | Before]}.

%% The level in force now is this, since then.
-spec raised(all | elixirscope_plan:level(), integer() | none, filter()) -> filter().
raised(all, _, Filter) -> Filter#{lowered := []};
raised(Level, From, Filter) -> Filter#{lowered := [{Level, From}]}.

%% Messages of the BEAM that are older than the end of a gap may still come after it.
-spec until(atom(), integer(), integer(), off | all | elixirscope_plan:level(), filter()) -> filter().
until(_, _, _, all, Filter) -> Filter;
until(Cause, From, To, Level, Filter) -> Filter#{until := {Cause, From, To, Level}}.

-spec level(filter()) -> all | elixirscope_plan:level().
level(#{lowered := []}) -> all;
level(#{lowered := [{Level, _} | _]}) -> Level.

-spec is_idle(filter()) -> boolean().
is_idle(#{sample := all, calls := infinity, lowered := [], until := none, nth := 1}) -> true;
is_idle(_) -> false.

%% Events oldest first, and so are those that are kept. The pids are of processes
%% that are not in the sample and could be spared their flags.
-spec events([tuple()], filter()) -> {[tuple()], non_neg_integer(), rejected(), [pid()], filter()}.
events(Events, Filter) ->
    {Kept, Rejected, Filter1} = lists:foldl(fun sort/2, {[], #{}, Filter}, Events),
    Others = lists:usort([element(2, Event) || {unsampled, Found} <- maps:to_list(Rejected), Event <- Found]),
    {lists:reverse(Kept), length(Kept), tallied(Rejected), Others, passed(Events, Filter1)}.

tallied(Rejected) ->
    [{case Why of unsampled -> sampled_out; _ -> Why end, elixirscope_tally:events(Events)}
     || {Why, Events} <- maps:to_list(Rejected)].

%% A second later nothing from before is on its way any more.
passed([Event | _], #{until := {_, _, Until, _}} = Filter) when element(tuple_size(Event), Event) > Until + 1000000000 ->
    Filter#{until := none};
passed(_, Filter) ->
    Filter.

sort(Event, {Kept, Rejected, Filter}) ->
    case verdict(Event, Filter) of
        {keep, Filter1} -> {[Event | Kept], Rejected, Filter1};
        {Why, Filter1} -> {Kept, Rejected#{Why => [Event | maps:get(Why, Rejected, [])]}, Filter1}
    end.

%% Every n-th flow only, see elixirscope_flow: this was none of them.
verdict({trace_ts, _, call, _, {es_flow, skipped, _, _}, _}, Filter) ->
    {sampled_out, Filter};
verdict(Event, #{until := {Cause, From, To, Level}, entries := Entries} = Filter)
  when element(tuple_size(Event), Event) =< To, element(tuple_size(Event), Event) >= From ->
    case Level =:= off orelse is_above(Event, Level, Entries) of
        true -> {{Cause, To}, Filter};
        false -> sampled(Event, Filter)
    end;
verdict(Event, Filter) ->
    sampled(Event, Filter).

sampled(Event, #{sample := Sample, lowered := Lowered, calls := Calls, entries := Entries} = Filter) ->
    case is_sampled(Event, Sample) of
        false -> {unsampled, Filter};
        true ->
            case is_left_out(Event, element(tuple_size(Event), Event), Lowered, Entries) of
                true -> {budget, Filter};
                false -> limited(Event, Calls, Filter)
            end
    end.

is_left_out(_, _, [], _) -> false;
is_left_out(Event, Ts, [{Level, From} | Before], Entries) ->
    Ts >= From andalso is_above(Event, Level, Entries) orelse is_left_out(Event, Ts, Before, Entries).

%% A flow goes where it goes: its messages are not sampled by process.
is_sampled({seq_trace, _, _, _}, _) -> true;
is_sampled(Event, Sample) -> elixirscope_scope:sampled(element(2, Event), Sample).

is_above({seq_trace, _, _, _}, Level, _) ->
    Level =:= observe;
is_above({trace_ts, _, Kind, MFA, _, _} = Event, Level, Entries) when Kind =:= return_from; Kind =:= exception_from ->
    case lists:member(MFA, Entries) of
        true -> Level =:= observe;
        false -> is_above(Event, Level)
    end;
is_above(Event, Level, _) ->
    is_above(Event, Level).

%% Our own patterns have tags of their own; they are gone with the level that they belong to.
is_above(Event, Level) ->
    case element(3, Event) of
        call -> is_call_above(Event, Level);
        return_from -> is_return_above(elixirscope_tally:kind(Event), Level);
        exception_from -> Level =/= calls andalso Level =/= lines;
        Kind when Kind =:= send; Kind =:= 'receive'; Kind =:= send_to_non_existing_process ->
            Level =:= observe orelse Level =:= flows;
        _ -> false
    end.

%% What a timer's function answers belongs to the timer, and a monitor's reference to the monitor.
is_return_above(Kind, Level) when Kind =:= timer; Kind =:= monitor -> Level =:= observe orelse Level =:= flows;
is_return_above(_, Level) -> Level =/= calls andalso Level =/= lines.

is_call_above({trace_ts, _, call, _, Tagged, _}, Level) when element(1, Tagged) =:= es_state; element(1, Tagged) =:= es_dispatch; element(1, Tagged) =:= es_plug ->
    not lists:member(Level, [state, calls, lines]);
is_call_above({trace_ts, _, call, _, Tagged, _}, Level) when element(1, Tagged) =:= es_timer; element(1, Tagged) =:= es_monitor; element(1, Tagged) =:= es_demonitor ->
    Level =:= observe orelse Level =:= flows;
is_call_above({trace_ts, _, call, _, Tagged, _}, Level) when element(1, Tagged) =/= es_args, is_tuple(Tagged) ->
    case atom_to_list(element(1, Tagged)) of
        "es_" ++ _ -> false;
        _ -> Level =/= calls andalso Level =/= lines
    end;
is_call_above(_, Level) ->
    Level =/= calls andalso Level =/= lines.

%%% So many calls a second of each function. A return goes the way of its call.

limited(_, infinity, Filter) ->
    {keep, Filter};
limited({trace_ts, Pid, call, MFA, {es_args, _, _}, Ts}, Rate, #{rates := Rates, stacks := Stacks} = Filter) ->
    {Left, Since} = maps:get(MFA, Rates, {Rate * 1000000000, Ts}),
    Refilled = min(Rate * 1000000000, Left + max(0, Ts - Since) * Rate),
    Verdict = case Refilled >= 1000000000 of true -> keep; false -> sampled_out end,
    Rest = case Verdict of keep -> Refilled - 1000000000; _ -> Refilled end,
    {Verdict, Filter#{rates := Rates#{MFA => {Rest, max(Ts, Since)}}, stacks := push(Pid, MFA, Verdict, Stacks)}};
limited({trace_ts, Pid, return_from, MFA, _, _}, _, #{stacks := Stacks} = Filter) ->
    {Verdict, Left} = pop(Pid, MFA, Stacks),
    {Verdict, Filter#{stacks := Left}};
limited({trace_ts, Pid, exception_from, MFA, _, _}, _, #{stacks := Stacks} = Filter) ->
    {Verdict, Left} = pop(Pid, MFA, Stacks),
    {Verdict, Filter#{stacks := Left}};
limited({trace_ts, Pid, exit, _, _}, _, #{stacks := Stacks} = Filter) ->
    {keep, Filter#{stacks := maps:remove(Pid, Stacks)}};
limited(_, _, Filter) ->
    {keep, Filter}.

%% Where results are not traced nothing is taken off again: what is deep down is forgotten.
push(Pid, MFA, Verdict, Stacks) ->
    Calls = maps:get(Pid, Stacks, #{}),
    Stacks#{Pid => Calls#{MFA => lists:sublist([Verdict | maps:get(MFA, Calls, [])], 1000)}}.

pop(Pid, MFA, Stacks) ->
    case Stacks of
        #{Pid := #{MFA := [Verdict]} = Calls} when map_size(Calls) =:= 1 -> {Verdict, maps:remove(Pid, Stacks)};
        #{Pid := #{MFA := [Verdict]} = Calls} -> {Verdict, Stacks#{Pid := maps:remove(MFA, Calls)}};
        #{Pid := #{MFA := [Verdict | Rest]} = Calls} -> {Verdict, Stacks#{Pid := Calls#{MFA := Rest}}};
        %% Called before we looked, or while events were dropped.
        #{} -> {keep, Stacks}
    end.

%%% While counting

%% As `elixirscope_tally:mailbox/1`, with those apart that are not in the sample.
-spec mailbox(pos_integer(), filter()) -> {elixirscope_tracer:tally(), elixirscope_tracer:tally(), none | {some, term()}}.
mailbox(Left, #{sample := Sample, flow := Flow}) ->
    {Events, Control} = receive
                            Event when element(1, Event) =:= trace_ts -> take(Left - 1, [Event], Flow);
                            Event when element(1, Event) =:= seq_trace -> hop(Event, Left - 1, [], Flow);
                            First -> {[], {some, First}}
                        end,
    {Counted, Apart} = lists:partition(fun(Event) -> is_sampled(Event, Sample) end, Events),
    {elixirscope_tally:events(Counted), elixirscope_tally:events(Apart), Control}.

take(0, Events, _) ->
    {Events, none};
take(Left, Events, Flow) ->
    receive
        Event when element(1, Event) =:= trace_ts -> take(Left - 1, [Event | Events], Flow);
        Event when element(1, Event) =:= seq_trace -> hop(Event, Left - 1, Events, Flow);
        Control -> {Events, {some, Control}}
    after 5 ->
        {Events, none}
    end.

hop(Event, Left, Events, Flow) ->
    case elixirscope_flow:wanted(Event, Flow) of
        false -> take(Left, Events, Flow);
        Hop -> take(Left, [Hop | Events], Flow)
    end.
