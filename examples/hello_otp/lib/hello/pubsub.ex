defmodule Hello.PubSub do
  @moduledoc """
  Topics on top of Erlang's `:pg`, across all connected nodes.

  As with most pub/sub, a broadcast that nobody listens to is no error. That is what makes a
  misspelt topic hard to find.
  """

  @typedoc "A topic, as \"counter:updates\"."
  @type topic :: String.t()

  @doc false
  def child_spec(_arg), do: %{id: __MODULE__, start: {:pg, :start_link, [__MODULE__]}}

  @doc "Makes the calling process receive what is broadcast on `topic`."
  @spec subscribe(topic()) :: :ok
  def subscribe(topic), do: :pg.join(__MODULE__, topic, self())

  @doc "Ends the calling process's subscription."
  @spec unsubscribe(topic()) :: :ok | :not_joined
  def unsubscribe(topic), do: :pg.leave(__MODULE__, topic, self())

  @doc "Sends `message` to every subscriber of `topic`; `:ok` even if there is none."
  @spec broadcast(topic(), term()) :: :ok
  def broadcast(topic, message) do
    Enum.each(subscribers(topic), &send(&1, message))
  end

  @doc "The processes subscribed to `topic`."
  @spec subscribers(topic()) :: [pid()]
  def subscribers(topic), do: :pg.get_members(__MODULE__, topic)

  @doc "Every topic that somebody is subscribed to."
  @spec topics() :: [topic()]
  def topics, do: :pg.which_groups(__MODULE__)
end
