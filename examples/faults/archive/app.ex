# Documents are kept in a table, and a reader looks them up.

defmodule Archive.Keeper do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_) do
    fill()
    {:ok, nil}
  end

  defp fill do
    :ets.new(:archive_documents, [:named_table, :public])
    for number <- 1..100, do: :ets.insert(:archive_documents, {number, "document #{number}"})
  end
end

defmodule Archive.Reader do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(read) do
    :timer.send_interval(300, :read)
    {:ok, read}
  end

  @impl true
  def handle_info(:read, read) do
    [{_, _text}] = :ets.lookup(:archive_documents, rem(read, 100) + 1)
    {:noreply, read + 1}
  end
end

defmodule Archive.App do
  def start_link do
    children = [Archive.Keeper, Archive.Reader]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
