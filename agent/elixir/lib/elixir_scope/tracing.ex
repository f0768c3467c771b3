defmodule ElixirScope.Tracing do
  @moduledoc false
  # What is traced of this node, changed while it runs: what is there stays, what is asked for is added.

  alias ElixirScope.{Door, Error}

  @levels ~w(observe flows messages state calls lines)

  @spec apply_options(keyword()) :: :ok | {:error, Error.t()}
  def apply_options(options) do
    with :ok <- at_least(options[:level] || :observe),
         do: add_patterns(List.wrap(options[:trace]))
  end

  @doc "The level, raised to this one where it is lower."
  @spec at_least(atom() | String.t()) :: :ok | {:error, Error.t()}
  def at_least(level) do
    with {:ok, wanted} <- rank(level),
         do: change(fn now -> if rank!(now.level) < wanted, do: [level: level], else: nil end)
  end

  @spec set_level(atom() | String.t()) :: :ok | {:error, Error.t()}
  def set_level(level), do: with({:ok, _} <- rank(level), do: change(fn _ -> [level: level] end))

  @spec add_patterns([String.t()]) :: :ok | {:error, Error.t()}
  def add_patterns([]), do: :ok

  def add_patterns(patterns),
    do: change(fn now -> [level: now.level, patterns: Enum.uniq(now.patterns ++ patterns)] end)

  @spec add_lines([module()]) :: :ok | {:error, Error.t()}
  def add_lines(modules),
    do:
      change(fn now ->
        [level: now.level, lines: Enum.uniq(now.lines ++ Enum.map(modules, &inspect/1))]
      end)

  @doc "Adds to the scope: processes, modules. Where there is none everybody is traced, and stays so."
  @spec widen(atom(), [String.t()]) :: :ok | {:error, Error.t()}
  def widen(what, names) do
    change(fn now ->
      scope = now.control.scope

      narrowed? =
        Enum.any?([:processes, :apps, :modules, :under], &(Map.get(scope, &1) not in [nil, []]))

      if narrowed?,
        do: [{:level, now.level}, {what, Enum.uniq((Map.get(scope, what) || []) ++ names)}],
        else: nil
    end)
  end

  defp change(fun) do
    with {:ok, status} <- Door.ask(:status) do
      now = Enum.find(status.nodes, &(&1.name == Atom.to_string(node()))) || hd(status.nodes)

      case fun.(now) do
        nil -> :ok
        change -> with {:ok, _} <- Door.ask(:tracing, all_of(now, change)), do: :ok
      end
    end
  end

  # What is not named is what there was.
  defp all_of(now, change) do
    scope = for {key, names} <- now.control.scope, names not in [nil, []], do: {key, names}

    [level: now.level, patterns: now.patterns, flows: now.flows.patterns, lines: now.lines]
    |> Keyword.merge(scope)
    |> Keyword.merge(change)
  end

  defp rank(level) do
    case Enum.find_index(@levels, &(&1 == to_string(level))) do
      nil ->
        {:error,
         Error.new(
           "NO_SUCH_LEVEL",
           "There is no level #{inspect(level)}. There are #{Enum.join(@levels, ", ")}."
         )}

      rank ->
        {:ok, rank}
    end
  end

  defp rank!(level), do: Enum.find_index(@levels, &(&1 == level)) || 0
end
