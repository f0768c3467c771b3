# Where one fails no further one is planned.

defmodule Backup.Runner do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number), do: {:ok, schedule(number)}

  @impl true
  def handle_info(:run, number) do
    case save(number) do
      :ok -> {:noreply, schedule(number + 1)}
      {:error, _} -> {:noreply, number + 1}
    end
  end

  defp save(8), do: {:error, :disk_busy}
  defp save(_), do: :ok

  defp schedule(number) do
    Process.send_after(self(), :run, 150)
    number
  end
end
