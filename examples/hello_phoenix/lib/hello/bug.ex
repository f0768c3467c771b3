defmodule Hello.Bug do
  @moduledoc """
  The switch of the built-in bug: the worker's topic, misspelt.

  Also switched on from the start by `HELLO_BUG=topic`.
  """

  @doc "From now on the worker broadcasts on a topic that nobody listens to."
  @spec on() :: :ok
  def on, do: Application.put_env(:hello_phoenix, :bug, :topic)

  @doc "The worker broadcasts on the right topic again."
  @spec off() :: :ok
  def off, do: Application.put_env(:hello_phoenix, :bug, nil)

  @doc "Is the bug switched on?"
  @spec on?() :: boolean()
  def on?, do: Application.get_env(:hello_phoenix, :bug) == :topic
end
