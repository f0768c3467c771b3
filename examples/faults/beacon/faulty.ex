# "As soon as possible" is at once, again and again.

defmodule Beacon.Lamp do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(flashes), do: {:ok, flashes, 200}

  @impl true
  def handle_info(:timeout, flashes), do: {:noreply, flashes + 1, 0}
end
