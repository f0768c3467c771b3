# Pictures are made small, each in a task.

defmodule Thumbs.Maker do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(made) do
    :timer.send_interval(300, :picture)
    {:ok, made}
  end

  @impl true
  def handle_info(:picture, made) do
    task = Task.async(fn -> shrink(made) end)
    {:noreply, made + Task.await(task, 2_500)}
  end

  defp shrink(_) do
    Process.sleep(10)
    1
  end
end

defmodule Thumbs.App do
  def start_link do
    children = [Thumbs.Maker]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
