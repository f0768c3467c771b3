# Nothing ends a session.

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
    {:noreply, table}
  end

  @impl true
  def handle_info({:expired, id}, table) do
    :ets.delete(table, id)
    {:noreply, table}
  end
end
