# A refresh sets a timer beside the one that runs already.

defmodule Ticker.Poller do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def refresh, do: GenServer.cast(__MODULE__, :refresh)

  @impl true
  def init(_), do: {:ok, schedule()}

  @impl true
  def handle_cast(:refresh, _), do: {:noreply, schedule()}

  @impl true
  def handle_info(:poll, _), do: {:noreply, schedule()}

  defp schedule, do: Process.send_after(self(), :poll, 150)
end
