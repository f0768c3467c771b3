# A talker says something in a room; whoever is in it hears it. Rooms are keys of a registry.

defmodule Chat.Log do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)

  @impl true
  def init(lines) do
    {:ok, _} = Registry.register(Chat.Topics, "room:lobby", [])
    {:ok, lines}
  end

  @impl true
  def handle_info({:said, line}, lines), do: {:noreply, Enum.take([line | lines], 20)}
end

defmodule Chat.Talker do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :talk)}

  @impl true
  def handle_info(:talk, state) do
    Registry.dispatch(Chat.Topics, "room:lobby", fn members ->
      for {pid, _} <- members, do: send(pid, {:said, "hello"})
    end)

    {:noreply, state}
  end
end

defmodule Chat.App do
  def start_link do
    children = [{Registry, keys: :duplicate, name: Chat.Topics}, Chat.Log, Chat.Talker]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
