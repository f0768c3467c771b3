defmodule Hello.Counter do
  @moduledoc "Holds the count."
  use GenServer

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Adds one; returns the new count."
  @spec increment() :: pos_integer()
  def increment, do: GenServer.call(__MODULE__, :increment)

  @doc "The count."
  @spec get() :: non_neg_integer()
  def get, do: GenServer.call(__MODULE__, :get)

  @impl true
  def init(_arg), do: {:ok, %{count: 0}}

  @impl true
  def handle_call(:increment, _from, state) do
    state = %{state | count: state.count + 1}
    {:reply, state.count, state}
  end

  def handle_call(:get, _from, state), do: {:reply, state.count, state}
end
