defmodule Hello.User do
  @moduledoc "One person on the site; clicks, and hears the clock."
  use GenServer, restart: :transient

  @doc false
  def start_link(name), do: GenServer.start_link(__MODULE__, name, name: Hello.Users.via(name))

  @impl true
  def init(name) do
    :ok = Hello.PubSub.subscribe("clock")
    {:ok, %{name: name, clicks: 0, heard: nil}}
  end

  # The registry hears of an exit by message, and some time later: who has left is not here any more.
  @impl true
  def terminate(_reason, %{name: name}), do: Hello.Users.sign_out(name)

  @impl true
  def handle_call(:click, _from, state) do
    count = Hello.Worker.increment()
    {:reply, count, %{state | clicks: state.clicks + 1}}
  end

  @impl true
  def handle_info({:tick, number}, state), do: {:noreply, %{state | heard: number}}
end
