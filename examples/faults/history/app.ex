# Everything that is done is noted; the newest notes are kept.

defmodule History.Keeper do
  use GenServer

  def start_link(_),
    do: GenServer.start_link(__MODULE__, %{entries: [], seen: 0}, name: __MODULE__)

  def note(entry), do: GenServer.cast(__MODULE__, {:note, entry})

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_cast({:note, entry}, state) do
    {:noreply, %{state | entries: Enum.take([entry | state.entries], 20), seen: state.seen + 1}}
  end
end

defmodule History.Doer do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(20, :do)
    {:ok, number}
  end

  @impl true
  def handle_info(:do, number) do
    History.Keeper.note({number, Enum.to_list(1_000..1_400)})
    {:noreply, number + 1}
  end
end

defmodule History.App do
  def start_link do
    children = [History.Keeper, History.Doer]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
