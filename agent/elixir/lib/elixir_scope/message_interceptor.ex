defmodule ElixirScope.MessageInterceptor do
  @moduledoc """
  Messages between processes, recorded from the level `:messages` on.

      iex> ElixirScope.MessageInterceptor.start()
      :ok
  """
  alias ElixirScope.{Door, ProcessObserver, Tracing}

  @doc "Records messages from now on."
  @spec start() :: :ok | {:error, ElixirScope.Error.t()}
  def start, do: Tracing.at_least(:messages)

  @doc "Sends and receives. Options: those of `ElixirScope.TraceDB.query_events/1`."
  @spec messages(keyword()) :: Door.answer()
  def messages(options \\ []),
    do: Door.ask(:events, Keyword.put_new(options, :kinds, [:send, :receive]))

  @doc "Calls with their replies and how long these took. Options: `:process`, `:from`, `:to`, `:sort` (`:slowest`, `:newest`), `:limit`."
  @spec calls(keyword()) :: Door.answer()
  def calls(options \\ []), do: Door.ask(:calls, options)

  @doc "The other half of a send or a receive, and the call that it belongs to. `id` is that of the event."
  @spec message(pos_integer()) :: Door.answer()
  def message(id), do: Door.ask(:message, id: id)

  @doc "Messages of a process, both ways."
  @spec of(ProcessObserver.process(), keyword()) :: Door.answer()
  def of(process, options \\ []), do: messages([process: process] ++ options)
end
