defmodule ElixirScope.TraceDB do
  @moduledoc """
  What was recorded: events, terms and states.

      iex> {:ok, events} = ElixirScope.TraceDB.query_events(kinds: [:spawned], limit: 2)
      iex> Enum.map(events, & &1.kind)
      ["spawned", "spawned"]
  """
  alias ElixirScope.{Door, ProcessObserver}

  @doc """
  Events, filtered by every column and into their terms, the newest first.

  Options: `:kinds`, `:process`, `:peer`, `:mfa`, `:from`, `:to` (a `DateTime` or `t`), `:match` (a pattern as text, `"{:add, n} when n > 3"`), `:text`,
  `:flow`, `:order` (`:oldest_first`, `:newest_first`), `:limit` (default 100).
  """
  @spec query_events(keyword()) :: {:ok, [map()]} | {:error, ElixirScope.Error.t()}
  def query_events(filter \\ []) do
    filter = filter |> Keyword.put_new(:order, :newest_first) |> Keyword.put_new(:limit, 100)
    with {:ok, %{rows: rows}} <- Door.ask(:events, filter), do: {:ok, rows}
  end

  @doc """
  The states of a process, oldest first, each as a term in `:state`, with what led to it in `:cause` and `:callback`.

  A state of which parts were too large to be recorded, or whose secrets were taken out, has them marked in its place.

      iex> {:ok, pid} = ElixirScope.Demo.start_link(0)
      iex> :ok = ElixirScope.StateRecorder.trace_genserver(pid)
      iex> ElixirScope.Demo.increment(pid)
      1
      iex> {:ok, history} = ElixirScope.TraceDB.get_state_history(pid)
      iex> List.last(history).state
      %{count: 1}
  """
  @spec get_state_history(ProcessObserver.process(), keyword()) ::
          {:ok, [map()]} | {:error, ElixirScope.Error.t()}
  def get_state_history(process, options \\ []) do
    with {:ok, %{rows: rows}} <- Door.ask(:states, [process: process] ++ options),
         {:ok, terms} <- terms(Enum.map(rows, & &1.id)) do
      {:ok, Enum.zip_with(rows, terms, fn row, term -> %{row | state: term} end)}
    end
  end

  @doc "The terms of events (messages, states, arguments …), `nil` for one that has none."
  @spec terms([pos_integer()]) :: {:ok, [term()]} | {:error, ElixirScope.Error.t()}
  def terms([]), do: {:ok, []}
  def terms(ids), do: Door.ask_with_terms(:terms, [ids])

  @doc "Read-only SQL. Answers rows as lists and the names of their columns."
  @spec sql(String.t(), keyword()) :: Door.answer()
  def sql(sql, options \\ []), do: Door.ask(:query, [sql: sql] ++ options)
end
