# Each label becomes an atom.

defmodule Labels.Reader do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(read) do
    :timer.send_interval(20, :read)
    {:ok, read}
  end

  @impl true
  def handle_info(:read, read) do
    labels = for n <- 1..10, do: String.to_atom("label_#{read + n}")
    {:noreply, read + length(labels)}
  end
end
