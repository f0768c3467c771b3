defmodule ElixirScope do
  @moduledoc """
  ElixirScope from IEx and from code.

  ElixirScope itself is a program of its own that observes this node from outside; nothing here traces. This library finds
  it (or starts it), asks it, and gives its answers as Elixir terms.

      iex> {:ok, %{node: node}} = ElixirScope.setup()
      iex> node == node()
      true

      iex> ElixirScope.trace_module(ElixirScope.Demo)
      :ok
      iex> ElixirScope.Demo.double(21)
      42

  What was recorded is asked for with `ElixirScope.TraceDB`, `ElixirScope.QueryEngine` and `ElixirScope.TimeTravel`.
  """

  alias ElixirScope.{Door, Error, Launcher, Tracing}

  @type session :: %{node: node(), level: String.t(), url: String.t() | nil}

  @doc """
  Finds the ElixirScope that observes this node, or starts one.

  Prints where its UI is, where it was started from here, and answers the session.

  Options:

    * `:level` - `:observe` (default), `:flows`, `:messages`, `:state`, `:calls`: how much is recorded;
    * `:trace` - call patterns, `["MyApp.Cart.*"]`;
    * `:command` - the program and its first arguments, where it is not `elixirscope` of the path: a string or a list. Also
      `config :elixirscope, command: …` or the environment variable `ELIXIRSCOPE_COMMAND`;
    * `:out` - a file to keep the recording in;
    * `:cluster` - with `true` also the nodes that this one is connected to, now and whenever one comes;
    * `:name` - what this node is to be called where it is not distributed yet, default `elixir_<os pid>@127.0.0.1`;
    * `:quiet` - prints nothing.

  A node that is not distributed becomes so, listening on loopback only, with a random cookie.
  Modules that `use ElixirScope.StateRecorder` have their states recorded from here on.
  """
  @spec setup(keyword()) :: {:ok, session()} | {:error, Error.t()}
  def setup(options \\ []) do
    with {:ok, url} <- found_or_started(options),
         :ok <- Tracing.apply_options(options),
         :ok <- ElixirScope.StateRecorder.record_marked(),
         {:ok, session} <- status(url) do
      unless options[:quiet], do: say(session)
      {:ok, session}
    end
  end

  defp found_or_started(options) do
    case Door.nodes() do
      [_ | _] -> {:ok, Launcher.url()}
      [] -> with :ok <- ElixirScope.Distribution.ensure(options), do: start(options)
    end
  end

  defp start(options) do
    out = if options[:out], do: ["--out", to_string(options[:out])], else: []
    cluster = if options[:cluster], do: ["--cluster"], else: []

    with {:ok, command} <- command(options),
         {:ok, %{url: url}} <-
           Launcher.launch(
             command,
             ["attach", Atom.to_string(node()), "--json", "--no-open"] ++ cluster ++ out
           ),
         do: {:ok, url}
  end

  defp command(options) do
    given =
      options[:command] || Application.get_env(:elixirscope, :command) ||
        System.get_env("ELIXIRSCOPE_COMMAND") || "elixirscope"

    [program | arguments] = if is_list(given), do: given, else: OptionParser.split(given)

    case System.find_executable(program) do
      nil ->
        {:error,
         Error.new(
           "SETUP_NO_COMMAND",
           "There is no program #{program} here. Install it (npm install -g elixirscope), or say where it is: " <>
             "ElixirScope.setup(command: \"npx elixirscope\"), or ELIXIRSCOPE_COMMAND."
         )}

      path ->
        {:ok, [path | arguments]}
    end
  end

  defp status(url) do
    with {:ok, status} <- Door.ask(:status) do
      level =
        Enum.find_value(status.nodes, "observe", &(&1.name == Atom.to_string(node()) && &1.level))

      {:ok, %{node: node(), level: level, url: url}}
    end
  end

  defp say(%{url: nil, level: level}),
    do:
      IO.puts(
        "ElixirScope observes #{node()} (level #{level}). Its UI: elixirscope shows the address where it runs."
      )

  defp say(%{url: url, level: level}),
    do: IO.puts("ElixirScope observes #{node()} (level #{level}): #{url}")

  @doc """
  Records the calls of a module's functions, private ones included, beside what is recorded already.

      iex> ElixirScope.trace_module(ElixirScope.Demo)
      :ok
  """
  @spec trace_module(module()) :: :ok | {:error, Error.t()}
  def trace_module(module) when is_atom(module),
    do: Tracing.add_patterns(["#{inspect(module)}.*"])

  @doc """
  Ends the observation: everything of ElixirScope is taken out of this node, and what `setup/1` started ends.

  Answers once it is gone.
  """
  @spec stop() :: :ok | {:error, Error.t()}
  def stop do
    nodes = Door.nodes()
    :ok = :net_kernel.monitor_nodes(true, node_type: :hidden)
    for node <- nodes, do: Door.ask_node(node, :detach, [])
    left = Enum.reject(nodes, &gone?/1)
    :net_kernel.monitor_nodes(false, node_type: :hidden)
    Launcher.stop()

    if left == [],
      do: :ok,
      else: {:error, Error.new("STOP_TOO_LATE", "ElixirScope is still connected after 10 s.")}
  end

  defp gone?(node) do
    if node in Door.nodes() do
      receive do
        {:nodedown, ^node, _} -> true
      after
        10_000 -> false
      end
    else
      true
    end
  end

  @doc "What is recorded, of which nodes, and how much was lost."
  @spec status() :: Door.answer()
  def status, do: Door.ask(:status)

  @doc """
  A question in words, answered from the record; each sentence with the events that say so.

      ElixirScope.ask("Why didn't the counter update when I clicked increment?")
  """
  @spec ask(String.t()) :: Door.answer()
  def ask(question) when is_binary(question), do: Door.ask(:ask, question: question)
end
