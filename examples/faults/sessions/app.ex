# Users come, and each has a session for a moment.

defmodule Sessions.Store do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)
  def open(user), do: GenServer.cast(__MODULE__, {:open, user})

  @impl true
  def init(_), do: {:ok, :ets.new(__MODULE__, [:named_table])}

  @impl true
  def handle_cast({:open, user}, table) do
    id = make_ref()
    :ets.insert(table, {id, user})
    Process.send_after(self(), {:expired, id}, 200)
    {:noreply, table}
  end

  @impl true
  def handle_info({:expired, id}, table) do
    :ets.delete(table, id)
    {:noreply, table}
  end
end

defmodule Sessions.Users do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(20, :come)
    {:ok, number}
  end

  @impl true
  def handle_info(:come, number) do
    for user <- number..(number + 4), do: Sessions.Store.open(user)
    {:noreply, number + 5}
  end
end

defmodule Sessions.App do
  def start_link do
    children = [Sessions.Store, Sessions.Users]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
