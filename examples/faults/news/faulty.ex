# The group is called otherwise here.

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
    for pid <- :pg.get_members(News.Groups, :reader), do: send(pid, {:headline, number})
    {:noreply, number + 1}
  end
end
