# The clerk has numbers where the registry has texts.

defmodule Depot.Clerk do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(put) do
    :timer.send_interval(400, :box)
    {:ok, put}
  end

  @impl true
  def handle_info(:box, put) do
    GenServer.call({:via, Registry, {Depot.Shelves, rem(put, 3) + 1}}, :put)
    {:noreply, put + 1}
  end
end
