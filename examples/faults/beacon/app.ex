# A lamp flashes when it has had nothing to do for a while.

defmodule Beacon.Lamp do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(flashes), do: {:ok, flashes, 200}

  @impl true
  def handle_info(:timeout, flashes), do: {:noreply, flashes + 1, 200}
end

defmodule Beacon.App do
  def start_link do
    children = [Beacon.Lamp]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
