defmodule ElixirScope.Demo do
  @moduledoc """
  A process to try ElixirScope on: the examples in these pages use it.

      iex> {:ok, pid} = ElixirScope.Demo.start_link(0)
      iex> ElixirScope.Demo.increment(pid)
      1
  """
  use GenServer

  @doc "Starts a counter."
  @spec start_link(integer()) :: GenServer.on_start()
  def start_link(count), do: GenServer.start_link(__MODULE__, count)

  @doc "Adds one, and answers what it came to."
  @spec increment(GenServer.server()) :: integer()
  def increment(counter), do: GenServer.call(counter, :increment)

  @doc "Twice a number."
  @spec double(number()) :: number()
  def double(number), do: twice(number)

  defp twice(number), do: number * 2

  @impl true
  def init(count), do: {:ok, %{count: count}}

  @impl true
  def handle_call(:increment, _from, %{count: count} = state),
    do: {:reply, count + 1, %{state | count: count + 1}}
end
