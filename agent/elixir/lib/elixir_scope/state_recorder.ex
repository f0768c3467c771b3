defmodule ElixirScope.StateRecorder do
  @moduledoc """
  Every state of an OTP process after every callback, with no change to its code.

      iex> {:ok, pid} = ElixirScope.Demo.start_link(0)
      iex> ElixirScope.StateRecorder.trace_genserver(pid)
      :ok

  A module that is always to be recorded says so; `ElixirScope.setup/1` sees to it. Nothing is added to its code but a mark.

      defmodule MyApp.Cart do
        use GenServer
        use ElixirScope.StateRecorder
      end
  """
  alias ElixirScope.{Door, ProcessObserver, Tracing}

  @mark :elixir_scope_state_recorder

  defmacro __using__(_options) do
    quote do
      Module.register_attribute(__MODULE__, unquote(@mark), persist: true)
      Module.put_attribute(__MODULE__, unquote(@mark), true)
    end
  end

  @doc """
  Records the states of a process: a pid, a registered name, or a module whose processes are meant.

  It raises the level to `:state`. Where a scope says who is traced, the process joins it.
  """
  @spec trace_genserver(ProcessObserver.process()) :: :ok | {:error, ElixirScope.Error.t()}
  def trace_genserver(server) do
    with :ok <- Tracing.at_least(:state), do: Tracing.widen(kind(server), [text(server)])
  end

  defp kind(server) when is_pid(server) or is_binary(server), do: :processes

  defp kind(name) when is_atom(name),
    do: if(Process.whereis(name), do: :processes, else: :modules)

  defp text(pid) when is_pid(pid), do: inspect(pid)
  defp text(name) when is_atom(name), do: Door.name(name)
  defp text(text), do: text

  @doc "Modules that say `use ElixirScope.StateRecorder`, of those that are loaded."
  @spec marked_modules() :: [module()]
  def marked_modules do
    for {module, _} <- :code.all_loaded(), marked?(module), do: module
  end

  defp marked?(module) do
    module.module_info(:attributes)[@mark] == [true]
  rescue
    # Unloaded in this moment.
    UndefinedFunctionError -> false
  end

  @doc false
  @spec record_marked() :: :ok | {:error, ElixirScope.Error.t()}
  def record_marked do
    case marked_modules() do
      [] ->
        :ok

      modules ->
        with :ok <- Tracing.at_least(:state),
             do: Tracing.widen(:modules, Enum.map(modules, &inspect/1))
    end
  end
end
