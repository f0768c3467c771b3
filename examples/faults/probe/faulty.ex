# The socket stays open.

defmodule Probe.Pinger do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(sent) do
    :timer.send_interval(40, :ping)
    {:ok, sent}
  end

  @impl true
  def handle_info(:ping, sent) do
    {:ok, socket} = :gen_udp.open(0, ip: {127, 0, 0, 1})
    :ok = :gen_udp.send(socket, {127, 0, 0, 1}, 9, "ping")
    {:noreply, sent + 1}
  end
end
