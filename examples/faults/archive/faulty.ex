# The table is filled in the background, by a process that ends afterwards.

defmodule Archive.Keeper do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_) do
    Task.start_link(&fill/0)
    {:ok, nil}
  end

  defp fill do
    :ets.new(:archive_documents, [:named_table, :public])
    for number <- 1..100, do: :ets.insert(:archive_documents, {number, "document #{number}"})
    Process.sleep(1_500)
  end
end
