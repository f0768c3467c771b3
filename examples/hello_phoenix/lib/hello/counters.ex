defmodule Hello.Counters do
  @moduledoc """
  The context of the counter. Others call this module; what is below it is nobody else's business.
  """

  alias Hello.Counters.{Audit, Worker}

  @topic "counter:updates"

  @doc "Adds `step`; returns the new count. Whoever subscribed hears of it."
  @spec increment(pos_integer()) :: pos_integer()
  def increment(step \\ 1), do: Worker.increment(step)

  @doc "The count."
  @spec count() :: non_neg_integer()
  def count, do: Worker.count()

  @doc "The newest notes of the audit log, newest first."
  @spec audit() :: [term()]
  def audit, do: Audit.latest(10)

  @doc "Makes the calling process receive `{:count, count}` after each increment."
  @spec subscribe() :: :ok
  def subscribe, do: Phoenix.PubSub.subscribe(Hello.PubSub, @topic)

  @doc "The calling process hears no more of it."
  @spec unsubscribe() :: :ok
  def unsubscribe, do: Phoenix.PubSub.unsubscribe(Hello.PubSub, @topic)
end
