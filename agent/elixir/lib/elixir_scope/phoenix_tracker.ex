defmodule ElixirScope.PhoenixTracker do
  @moduledoc "Requests, LiveViews, channels and PubSub of Phoenix."
  alias ElixirScope.{Door, Tracing}

  @doc """
  Follows requests and user events from process to process (level `:flows`).

  Options: `:level`, where more is to be recorded (`:messages`, `:state`); `:endpoint` is taken and not needed: every endpoint of
  the node is seen.
  """
  @spec setup_phoenix_tracing(module() | keyword()) :: :ok | {:error, ElixirScope.Error.t()}
  def setup_phoenix_tracing(options \\ [])

  def setup_phoenix_tracing(endpoint) when is_atom(endpoint),
    do: setup_phoenix_tracing(endpoint: endpoint)

  def setup_phoenix_tracing(options), do: Tracing.at_least(options[:level] || :flows)

  @doc "HTTP requests. Options: `:path`, `:failed`, `:sort` (`:newest`, `:slowest`), `:limit`."
  @spec requests(keyword()) :: Door.answer()
  def requests(options \\ []), do: Door.ask(:requests, options)

  @doc "One request with its plugs."
  @spec request(pos_integer()) :: Door.answer()
  def request(id), do: Door.ask(:request, id: id)

  @doc "LiveViews. Options: `:search`, `:limit`."
  @spec live_views(keyword()) :: Door.answer()
  def live_views(options \\ []), do: Door.ask(:live_views, options)

  @doc "Topics of PubSub with publishers and subscribers. Options: `:search`."
  @spec topics(keyword()) :: Door.answer()
  def topics(options \\ []), do: Door.ask(:topics, options)

  @doc "Broadcasts and whom they reached. Options: `:topic`, `:unheard`, `:limit`."
  @spec broadcasts(keyword()) :: Door.answer()
  def broadcasts(options \\ []), do: Door.ask(:broadcasts, options)
end
