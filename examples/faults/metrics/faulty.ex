# The collector writes each figure to a slow disk.

defmodule Metrics.Collector do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def measured(ms), do: GenServer.cast(__MODULE__, {:measured, ms})

  @impl true
  def init(figures), do: {:ok, figures}

  @impl true
  def handle_cast({:measured, ms}, figures) do
    Process.sleep(10)
    {:noreply, Enum.take([ms | figures], 100)}
  end
end
