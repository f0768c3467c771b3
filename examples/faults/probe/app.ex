# Something is pinged every now and then.

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
    :gen_udp.close(socket)
    {:noreply, sent + 1}
  end
end

defmodule Probe.App do
  def start_link do
    children = [Probe.Pinger]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
