# A cook has dishes prepared by helpers, and counts what is done.

defmodule Kitchen.Cook do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(done) do
    :timer.send_interval(400, :dish)
    {:ok, done}
  end

  @impl true
  def handle_info(:dish, done) do
    cook = self()
    spawn_link(Kitchen.Helper, :prepare, [cook, done])
    {:noreply, done}
  end

  def handle_info({:prepared, _dish}, done), do: {:noreply, done + 1}
end

defmodule Kitchen.Helper do
  def prepare(cook, number) do
    spices = %{salt: 1, pepper: 2}
    send(cook, {:prepared, {number, Map.fetch!(spices, :salt)}})
  end
end

defmodule Kitchen.App do
  def start_link do
    children = [Kitchen.Cook]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
