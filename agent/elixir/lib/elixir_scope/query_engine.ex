defmodule ElixirScope.QueryEngine do
  @moduledoc """
  Questions about what was recorded. `ElixirScope.Door.ask/2` takes all others by their names.
  """
  alias ElixirScope.{Door, ProcessObserver}

  @doc """
  Messages from one process to another, oldest first.

  Options: `:from`, `:to` (a `DateTime` or `t`), `:limit`.
  """
  @spec message_flow(ProcessObserver.process(), ProcessObserver.process(), keyword()) ::
          {:ok, [map()]} | {:error, ElixirScope.Error.t()}
  def message_flow(sender, receiver, options \\ []) do
    asked = [kinds: [:send], process: sender, peer: receiver, order: :oldest_first]
    with {:ok, %{rows: rows}} <- Door.ask(:events, Keyword.merge(asked, options)), do: {:ok, rows}
  end

  @doc "Who sent whom how many messages, and how long they waited. Options: `:by`, `:groups`, `:from`, `:to`, `:limit`."
  @spec message_counts(keyword()) :: Door.answer()
  def message_counts(options \\ []), do: Door.ask(:message_flow, options)

  @doc "As `ElixirScope.TraceDB.get_state_history/2`, each with what changed (`:diff`)."
  @spec state_timeline(ProcessObserver.process(), keyword()) ::
          {:ok, [map()]} | {:error, ElixirScope.Error.t()}
  def state_timeline(process, options \\ []),
    do: ElixirScope.TraceDB.get_state_history(process, Keyword.put_new(options, :diff, true))

  @doc """
  Callbacks, calls and messages of a flow (`"f-12"`), a process or a request (`request: id`) as one tree.
  """
  @spec execution_path(ProcessObserver.process() | keyword(), keyword()) :: Door.answer()
  def execution_path(of, options \\ [])
  def execution_path("f-" <> _ = flow, options), do: Door.ask(:path, [flow: flow] ++ options)
  def execution_path([{_, _} | _] = of, options), do: Door.ask(:path, of ++ options)
  def execution_path(process, options), do: Door.ask(:path, [process: process] ++ options)

  @doc "Channels whose topic has this in it, with their joins and events."
  @spec phoenix_channel_events(String.t(), keyword()) :: Door.answer()
  def phoenix_channel_events(topic \\ "", options \\ []),
    do: Door.ask(:channels, [search: topic] ++ options)

  @doc "What a LiveView (its id `phx-…`, or its process) went through: mounts, events, renders, what was sent."
  @spec live_view_updates(ProcessObserver.process()) :: Door.answer()
  def live_view_updates(live_view), do: Door.ask(:live_view, live_view: live_view)

  @doc "What requests and events led to. Options: `:entry`, `:process`, `:failed`, `:sort`, `:limit`."
  @spec flows(keyword()) :: Door.answer()
  def flows(options \\ []), do: Door.ask(:flows, options)

  @doc "One flow as a tree."
  @spec flow(String.t()) :: Door.answer()
  def flow(flow), do: Door.ask(:flow, flow: flow)
end
