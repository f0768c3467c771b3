defmodule Hello.Counters.Worker do
  @moduledoc """
  Works in the background: holds the count, notes each increment in the audit log and tells the pages.
  """
  use GenServer

  alias Hello.Counters.Audit

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Adds `step` to the counter and announces the new count; returns it."
  @spec increment(pos_integer()) :: pos_integer()
  def increment(step), do: GenServer.call(__MODULE__, {:increment, step})

  @doc "The count."
  @spec count() :: non_neg_integer()
  def count, do: GenServer.call(__MODULE__, :count)

  @impl true
  def init(_arg), do: {:ok, %{count: 0}}

  @impl true
  def handle_call({:increment, step}, {caller, _tag}, state) do
    count = state.count + step
    Audit.note({:increment, caller, count})
    Phoenix.PubSub.broadcast(Hello.PubSub, topic(), {:count, count})
    {:reply, count, %{state | count: count}}
  end

  def handle_call(:count, _from, state), do: {:reply, state.count, state}

  # The bug, while it is switched on: a transposed pair of letters, and no error anywhere.
  defp topic, do: if(Hello.Bug.on?(), do: "counter:udpates", else: "counter:updates")
end
