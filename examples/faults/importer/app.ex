# Loads rows every now and then; how many at once is a setting.

defmodule Importer.Worker do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(loaded), do: {:ok, loaded, {:continue, :wait}}

  @impl true
  def handle_continue(:wait, loaded) do
    Process.send_after(self(), :load, 150)
    {:noreply, loaded}
  end

  @impl true
  def handle_info(:load, loaded), do: {:noreply, loaded + rows(), {:continue, :wait}}

  defp rows, do: String.to_integer("10")
end

defmodule Importer.App do
  def start_link do
    Supervisor.start_link([Importer.Worker], strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
