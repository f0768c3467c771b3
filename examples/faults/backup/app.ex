# A backup runs every now and then, and tries again where one fails.

defmodule Backup.Runner do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number), do: {:ok, schedule(number)}

  @impl true
  def handle_info(:run, number) do
    case save(number) do
      :ok -> {:noreply, schedule(number + 1)}
      {:error, _} -> {:noreply, schedule(number + 1)}
    end
  end

  defp save(8), do: {:error, :disk_busy}
  defp save(_), do: :ok

  defp schedule(number) do
    Process.send_after(self(), :run, 150)
    number
  end
end

defmodule Backup.App do
  def start_link do
    children = [Backup.Runner]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
