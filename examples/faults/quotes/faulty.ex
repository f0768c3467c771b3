# Each quote is fetched in a process of its own, so that a slow one holds up nobody.

defmodule Quotes.Source do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(40, :ask)
    {:ok, number}
  end

  @impl true
  def handle_info(:ask, number) do
    spawn(fn -> fetch(number) end)
    {:noreply, number + 1}
  end

  defp fetch(number) do
    if rem(number, 7) == 0, do: Process.sleep(90), else: Process.sleep(2)
    send(Quotes.Board, {:quote, number, 100 + number})
  end
end
