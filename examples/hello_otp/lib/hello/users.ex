defmodule Hello.Users do
  @moduledoc "The people on the site: a process each, found by name in a Registry."
  use Supervisor

  @registry Hello.Users.Registry
  @people Hello.Users.People

  @doc false
  def start_link(arg), do: Supervisor.start_link(__MODULE__, arg, name: __MODULE__)

  @doc "A user comes in."
  @spec enter(String.t()) :: {:ok, pid()} | {:error, :already_here}
  def enter(name) do
    case DynamicSupervisor.start_child(@people, {Hello.User, name}) do
      {:ok, pid} -> {:ok, pid}
      {:error, {:already_started, _pid}} -> {:error, :already_here}
    end
  end

  @doc "A user goes; returns when the process has ended and the name is free."
  @spec leave(String.t()) :: :ok | {:error, :not_here}
  def leave(name) do
    with {:ok, pid} <- find(name), do: GenServer.stop(pid)
  end

  @doc "A user clicks \"increment\"; returns the new count."
  @spec click(String.t()) :: {:ok, pos_integer()} | {:error, :not_here}
  def click(name) do
    with {:ok, pid} <- find(name), do: {:ok, GenServer.call(pid, :click)}
  end

  @doc "The process of a user."
  @spec find(String.t()) :: {:ok, pid()} | {:error, :not_here}
  def find(name) do
    case Registry.lookup(@registry, name) do
      [{pid, _value}] -> {:ok, pid}
      [] -> {:error, :not_here}
    end
  end

  @doc "Who is here."
  @spec names() :: [String.t()]
  def names, do: Registry.select(@registry, [{{:"$1", :_, :_}, [], [:"$1"]}])

  @doc false
  def via(name), do: {:via, Registry, {@registry, name}}

  @doc false
  def sign_out(name), do: Registry.unregister(@registry, name)

  @impl true
  def init(_arg) do
    children = [
      {Registry, keys: :unique, name: @registry},
      {DynamicSupervisor, name: @people, strategy: :one_for_one, max_restarts: 100}
    ]

    Supervisor.init(children, strategy: :one_for_all)
  end
end
