# All notes are kept.

defmodule History.Keeper do
  use GenServer

  def start_link(_),
    do: GenServer.start_link(__MODULE__, %{entries: [], seen: 0}, name: __MODULE__)

  def note(entry), do: GenServer.cast(__MODULE__, {:note, entry})

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_cast({:note, entry}, state) do
    {:noreply, %{state | entries: [entry | state.entries], seen: state.seen + 1}}
  end
end
