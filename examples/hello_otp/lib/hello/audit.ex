defmodule Hello.Audit do
  @moduledoc "The audit log: the last hundred notes, and how many there ever were."
  use GenServer

  @kept 100

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Notes something; does not wait."
  @spec note(term()) :: :ok
  def note(entry), do: GenServer.cast(__MODULE__, {:note, entry})

  @doc "The newest `limit` notes, newest first."
  @spec latest(pos_integer()) :: [term()]
  def latest(limit \\ 10), do: GenServer.call(__MODULE__, {:latest, limit})

  @doc "How many notes were made since the start."
  @spec total() :: non_neg_integer()
  def total, do: GenServer.call(__MODULE__, :total)

  @impl true
  def init(_arg), do: {:ok, %{entries: :queue.new(), total: 0}}

  @impl true
  def handle_cast({:note, entry}, %{entries: entries, total: total}) do
    entries = :queue.in_r(entry, entries)
    entries = if total >= @kept, do: :queue.drop_r(entries), else: entries
    {:noreply, %{entries: entries, total: total + 1}}
  end

  @impl true
  def handle_call({:latest, limit}, _from, state) do
    {:reply, state.entries |> :queue.to_list() |> Enum.take(limit), state}
  end

  def handle_call(:total, _from, state), do: {:reply, state.total, state}
end
