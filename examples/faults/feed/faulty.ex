# Every twentieth line is none.

defmodule Feed.Source do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(100, :line)
    {:ok, number}
  end

  @impl true
  def handle_info(:line, number) do
    Feed.Parser.parse(if rem(number, 20) == 0, do: nil, else: "#{number};some;fields")
    {:noreply, number + 1}
  end
end
