# Two clerks take things out of the same stock.

defmodule Stock.Shelf do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1_000, name: __MODULE__)

  @impl true
  def init(count), do: {:ok, count}

  @impl true
  def handle_call(:get, _from, count), do: {:reply, count, count}
  def handle_call({:put, count}, _from, _), do: {:reply, :ok, count}
  def handle_call({:take, n}, _from, count), do: {:reply, count - n, count - n}
end

defmodule Stock.Clerk do
  use GenServer

  def child_spec(name), do: %{id: name, start: {__MODULE__, :start_link, [name]}}
  def start_link(name), do: GenServer.start_link(__MODULE__, nil, name: name)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :sell)}

  @impl true
  def handle_info(:sell, state) do
    _ = GenServer.call(Stock.Shelf, {:take, 1})
    {:noreply, state}
  end
end

defmodule Stock.App do
  def start_link do
    children = [Stock.Shelf, {Stock.Clerk, Stock.Ann}, {Stock.Clerk, Stock.Ben}]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
