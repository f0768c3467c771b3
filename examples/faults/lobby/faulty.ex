# A guest is monitored each time.

defmodule Lobby.Door do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def ping(pid), do: GenServer.cast(__MODULE__, {:ping, pid})

  @impl true
  def init(_), do: {:ok, %{}}

  @impl true
  def handle_cast({:ping, pid}, guests) do
    {:noreply, Map.put(guests, pid, Process.monitor(pid))}
  end

  @impl true
  def handle_info({:DOWN, _, :process, pid, _}, guests), do: {:noreply, Map.delete(guests, pid)}
end
