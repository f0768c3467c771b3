# The reading is sent as a plain message.

defmodule Weather.Sensor do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :measure)}

  @impl true
  def handle_info(:measure, state) do
    send(Weather.Display, {:reading, Enum.random(10..30)})
    _ = Weather.Display.shown()
    {:noreply, state}
  end
end
