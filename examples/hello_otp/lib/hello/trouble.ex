defmodule Hello.Trouble do
  @moduledoc "Processes that make trouble: one crashes, one is too slow for its mail."
  use Supervisor

  @doc false
  def start_link(arg), do: Supervisor.start_link(__MODULE__, arg, name: __MODULE__)

  @impl true
  def init(_arg) do
    Supervisor.init([Hello.Flaky, Hello.Slow],
      strategy: :one_for_one,
      max_restarts: 20,
      max_seconds: 5
    )
  end
end
