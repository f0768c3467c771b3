# Pages are read, and of each the title is kept.

defmodule Pages.Index do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def add(page), do: GenServer.cast(__MODULE__, {:page, page})

  @impl true
  def init(titles), do: {:ok, titles}

  @impl true
  def handle_cast({:page, page}, titles) do
    title = binary_part(page, 0, 80)
    {:noreply, Enum.take([:binary.copy(title) | titles], 2_000)}
  end
end

defmodule Pages.Reader do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(20, :read)
    {:ok, number}
  end

  @impl true
  def handle_info(:read, number) do
    Pages.Index.add(String.duplicate("page #{number} ", 5_000))
    {:noreply, number + 1}
  end
end

defmodule Pages.App do
  def start_link do
    children = [Pages.Index, Pages.Reader]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
