defmodule HelloWeb.UserSocket do
  @moduledoc "The socket of the chat room."
  use Phoenix.Socket

  channel "room:*", HelloWeb.RoomChannel

  @impl true
  def connect(params, socket, _info),
    do: {:ok, assign(socket, :name, Map.get(params, "name", "guest"))}

  @impl true
  def id(_socket), do: nil
end
