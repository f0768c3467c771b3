defmodule ElixirScopeTest do
  use ExUnit.Case

  alias ElixirScope.{
    Analyzer,
    CodeTracer,
    Demo,
    Door,
    Error,
    MessageInterceptor,
    PhoenixTracker,
    ProcessObserver
  }

  alias ElixirScope.{QueryEngine, StateRecorder, TimeTravel, TraceDB}

  doctest ElixirScope
  doctest ElixirScope.AIIntegration
  doctest ElixirScope.Analyzer
  doctest ElixirScope.CodeTracer
  doctest ElixirScope.Demo
  doctest ElixirScope.Door
  doctest ElixirScope.MessageInterceptor
  doctest ElixirScope.ProcessObserver
  doctest ElixirScope.StateRecorder
  doctest ElixirScope.TimeTravel
  doctest ElixirScope.TraceDB

  defmodule Marked do
    use GenServer
    use ElixirScope.StateRecorder

    @impl true
    def init(state), do: {:ok, state}

    @impl true
    def handle_cast({:put, key, value}, state), do: {:noreply, Map.put(state, key, value)}
  end

  setup_all do
    :ok = StateRecorder.trace_genserver(Demo)
    :ok = CodeTracer.trace_module(Demo)
  end

  # What was done before a question is in the record when it is answered: nothing here waits.
  defp counted(times) do
    {:ok, pid} = Demo.start_link(0)
    for _ <- 1..times, do: Demo.increment(pid)
    {:ok, history} = TraceDB.get_state_history(pid)
    {pid, history}
  end

  test "a session knows its node, and setup finds what runs" do
    session = Application.fetch_env!(:elixirscope, :session)
    assert session.node == node()
    # Where it was started from here its address is known.
    if System.get_env("ELIXIRSCOPE_COMMAND"),
      do: assert(session.url =~ ~r"^http://127\.0\.0\.1:\d+/#token=")

    assert {:ok, %{url: url}} = ElixirScope.setup(quiet: true)
    assert url == session.url
    assert [_] = Door.nodes()

    assert ExUnit.CaptureIO.capture_io(fn -> ElixirScope.setup() end) =~
             (session.url || "elixirscope")
  end

  test "states are terms, each with what led to it" do
    {pid, history} = counted(3)

    assert [%{count: 1}, %{count: 2}, %{count: 3}] =
             history |> Enum.map(& &1.state) |> Enum.take(-3)

    last = List.last(history)
    assert last.callback == "ElixirScope.Demo.handle_call/3"
    assert last.duration_ns > 0
    assert {:ok, timeline} = QueryEngine.state_timeline(pid)
    assert [%{path: ".count", before: "2", after: "3"}] = List.last(timeline).diff.changes

    assert {:ok, %{before: "2", after: "3", state: %{id: id}}} =
             TimeTravel.last_change(pid, "state.count")

    assert id == last.id
  end

  test "terms of messages come as they were sent, pids and refs included" do
    :ok = MessageInterceptor.start()
    {:ok, pid} = Demo.start_link(5)
    me = self()
    token = make_ref()
    send(pid, {:note, me, token, %{"a" => [1, 2.5, :b]}})

    assert {:ok, [event]} =
             TraceDB.query_events(
               kinds: [:send],
               process: me,
               peer: pid,
               match: "{:note, _, _, _}"
             )

    assert {:ok, [{:note, ^me, ^token, %{"a" => [1, 2.5, :b]}}]} = TraceDB.terms([event.id])
    assert {:ok, %{}} = MessageInterceptor.message(event.id)
    assert {:ok, flow} = QueryEngine.message_flow(me, pid)
    assert Enum.any?(flow, &(&1.id == event.id))
    assert {:ok, %{rows: [_ | _]}} = MessageInterceptor.of(pid)
  end

  test "calls of a module are executions, with private functions" do
    assert Demo.double(21) == 42

    assert {:ok, %{rows: rows}} = CodeTracer.executions(mfa: "ElixirScope.Demo.*", limit: 1_000)

    assert %{args: %{text: "[21]"}, result: %{text: "42"}} =
             Enum.find(rows, &(&1.mfa == "ElixirScope.Demo.double/1"))

    assert Enum.any?(rows, &(&1.mfa == "ElixirScope.Demo.twice/1"))
    assert {:ok, _} = CodeTracer.call_graph()
  end

  test "time travel: a snapshot, steps, and where a state was first so" do
    {pid, history} = counted(3)
    [second] = Enum.filter(history, &(&1.state == %{count: 2}))
    assert {:ok, %{rows: [row]}} = TimeTravel.snapshot_at(second.t, process: pid)
    assert row.state.term.text == "%{count: 2}"
    assert {:ok, forward} = TimeTravel.step_forward(second.id, process: pid)
    assert {:ok, back} = TimeTravel.step_backward(forward.event.id, process: pid)
    assert back.event.id == second.id
    assert {:ok, found} = TimeTravel.until(0, :forward, process: pid, state: "state.count == 2")
    assert found.event.id == second.id
    assert {:ok, %{rows: [_ | _]}} = TimeTravel.snapshot_at(DateTime.utc_now())
  end

  test "what differs between recorded states, and between terms" do
    {pid, history} = counted(2)
    [one, two] = Enum.take(history, -2)

    assert {:ok, %{diff: %{changes: [%{path: ".count", before: "1", after: "2"}]}}} =
             Analyzer.compare_recorded([process: pid, cursor: one.id],
               process: pid,
               cursor: two.id
             )

    assert {:ok, %{changes: []}} = Analyzer.compare_states([a: 1], a: 1)

    assert {:ok, %{changes: [%{path: "[:a].b"}]}} =
             Analyzer.compare_states([a: %{b: 1}], a: %{b: {:x}})

    assert {:ok, %{rows: _}} = Analyzer.learn_patterns(pid)
    assert {:ok, %{rows: _}} = Analyzer.detect_anomalies(pid)
    assert {:ok, %{rows: _}} = Analyzer.diagnose(process: pid)
  end

  @tag :capture_log
  test "processes, their tree and their ends" do
    Process.flag(:trap_exit, true)
    {:ok, pid} = Demo.start_link(:not_a_number)
    catch_exit(Demo.increment(pid))

    assert {:ok, crash} = ProcessObserver.crash(pid)
    assert inspect(crash, limit: :infinity) =~ "badarith"

    assert {:ok, %{rows: [_ | _]}} = ProcessObserver.crashes()
    assert {:ok, %{pid: _}} = ProcessObserver.process(ElixirScope.Supervisor) |> process_row()
    assert {:ok, _} = ProcessObserver.tree()
    assert {:ok, _} = ProcessObserver.inventory()
    assert {:ok, _} = ProcessObserver.history(ElixirScope.Supervisor)
  end

  defp process_row({:ok, %{process: row}}), do: {:ok, row}
  defp process_row(other), do: other

  test "modules that say so are recorded from setup on" do
    assert Marked in StateRecorder.marked_modules()
    assert {:ok, _} = ElixirScope.setup(quiet: true)
    {:ok, pid} = GenServer.start_link(Marked, %{})
    GenServer.cast(pid, {:put, :a, 1})

    assert %{a: 1} = :sys.get_state(pid)
    assert {:ok, history} = TraceDB.get_state_history(pid)
    assert List.last(history).state == %{a: 1}
    assert Enum.any?(history, &(&1.callback && &1.callback =~ "Marked.handle_cast/2"))
  end

  test "Phoenix, where there is none: empty answers, no errors" do
    assert :ok = PhoenixTracker.setup_phoenix_tracing()
    assert :ok = PhoenixTracker.setup_phoenix_tracing(endpoint: MyAppWeb.Endpoint)
    assert {:ok, %{rows: []}} = PhoenixTracker.requests()
    assert {:ok, %{rows: []}} = PhoenixTracker.live_views()
    assert {:ok, %{rows: []}} = PhoenixTracker.topics()
    assert {:ok, %{rows: []}} = PhoenixTracker.broadcasts()
    assert {:ok, %{rows: []}} = QueryEngine.phoenix_channel_events("room:lobby")
    assert {:error, %Error{message: message}} = QueryEngine.live_view_updates("phx-nobody")
    assert message =~ "phx-nobody"
  end

  test "questions in words" do
    {pid, _} = counted(2)
    assert {:ok, %{sentences: said, about: about}} = ElixirScope.ask("Is #{inspect(pid)} slow?")
    assert is_list(said) and Enum.map(about.processes, & &1.pid) == [inspect(pid)]
    assert {:ok, text} = ElixirScope.AIIntegration.handle_command("Why is anything slow?")
    assert is_binary(text) and text != ""
  end

  test "SQL that can only look" do
    assert {:ok, %{rows: [[count]]}} = TraceDB.sql("select count(*)::int from events")
    assert count > 0
    assert {:error, %Error{}} = TraceDB.sql("drop table events")
  end

  test "errors say what to do" do
    assert {:error, %Error{code: "QUERY_NO_SUCH_PROCESS", message: message}} =
             ProcessObserver.process("p-999999")

    assert message =~ "p-999999"

    assert {:error, %Error{code: "ENGINE_UNKNOWN_REQUEST"}} =
             Door.ask(:attach, node: "other@127.0.0.1")

    assert {:error, %Error{code: "ENGINE_BAD_INPUT", message: bad}} =
             Door.ask(:events, limit: "many")

    assert bad =~ "limit"

    assert {:error, %Error{code: "NO_SUCH_LEVEL"}} =
             ElixirScope.setup(level: :everything, quiet: true)

    assert_raise Error, fn -> Door.ask!(:process, process: "p-999999") end
    assert_raise ArgumentError, fn -> Door.ask(:events, text: %URI{}) end
  end
end
