defmodule Hello.CounterSupervisor do
  @moduledoc "The counter, its display and its worker; when the counter starts anew, so do the others."
  use Supervisor

  @doc false
  def start_link(arg), do: Supervisor.start_link(__MODULE__, arg, name: __MODULE__)

  @impl true
  def init(_arg) do
    Supervisor.init([Hello.Counter, Hello.CounterView, Hello.Worker], strategy: :rest_for_one)
  end
end
