# A sensor tells a lamp when somebody is there.

defmodule Lights.Lamp do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, :off, name: __MODULE__)

  @impl true
  def init(light), do: {:ok, light}

  @impl true
  def handle_info({:motion, _room}, _), do: {:noreply, :on}
  def handle_info({:dark, _room}, _), do: {:noreply, :off}
  def handle_info(_other, light), do: {:noreply, light}
end

defmodule Lights.Sensor do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :look)}

  @impl true
  def handle_info(:look, state) do
    send(Lights.Lamp, {:motion, :hall})
    {:noreply, state}
  end
end

defmodule Lights.App do
  def start_link do
    children = [Lights.Lamp, Lights.Sensor]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
