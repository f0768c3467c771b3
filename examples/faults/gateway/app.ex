# A door hands bills on to the billing, which may be on another node one day.

defmodule Gateway.Billing do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(bills), do: {:ok, bills}

  @impl true
  def handle_cast({:bill, _}, bills), do: {:noreply, bills + 1}
end

defmodule Gateway.Door do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(150, :bill)
    {:ok, number}
  end

  @impl true
  def handle_info(:bill, number) do
    GenServer.cast({Gateway.Billing, node()}, {:bill, number})
    {:noreply, number + 1}
  end
end

defmodule Gateway.App do
  def start_link do
    children = [Gateway.Billing, Gateway.Door]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
