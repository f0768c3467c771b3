# Asks for a price at intervals; whoever is interested can ask for a fresh one at once.

defmodule Ticker.Poller do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def refresh, do: GenServer.cast(__MODULE__, :refresh)

  @impl true
  def init(_), do: {:ok, schedule(nil)}

  @impl true
  def handle_cast(:refresh, timer), do: {:noreply, schedule(timer)}

  @impl true
  def handle_info(:poll, timer), do: {:noreply, schedule(timer)}

  defp schedule(timer) do
    if timer, do: Process.cancel_timer(timer)
    Process.send_after(self(), :poll, 150)
  end
end

defmodule Ticker.Reader do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(200, :read)}

  @impl true
  def handle_info(:read, state) do
    Ticker.Poller.refresh()
    {:noreply, state}
  end
end

defmodule Ticker.App do
  def start_link do
    children = [Ticker.Poller, Ticker.Reader]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
