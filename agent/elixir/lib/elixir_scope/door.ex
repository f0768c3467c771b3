defmodule ElixirScope.Door do
  @moduledoc """
  The way to the ElixirScope that observes this node.

  ElixirScope is a hidden node of its own that is connected to this one; it answers calls to its registered name
  `:elixirscope`. All other modules ask through here. Every question of ElixirScope can be asked by its name, with its
  input as a keyword list (`elixirscope query --list` names them):

      iex> {:ok, %{rows: rows}} = ElixirScope.Door.ask(:events, kinds: [:spawned], limit: 5)
      iex> length(rows) <= 5
      true
  """

  alias ElixirScope.Error

  @timeout 60_000
  @name :elixirscope

  @type input :: keyword() | map()
  @type answer :: {:ok, term()} | {:error, Error.t()}

  @doc "Nodes of ElixirScope that are connected to this one."
  @spec nodes() :: [node()]
  def nodes do
    for node <- Node.list(:hidden),
        String.starts_with?(Atom.to_string(node), "elixirscope_"),
        do: node
  end

  @doc "The ElixirScope that observes this node."
  @spec find() :: {:ok, node()} | {:error, Error.t()}
  def find do
    case nodes() do
      [] -> {:error, none()}
      [node | _] -> {:ok, node}
    end
  end

  @doc """
  Asks a question by its name. The answer is made of maps with atoms for keys, lists, strings and numbers.

  Instants are `t`: nanoseconds since the recording's origin, as every row has them, or a `DateTime`.
  """
  @spec ask(atom(), input()) :: answer()
  def ask(question, input \\ []) do
    with {:ok, node} <- find(), do: ask_node(node, question, input)
  end

  @doc "As `ask/2`; raises `ElixirScope.Error`."
  @spec ask!(atom(), input()) :: term()
  def ask!(question, input \\ []) do
    case ask(question, input) do
      {:ok, answer} -> answer
      {:error, error} -> raise error
    end
  end

  @doc false
  @spec ask_node(node(), atom(), input()) :: answer()
  def ask_node(node, question, input) do
    with {:ok, input} <- with_instants(node, Map.new(input)) do
      node |> call({question, plain(input)}) |> answer()
    end
  end

  @doc false
  # Questions about terms themselves, which go as they are.
  @spec ask_with_terms(atom(), [term()]) :: answer()
  def ask_with_terms(question, terms) do
    with {:ok, node} <- find(), do: node |> call(List.to_tuple([question | terms])) |> answer()
  end

  defp answer({:ok, answer}), do: {:ok, answer}
  defp answer({:error, %Error{} = error}), do: {:error, error}
  defp answer({:error, {code, message}}), do: {:error, Error.new(Atom.to_string(code), message)}

  defp call(node, request) do
    GenServer.call({@name, node}, request, @timeout)
  catch
    :exit, {:timeout, _} ->
      {:error,
       Error.new(
         "DOOR_TIMEOUT",
         "ElixirScope has not answered for #{div(@timeout, 1_000)} s. Ask for less, or see whether it is busy."
       )}

    :exit, _ ->
      {:error,
       Error.new(
         "DOOR_LOST",
         "The connection to ElixirScope was lost while it was asked. Attach it again: ElixirScope.setup()."
       )}
  end

  # Clock times become what the recording counts in; asked for only where there is one.
  defp with_instants(node, input) do
    if Enum.any?(input, fn {_, value} -> is_struct(value, DateTime) end) do
      with {:ok, status} <- node |> call({:status, %{}}) |> answer() do
        {:ok, Map.new(input, fn {key, value} -> {key, instant(value, status.started_at)} end)}
      end
    else
      {:ok, input}
    end
  end

  defp instant(%DateTime{} = at, started_at) do
    {:ok, origin, _} = DateTime.from_iso8601(started_at)
    DateTime.diff(at, origin, :nanosecond)
  end

  defp instant(other, _), do: other

  defp none do
    Error.new(
      "DOOR_NOBODY",
      if Node.alive?() do
        "No ElixirScope observes this node. Start one: ElixirScope.setup(), or elixirscope attach #{node()} in a shell."
      else
        "No ElixirScope observes this node. Start one: ElixirScope.setup(), or start the node with elixirscope run -- COMMAND."
      end
    )
  end

  # Only what ElixirScope takes as input goes there: text for whatever names a process or a module.
  defp plain(value) when is_pid(value), do: inspect(value)
  defp plain(value) when is_boolean(value) or is_nil(value), do: value
  defp plain(value) when is_atom(value), do: name(value)

  defp plain(value) when is_struct(value),
    do: raise(ArgumentError, "#{inspect(value)} is no input of a question")

  defp plain(value) when is_map(value) do
    for {key, item} <- value, item != nil, into: %{}, do: {key, plain(item)}
  end

  defp plain([{key, _} | _] = value) when is_atom(key), do: value |> Map.new() |> plain()
  defp plain(value) when is_list(value), do: Enum.map(value, &plain/1)
  defp plain(value), do: value

  @doc false
  # Modules as people write them, other names as they print: `Shop.Cart`, `:shop`.
  def name(atom) do
    case Atom.to_string(atom) do
      "Elixir." <> module -> module
      other -> other
    end
  end
end
