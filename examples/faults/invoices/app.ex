# An invoice is the sum of the prices of its items.

defmodule Invoices.Prices do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def price(item), do: GenServer.call(__MODULE__, {:price, item})
  def prices(items), do: GenServer.call(__MODULE__, {:prices, items})

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_call({:price, item}, _from, state) do
    look_up()
    {:reply, item, state}
  end

  def handle_call({:prices, items}, _from, state) do
    look_up()
    {:reply, items, state}
  end

  defp look_up, do: Process.sleep(10)
end

defmodule Invoices.Writer do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(sum) do
    send(self(), :write)
    {:ok, sum}
  end

  @impl true
  def handle_info(:write, _) do
    Process.send_after(self(), :write, 300)
    {:noreply, 1..80 |> Enum.to_list() |> Invoices.Prices.prices() |> Enum.sum()}
  end
end

defmodule Invoices.App do
  def start_link do
    children = [Invoices.Prices, Invoices.Writer]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
