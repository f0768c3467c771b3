# Nobody waits for the tasks, and what they come to is thrown away with everything else.

defmodule Postbox.Clerk do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, %{weighed: 0, grams: 0}, name: __MODULE__)

  @impl true
  def init(state) do
    :timer.send_interval(200, :letter)
    {:ok, state}
  end

  @impl true
  def handle_info(:letter, state) do
    Task.async(fn -> 20 end)
    {:noreply, state}
  end

  def handle_info({:weight, grams}, state) do
    {:noreply, %{state | weighed: state.weighed + 1, grams: state.grams + grams}}
  end

  def handle_info(_, state), do: {:noreply, state}
end
