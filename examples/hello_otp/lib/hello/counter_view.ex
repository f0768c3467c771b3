defmodule Hello.CounterView do
  @moduledoc "Displays the count: knows of it only what is broadcast on \"counter:updates\"."
  use GenServer

  @topic "counter:updates"

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "The count on display."
  @spec displayed() :: non_neg_integer()
  def displayed, do: GenServer.call(__MODULE__, :displayed)

  @impl true
  def init(_arg) do
    :ok = Hello.PubSub.subscribe(@topic)
    {:ok, %{displayed: Hello.Counter.get(), updates: 0}}
  end

  @impl true
  def handle_call(:displayed, _from, state), do: {:reply, state.displayed, state}

  @impl true
  def handle_info({:count, count}, state) do
    {:noreply, %{state | displayed: count, updates: state.updates + 1}}
  end
end
