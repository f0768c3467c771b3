# A feed of lines, and a parser that takes them apart.

defmodule Feed.Parser do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)
  def parse(line), do: GenServer.cast(__MODULE__, {:parse, line})

  @impl true
  def init(lines), do: {:ok, lines}

  @impl true
  def handle_cast({:parse, line}, lines), do: {:noreply, lines + length(fields(line))}

  defp fields(line), do: String.split(line, ";")
end

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
    Feed.Parser.parse("#{number};some;fields")
    {:noreply, number + 1}
  end
end

defmodule Feed.App do
  def start_link do
    children = [Feed.Parser, Feed.Source]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
