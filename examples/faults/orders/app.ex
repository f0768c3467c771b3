# Orders are taken, and an audit is told of each.

defmodule Orders.Audit do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)

  @impl true
  def init(notes), do: {:ok, notes}

  @impl true
  def handle_cast({:note, note}, notes), do: {:noreply, Enum.take([note | notes], 50)}
end

defmodule Orders.Desk do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(100, :order)
    {:ok, number}
  end

  @impl true
  def handle_info(:order, number) do
    GenServer.cast(Orders.Audit, {:note, {:ordered, number}})
    {:noreply, number + 1}
  end
end

defmodule Orders.App do
  def start_link do
    children = [Orders.Audit, Orders.Desk]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
