defmodule Hello.Background do
  @moduledoc "What goes on behind the scenes: the clock and the jobs."
  use Supervisor

  @doc false
  def start_link(arg), do: Supervisor.start_link(__MODULE__, arg, name: __MODULE__)

  @impl true
  def init(_arg) do
    children = [{Task.Supervisor, name: Hello.Jobs.Tasks}, Hello.Jobs, Hello.Ticker]
    Supervisor.init(children, strategy: :one_for_one)
  end
end
