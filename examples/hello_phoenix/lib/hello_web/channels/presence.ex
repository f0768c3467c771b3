defmodule HelloWeb.Presence do
  @moduledoc "Who is in the room."
  use Phoenix.Presence, otp_app: :hello_phoenix, pubsub_server: Hello.PubSub
end
