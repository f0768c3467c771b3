# An office prints pages. The printer is switched off and on once, and its supervisor starts it again.

defmodule Printing.Printer do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(pages), do: {:ok, pages}

  @impl true
  def handle_cast({:print, _page}, pages), do: {:noreply, pages + 1}
  def handle_cast(:switch_off, pages), do: {:stop, :normal, pages}
end

defmodule Printing.Office do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_) do
    :timer.send_interval(100, :page)
    Process.send_after(Printing.Janitor, :evening, 500)
    {:ok, Printing.Printer}
  end

  @impl true
  def handle_info(:page, printer) do
    GenServer.cast(printer, {:print, "a page"})
    {:noreply, printer}
  end
end

defmodule Printing.Janitor do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_info(:evening, state) do
    GenServer.cast(Printing.Printer, :switch_off)
    {:noreply, state}
  end
end

defmodule Printing.App do
  def start_link do
    children = [Printing.Printer, Printing.Janitor, Printing.Office]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
