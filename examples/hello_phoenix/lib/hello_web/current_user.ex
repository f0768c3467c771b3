defmodule HelloWeb.CurrentUser do
  @moduledoc "A plug: who is logged in, by the session."
  @behaviour Plug

  import Plug.Conn

  @impl true
  def init(options), do: options

  @impl true
  def call(conn, _options),
    do: assign(conn, :current_user, get_session(conn, :user_name) || "guest")
end
