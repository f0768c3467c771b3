# Quotes are fetched one after the other and shown on a board.

defmodule Quotes.Board do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(shown), do: {:ok, shown}

  @impl true
  def handle_info({:quote, _number, price}, _), do: {:noreply, price}
end

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
    fetch(number)
    {:noreply, number + 1}
  end

  defp fetch(number) do
    if rem(number, 7) == 0, do: Process.sleep(90), else: Process.sleep(2)
    send(Quotes.Board, {:quote, number, 100 + number})
  end
end

defmodule Quotes.App do
  def start_link do
    children = [Quotes.Board, Quotes.Source]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
