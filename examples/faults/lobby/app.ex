# A door knows who is there, and is told by each guest now and then.

defmodule Lobby.Door do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def ping(pid), do: GenServer.cast(__MODULE__, {:ping, pid})

  @impl true
  def init(_), do: {:ok, %{}}

  @impl true
  def handle_cast({:ping, pid}, guests) do
    {:noreply, Map.put_new_lazy(guests, pid, fn -> Process.monitor(pid) end)}
  end

  @impl true
  def handle_info({:DOWN, _, :process, pid, _}, guests), do: {:noreply, Map.delete(guests, pid)}
end

defmodule Lobby.Guest do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(25, :ping)}

  @impl true
  def handle_info(:ping, state) do
    Lobby.Door.ping(self())
    {:noreply, state}
  end
end

defmodule Lobby.App do
  def start_link do
    children = [Lobby.Door, Lobby.Guest]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
