# A desk opens a room of the library for each reader who comes, under a supervisor of their own.

defmodule Library.Room do
  use GenServer, restart: :temporary

  def start_link({number, rules}), do: GenServer.start_link(__MODULE__, {number, rules})

  @impl true
  def init({number, rules}), do: {:ok, %{number: number, rules: rules}}

  @impl true
  def handle_info(:close, room), do: {:stop, :normal, room}
end

defmodule Library.Desk do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    send(self(), :reader)
    {:ok, number}
  end

  @impl true
  def handle_call(:rules, _from, number), do: {:reply, [:silence], number}

  @impl true
  def handle_info(:reader, number) do
    {:ok, room} = DynamicSupervisor.start_child(Library.Rooms, {Library.Room, {number, [:silence]}})
    Process.send_after(room, :close, 500)
    Process.send_after(self(), :reader, 300)
    {:noreply, number + 1}
  end
end

defmodule Library.App do
  def start_link do
    children = [{DynamicSupervisor, name: Library.Rooms}, Library.Desk]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
