defmodule ElixirScope.Analyzer do
  @moduledoc """
  What differs, what is usual, what is not.

      iex> {:ok, diff} = ElixirScope.Analyzer.compare_states(%{count: 1, items: [:a]}, %{count: 2, items: [:a]})
      iex> Enum.map(diff.changes, &{&1.path, &1.before, &1.after})
      [{".count", "1", "2"}]
  """
  alias ElixirScope.{Door, ProcessObserver}

  @doc "What differs between two terms, with the paths to it."
  @spec compare_states(term(), term()) :: Door.answer()
  def compare_states(expected, actual), do: Door.ask_with_terms(:compare, [expected, actual])

  @doc """
  What differs between two recorded states: of a process at two instants, or of two processes.

      ElixirScope.Analyzer.compare_recorded([process: MyApp.Counter, cursor: 120], [process: MyApp.Counter, cursor: 340])
  """
  @spec compare_recorded(keyword(), keyword()) :: Door.answer()
  def compare_recorded(a, b), do: Door.ask(:diff, a: a, b: b)

  @doc """
  How rates, durations, mailboxes, memory and state sizes of a process usually are. Options: `:from`, `:to` …
  """
  @spec learn_patterns(ProcessObserver.process(), keyword()) :: Door.answer()
  def learn_patterns(process, window \\ []), do: Door.ask(:patterns, [process: process] ++ window)

  @doc "Where they were otherwise than before, and what is new. Options: `:learn_from`, `:from`, `:to`."
  @spec detect_anomalies(ProcessObserver.process(), keyword()) :: Door.answer()
  def detect_anomalies(process, options \\ []),
    do: Door.ask(:anomalies, [process: process] ++ options)

  @doc "What went wrong, with evidence. Options: `:process`, `:flow`, `:request`, `:live_view`, `:from`, `:to`."
  @spec diagnose(keyword()) :: Door.answer()
  def diagnose(options \\ []), do: Door.ask(:diagnose, options)
end
