defmodule Hello.Application do
  @moduledoc "Starts the supervision tree: pub/sub first, the endpoint last."
  use Application

  @impl true
  def start(_type, _args) do
    children = [
      {Phoenix.PubSub, name: Hello.PubSub},
      HelloWeb.Presence,
      Hello.Counters.Audit,
      Hello.Counters.Worker,
      HelloWeb.Endpoint
    ]

    Supervisor.start_link(children, strategy: :one_for_one, name: Hello.Supervisor)
  end
end
