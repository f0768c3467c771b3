# A title is a part of its page, and keeps the whole of it.

defmodule Pages.Index do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def add(page), do: GenServer.cast(__MODULE__, {:page, page})

  @impl true
  def init(titles), do: {:ok, titles}

  @impl true
  def handle_cast({:page, page}, titles) do
    title = binary_part(page, 0, 80)
    {:noreply, Enum.take([title | titles], 2_000)}
  end
end
