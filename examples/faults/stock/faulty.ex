# A clerk reads the count, wraps the thing, and writes what is left.

defmodule Stock.Clerk do
  use GenServer

  def child_spec(name), do: %{id: name, start: {__MODULE__, :start_link, [name]}}
  def start_link(name), do: GenServer.start_link(__MODULE__, nil, name: name)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :sell)}

  @impl true
  def handle_info(:sell, state) do
    count = GenServer.call(Stock.Shelf, :get)
    Process.sleep(30)
    :ok = GenServer.call(Stock.Shelf, {:put, count - 1})
    {:noreply, state}
  end
end
