# Counts words, and reports how many there were.

defmodule Report.Words do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, %{}, name: __MODULE__)
  def add(word), do: GenServer.cast(__MODULE__, {:add, word})
  def total, do: GenServer.call(__MODULE__, :total)
  def report, do: GenServer.call(__MODULE__, :report)

  @impl true
  def init(words), do: {:ok, words}

  @impl true
  def handle_cast({:add, word}, words), do: {:noreply, Map.update(words, word, 1, &(&1 + 1))}

  @impl true
  def handle_call(:total, _from, words), do: {:reply, sum(words), words}
  def handle_call(:report, _from, words), do: {:reply, "#{map_size(words)} of #{sum(words)}", words}

  defp sum(words), do: words |> Map.values() |> Enum.sum()
end

defmodule Report.Reader do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(150, :read)}

  @impl true
  def handle_info(:read, state) do
    Report.Words.add(Enum.random(~w(some words of a text)))
    _ = Report.Words.total()

    try do
      Report.Words.report()
    catch
      :exit, _ -> :no_report
    end

    {:noreply, state}
  end
end

defmodule Report.App do
  def start_link do
    children = [Report.Words, Report.Reader]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
