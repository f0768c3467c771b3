# The report uses the function that everybody else uses for the total.

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
  def handle_call(:report, _from, words), do: {:reply, "#{map_size(words)} of #{total()}", words}

  defp sum(words), do: words |> Map.values() |> Enum.sum()
end
