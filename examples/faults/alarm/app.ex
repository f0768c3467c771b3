# A center rings all bells that subscribed.

defmodule Alarm.Center do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def subscribe, do: GenServer.call(__MODULE__, :subscribe)

  @impl true
  def init(bells) do
    :timer.send_interval(100, :alarm)
    {:ok, bells}
  end

  @impl true
  def handle_call(:subscribe, {pid, _}, bells), do: {:reply, :ok, [pid | bells]}

  @impl true
  def handle_info(:alarm, bells) do
    number = System.unique_integer([:positive])
    for bell <- bells, do: send(bell, {:ring, number})
    {:noreply, bells}
  end
end

defmodule Alarm.Bell do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  @impl true
  def init(rung) do
    :ok = Alarm.Center.subscribe()
    {:ok, rung}
  end

  @impl true
  def handle_info({:ring, _}, rung), do: {:noreply, rung + 1}
end

defmodule Alarm.App do
  def start_link do
    children = [Alarm.Center, Alarm.Bell]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
