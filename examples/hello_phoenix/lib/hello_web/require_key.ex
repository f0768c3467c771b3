defmodule HelloWeb.RequireKey do
  @moduledoc "A plug: only who brings the key gets further."
  @behaviour Plug

  import Plug.Conn

  @impl true
  def init(options), do: options

  @impl true
  def call(conn, _options) do
    case conn.params do
      %{"key" => "open-sesame"} -> assign(conn, :trusted, true)
      %{"key" => "broken"} -> raise "the key broke off in the lock"
      _other -> conn |> send_resp(:forbidden, "no key") |> halt()
    end
  end
end
