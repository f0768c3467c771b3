# People pass a gate, which counts them.

defmodule Turnstile.Gate do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, %{count: 0}, name: __MODULE__)
  def pass, do: GenServer.cast(__MODULE__, :pass)
  def count, do: GenServer.call(__MODULE__, :count)

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_cast(:pass, state) do
    {:noreply, %{state | count: state.count + 1}}
  end

  @impl true
  def handle_call(:count, _from, state), do: {:reply, state.count, state}
end

defmodule Turnstile.People do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :walk)}

  @impl true
  def handle_info(:walk, state) do
    Turnstile.Gate.pass()
    _ = Turnstile.Gate.count()
    {:noreply, state}
  end
end

defmodule Turnstile.App do
  def start_link do
    children = [Turnstile.Gate, Turnstile.People]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
