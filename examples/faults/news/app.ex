# A desk sends headlines to all readers, which are in a group of pg.

defmodule News.Reader do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(read) do
    :ok = :pg.join(News.Groups, :readers, self())
    {:ok, read}
  end

  @impl true
  def handle_info({:headline, _}, read), do: {:noreply, read + 1}
end

defmodule News.Desk do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(100, :headline)
    {:ok, number}
  end

  @impl true
  def handle_info(:headline, number) do
    for pid <- :pg.get_members(News.Groups, :readers), do: send(pid, {:headline, number})
    {:noreply, number + 1}
  end
end

defmodule News.App do
  def start_link do
    groups = %{id: :groups, start: {:pg, :start_link, [News.Groups]}}
    children = [groups, News.Reader, News.Desk]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
