defmodule Hello.Counters.Audit do
  @moduledoc "The audit log: the last hundred notes."
  use GenServer

  @kept 100

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Notes something; does not wait."
  @spec note(term()) :: :ok
  def note(entry), do: GenServer.cast(__MODULE__, {:note, entry})

  @doc "The newest `limit` notes, newest first."
  @spec latest(pos_integer()) :: [term()]
  def latest(limit), do: GenServer.call(__MODULE__, {:latest, limit})

  @impl true
  def init(_arg), do: {:ok, []}

  @impl true
  def handle_cast({:note, entry}, entries), do: {:noreply, Enum.take([entry | entries], @kept)}

  @impl true
  def handle_call({:latest, limit}, _from, entries),
    do: {:reply, Enum.take(entries, limit), entries}
end
