defmodule ElixirScope.TimeTravel do
  @moduledoc """
  The node as it was, and steps from event to event.

  Places in time are `t` (nanoseconds since the recording's origin, as every row has it), or a `DateTime`; steps go from an event's id.

      iex> {:ok, snapshot} = ElixirScope.TimeTravel.snapshot_at(DateTime.utc_now())
      iex> is_list(snapshot.rows)
      true
  """
  alias ElixirScope.{Door, ProcessObserver}

  @type place :: integer() | DateTime.t()

  @doc "Every process that was alive at an instant: name, parent, links, state, mailbox. Options: `:process`, `:search`, `:limit`, `:tree`."
  @spec snapshot_at(place(), keyword()) :: Door.answer()
  def snapshot_at(at, options \\ []), do: Door.ask(:snapshot_at, [t: at] ++ options)

  @doc """
  The event after one. Options: `:by` (`:event`, `:process`, `:flow`, `:callback`), `:process`, `:flow`.
  """
  @spec step_forward(non_neg_integer(), keyword()) :: Door.answer()
  def step_forward(id, options \\ []), do: step(id, :forward, options)

  @doc "The event before one. Options as of `step_forward/2`."
  @spec step_backward(non_neg_integer(), keyword()) :: Door.answer()
  def step_backward(id, options \\ []), do: step(id, :backward, options)

  defp step(id, direction, options) do
    by =
      cond do
        options[:process] -> :process
        options[:flow] -> :flow
        true -> :event
      end

    Door.ask(:step, [cursor: id, direction: direction] ++ Keyword.put_new(options, :by, by))
  end

  @doc """
  The event where a condition on a state or a message becomes true.

      ElixirScope.TimeTravel.until(id, :backward, process: MyApp.Counter, state: "state.count == 5")
  """
  @spec until(non_neg_integer(), :forward | :backward, keyword()) :: Door.answer()
  def until(id, direction, condition),
    do: Door.ask(:until, [cursor: id, direction: direction] ++ condition)

  @doc """
  When a value of a state changed last, and what led to it.

      ElixirScope.TimeTravel.last_change(MyApp.Counter, "state.count")
  """
  @spec last_change(ProcessObserver.process(), String.t(), keyword()) :: Door.answer()
  def last_change(process, path, options \\ []),
    do: Door.ask(:last_change, [process: process, path: path] ++ options)
end
