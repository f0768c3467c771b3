defmodule Hello.Application do
  @moduledoc "Starts the supervision tree: pub/sub first, the visitors last."
  use Application

  @impl true
  def start(_type, _args) do
    children = [
      Hello.PubSub,
      Hello.Audit,
      Hello.CounterSupervisor,
      Hello.Users,
      Hello.Shop,
      Hello.Background,
      Hello.Trouble,
      {Hello.Load, Application.fetch_env!(:hello_otp, :load)}
    ]

    Supervisor.start_link(children, strategy: :one_for_one, name: Hello.Supervisor)
  end
end
