defmodule Hello.Ticker do
  @moduledoc "A periodic job: every second, tells everybody on \"clock\" how many seconds have gone by."
  use GenServer

  @period 1_000

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_arg) do
    schedule()
    {:ok, %{ticks: 0}}
  end

  @impl true
  def handle_info(:tick, %{ticks: ticks}) do
    schedule()
    Hello.PubSub.broadcast("clock", {:tick, ticks + 1})
    {:noreply, %{ticks: ticks + 1}}
  end

  defp schedule, do: Process.send_after(self(), :tick, @period)
end
