# The sensor has another word for it.

defmodule Lights.Sensor do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :look)}

  @impl true
  def handle_info(:look, state) do
    send(Lights.Lamp, {:motion_detected, :hall})
    {:noreply, state}
  end
end
