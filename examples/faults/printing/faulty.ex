# The office looks up the printer once, and keeps its pid.

defmodule Printing.Office do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_) do
    :timer.send_interval(100, :page)
    Process.send_after(Printing.Janitor, :evening, 500)
    {:ok, Process.whereis(Printing.Printer)}
  end

  @impl true
  def handle_info(:page, printer) do
    GenServer.cast(printer, {:print, "a page"})
    {:noreply, printer}
  end
end
