# Prices are looked up somewhere else, and that takes its time.

defmodule Checkout.Prices do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def price(item), do: GenServer.call(__MODULE__, {:price, item})

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_call({:price, item}, _from, state) do
    Process.sleep(1_500)
    {:reply, byte_size(item) * 10, state}
  end
end
