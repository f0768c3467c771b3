defmodule ElixirScope.Launcher do
  @moduledoc false
  # Starts ElixirScope's command for this node and ends it with the node: the command's standard input is a pipe of
  # this process, and a shell waits for its end. What it prints as its first line says where its UI is.
  use GenServer

  alias ElixirScope.Error

  @wrapper ~S"""
  exec 3<&0
  "$@" </dev/null &
  pid=$!
  { while read -r _; do :; done; kill -TERM "$pid"; } <&3 2>/dev/null &
  watcher=$!
  wait "$pid"
  status=$?
  kill "$watcher" 2>/dev/null
  exit "$status"
  """
  @ready_ms 30_000

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Runs `command` with `arguments`, and waits until it is attached."
  @spec launch([String.t()], [String.t()]) :: {:ok, %{url: String.t()}} | {:error, Error.t()}
  def launch(command, arguments),
    do: GenServer.call(__MODULE__, {:launch, command, arguments}, @ready_ms + 5_000)

  @doc "Ends what `launch/2` started, in order; `:ok` where nothing was."
  @spec stop() :: :ok
  def stop, do: GenServer.call(__MODULE__, :stop, @ready_ms)

  @doc "The address of the UI of what `launch/2` started."
  @spec url() :: String.t() | nil
  def url, do: GenServer.call(__MODULE__, :url)

  @impl true
  def init(_), do: {:ok, idle()}

  defp idle, do: %{port: nil, url: nil, said: [], asked: nil, timer: nil, stopping: nil}

  @impl true
  def handle_call({:launch, _, _}, _from, %{port: port, url: url} = state)
      when port != nil and url != nil,
      do: {:reply, {:ok, %{url: url}}, state}

  def handle_call({:launch, _, _}, _from, %{port: port} = state) when port != nil,
    do:
      {:reply, {:error, Error.new("SETUP_BUSY", "ElixirScope is being started already.")}, state}

  def handle_call({:launch, command, arguments}, from, _state) do
    timer = Process.send_after(self(), :too_late, @ready_ms)
    {:noreply, %{idle() | port: open(command ++ arguments), asked: from, timer: timer}}
  end

  def handle_call(:url, _from, state), do: {:reply, state.url, state}
  def handle_call(:stop, _from, %{port: nil} = state), do: {:reply, :ok, state}

  def handle_call(:stop, from, state) do
    # Closing the pipe is what asks it to end; its own end is told by the monitor of the pid that the shell waits for.
    Port.close(state.port)
    GenServer.reply(from, :ok)
    {:noreply, idle()}
  end

  @impl true
  def handle_info({port, {:data, {_, line}}}, %{port: port, url: nil} = state) do
    case Regex.run(~r/"url":"([^"]+)"/, line) do
      [_, url] ->
        answer(state, {:ok, %{url: url}})
        {:noreply, %{state | url: url, asked: nil, said: []}}

      nil ->
        {:noreply, %{state | said: Enum.take([line | state.said], 20)}}
    end
  end

  def handle_info({port, {:data, _}}, %{port: port} = state), do: {:noreply, state}

  def handle_info({port, {:exit_status, status}}, %{port: port} = state) do
    answer(state, {:error, failed(status, state.said)})
    {:noreply, idle()}
  end

  def handle_info(:too_late, %{asked: nil} = state), do: {:noreply, state}

  def handle_info(:too_late, state) do
    Port.close(state.port)

    answer(
      state,
      {:error,
       Error.new(
         "SETUP_TOO_LATE",
         "ElixirScope has not attached within #{div(@ready_ms, 1_000)} s.#{said(state.said)}"
       )}
    )

    {:noreply, idle()}
  end

  def handle_info(_, state), do: {:noreply, state}

  defp answer(%{asked: nil}, _), do: :ok

  defp answer(%{asked: from, timer: timer}, answer) do
    Process.cancel_timer(timer)
    GenServer.reply(from, answer)
  end

  # The cookie goes by environment: an argv can be read by everybody on the machine.
  defp open(argv) do
    Port.open({:spawn_executable, System.find_executable("sh")}, [
      :binary,
      :exit_status,
      :stderr_to_stdout,
      line: 65_536,
      args: ["-c", @wrapper, "elixirscope" | argv],
      env: [{~c"ELIXIRSCOPE_COOKIE", ~c"#{Node.get_cookie()}"}]
    ])
  end

  defp failed(status, said),
    do:
      Error.new(
        "SETUP_FAILED",
        "ElixirScope ended with #{status} before it was attached.#{said(said)}"
      )

  defp said([]), do: ""

  defp said(lines),
    do: " It said: " <> (lines |> Enum.reverse() |> Enum.join(" ") |> String.slice(0, 1_000))
end
