defmodule Hello.Worker do
  @moduledoc """
  Does what a click on "increment" asks for: adds one to the counter, notes it in the audit log and
  tells the displays.
  """
  use GenServer

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Increments the counter and announces the new count; returns it."
  @spec increment() :: pos_integer()
  def increment, do: GenServer.call(__MODULE__, :increment)

  @impl true
  def init(_arg), do: {:ok, %{done: 0}}

  @impl true
  def handle_call(:increment, {caller, _tag}, state) do
    count = Hello.Counter.increment()
    Hello.Audit.note({:increment, caller, count})
    Hello.PubSub.broadcast(topic(), {:count, count})
    {:reply, count, %{state | done: state.done + 1}}
  end

  # The bug, while it is switched on: a transposed pair of letters, and no error anywhere.
  defp topic, do: if(Hello.Bug.on?(), do: "counter:udpates", else: "counter:updates")
end
