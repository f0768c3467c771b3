# The audit is written with a slip of the fingers.

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
    GenServer.cast(Orders.Adit, {:note, {:ordered, number}})
    {:noreply, number + 1}
  end
end
