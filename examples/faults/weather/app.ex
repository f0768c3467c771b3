# A sensor tells a display what it measures.

defmodule Weather.Display do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def shown, do: GenServer.call(__MODULE__, :shown)

  @impl true
  def init(_), do: {:ok, :nothing_yet}

  @impl true
  def handle_cast({:reading, degrees}, _), do: {:noreply, degrees}

  @impl true
  def handle_call(:shown, _from, degrees), do: {:reply, degrees, degrees}
end

defmodule Weather.Sensor do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :measure)}

  @impl true
  def handle_info(:measure, state) do
    GenServer.cast(Weather.Display, {:reading, Enum.random(10..30)})
    _ = Weather.Display.shown()
    {:noreply, state}
  end
end

defmodule Weather.App do
  def start_link do
    children = [Weather.Display, Weather.Sensor]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
