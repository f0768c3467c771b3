# Requests are measured, and a collector keeps the figures.

defmodule Metrics.Collector do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def measured(ms), do: GenServer.cast(__MODULE__, {:measured, ms})

  @impl true
  def init(figures), do: {:ok, figures}

  @impl true
  def handle_cast({:measured, ms}, figures), do: {:noreply, Enum.take([ms | figures], 100)}
end

defmodule Metrics.Requests do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(20, :serve)}

  @impl true
  def handle_info(:serve, state) do
    for ms <- 1..10, do: Metrics.Collector.measured(ms)
    {:noreply, state}
  end
end

defmodule Metrics.App do
  def start_link do
    children = [Metrics.Collector, Metrics.Requests]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
