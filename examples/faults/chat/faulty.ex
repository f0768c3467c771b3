# The room is spelled with one letter less.

defmodule Chat.Talker do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :talk)}

  @impl true
  def handle_info(:talk, state) do
    Registry.dispatch(Chat.Topics, "room:loby", fn members ->
      for {pid, _} <- members, do: send(pid, {:said, "hello"})
    end)

    {:noreply, state}
  end
end
