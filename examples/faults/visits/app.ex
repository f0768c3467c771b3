# Each visit has a process of its own.

defmodule Visits.Visit do
  use GenServer, restart: :temporary

  def start_link(number), do: GenServer.start_link(__MODULE__, number)

  @impl true
  def init(number), do: {:ok, number, 200}

  @impl true
  def handle_info(:timeout, number), do: {:stop, :normal, number}
end

defmodule Visits.Door do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(25, :visitor)
    {:ok, number}
  end

  @impl true
  def handle_info(:visitor, number) do
    {:ok, _} = DynamicSupervisor.start_child(Visits.Supervisor, {Visits.Visit, number})
    {:noreply, number + 1}
  end
end

defmodule Visits.App do
  def start_link do
    children = [{DynamicSupervisor, name: Visits.Supervisor}, Visits.Door]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
