# The new state is made, and the old one returned.

defmodule Turnstile.Gate do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, %{count: 0}, name: __MODULE__)
  def pass, do: GenServer.cast(__MODULE__, :pass)
  def count, do: GenServer.call(__MODULE__, :count)

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_cast(:pass, state) do
    _ = Map.update!(state, :count, &(&1 + 1))
    {:noreply, state}
  end

  @impl true
  def handle_call(:count, _from, state), do: {:reply, state.count, state}
end
