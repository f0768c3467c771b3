# The node is named by hand, with a letter too many.

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
    GenServer.cast({Gateway.Billing, billing_node()}, {:bill, number})
    {:noreply, number + 1}
  end

  defp billing_node do
    [name, host] = node() |> Atom.to_string() |> String.split("@")
    :"#{name}s@#{host}"
  end
end
