defmodule ElixirScope.ProcessObserver do
  @moduledoc """
  Processes: which there are, who supervises them, how they ended.

      iex> {:ok, %{rows: rows}} = ElixirScope.ProcessObserver.processes(search: "Supervisor", limit: 3)
      iex> Enum.all?(rows, &is_binary(&1.label))
      true
  """
  alias ElixirScope.Door

  @typedoc "A pid, a registered name, a handle such as `\"p-12\"`, or the text of one of them."
  @type process :: pid() | atom() | String.t()

  @doc "Processes as top shows them. Options: `:search`, `:sort` (`:memory`, `:mailbox`, `:reductions` …), `:alive`, `:limit`, `:offset`."
  @spec processes(keyword()) :: Door.answer()
  def processes(options \\ []), do: Door.ask(:processes, options)

  @doc "One process: parent, links, monitors, and what was recorded of it."
  @spec process(process()) :: Door.answer()
  def process(process), do: Door.ask(:process, process: process)

  @doc "The supervision tree."
  @spec tree() :: Door.answer()
  def tree, do: Door.ask(:tree)

  @doc "Memory, mailbox and work of a process over time. Options: `:from`, `:to`, `:points`."
  @spec history(process(), keyword()) :: Door.answer()
  def history(process, options \\ []), do: Door.ask(:history, [process: process] ++ options)

  @doc "Processes that crashed, the newest first."
  @spec crashes(keyword()) :: Door.answer()
  def crashes(options \\ []), do: Door.ask(:crashes, options)

  @doc "How a process ended, and what it did last."
  @spec crash(process()) :: Door.answer()
  def crash(process), do: Door.ask(:crash, process: process)

  @doc "ETS tables, ports and applications."
  @spec inventory() :: Door.answer()
  def inventory, do: Door.ask(:inventory)
end
