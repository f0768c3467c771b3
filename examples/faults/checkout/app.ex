# A till asks the cart for its sum, the cart asks for each price.

defmodule Checkout.Prices do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def price(item), do: GenServer.call(__MODULE__, {:price, item})

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_call({:price, item}, _from, state), do: {:reply, byte_size(item) * 10, state}
end

defmodule Checkout.Cart do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, ["pear", "plum"], name: __MODULE__)
  def sum, do: GenServer.call(__MODULE__, :sum, 700)

  @impl true
  def init(items), do: {:ok, items}

  @impl true
  def handle_call(:sum, _from, items) do
    {:reply, items |> Enum.map(&Checkout.Prices.price/1) |> Enum.sum(), items}
  end
end

defmodule Checkout.Till do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(paid), do: {:ok, paid, {:continue, :next}}

  @impl true
  def handle_continue(:next, paid) do
    Process.send_after(self(), :customer, 150)
    {:noreply, paid}
  end

  @impl true
  def handle_info(:customer, paid), do: {:noreply, paid + Checkout.Cart.sum(), {:continue, :next}}
end

defmodule Checkout.App do
  def start_link do
    children = [Checkout.Prices, Checkout.Cart, Checkout.Till]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
