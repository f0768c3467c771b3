defmodule HelloWeb.Endpoint do
  @moduledoc "Where requests and sockets come in."
  use Phoenix.Endpoint, otp_app: :hello_phoenix

  @session [store: :cookie, key: "_hello_key", signing_salt: "hello", same_site: "Lax"]

  socket "/live", Phoenix.LiveView.Socket, websocket: [connect_info: [session: @session]]
  socket "/socket", HelloWeb.UserSocket

  plug Plug.Static, at: "/", from: :hello_phoenix, only: HelloWeb.static_paths()
  # The browser's half comes with the libraries: no bundler.
  plug Plug.Static, at: "/assets", from: {:phoenix, "priv/static"}, only: ~w(phoenix.min.js)

  plug Plug.Static,
    at: "/assets",
    from: {:phoenix_live_view, "priv/static"},
    only: ~w(phoenix_live_view.min.js)

  plug Plug.RequestId
  plug Plug.Telemetry, event_prefix: [:phoenix, :endpoint]

  plug Plug.Parsers,
    parsers: [:urlencoded, :json],
    pass: ["*/*"],
    json_decoder: Phoenix.json_library()

  plug Plug.Head
  plug Plug.Session, @session
  plug HelloWeb.Router
end
