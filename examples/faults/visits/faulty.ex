# A visit waits for somebody to end it, and nobody does.

defmodule Visits.Visit do
  use GenServer, restart: :temporary

  def start_link(number), do: GenServer.start_link(__MODULE__, number)

  @impl true
  def init(number), do: {:ok, number}

  @impl true
  def handle_cast(:leave, number), do: {:stop, :normal, number}
end
