# Each shelf of a depot is a process, found in a registry by its number; a clerk puts boxes there.

defmodule Depot.Shelf do
  use GenServer

  def start_link(number) do
    name = {:via, Registry, {Depot.Shelves, Integer.to_string(number)}}
    GenServer.start_link(__MODULE__, 0, name: name)
  end

  def child_spec(number), do: %{super(number) | id: {__MODULE__, number}}

  @impl true
  def init(boxes), do: {:ok, boxes}

  @impl true
  def handle_call(:put, _from, boxes), do: {:reply, boxes + 1, boxes + 1}
end

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
    GenServer.call({:via, Registry, {Depot.Shelves, Integer.to_string(rem(put, 3) + 1)}}, :put)
    {:noreply, put + 1}
  end
end

defmodule Depot.App do
  def start_link do
    shelves = for number <- 1..3, do: {Depot.Shelf, number}
    children = [{Registry, keys: :unique, name: Depot.Shelves}] ++ shelves ++ [Depot.Clerk]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
