defmodule HelloWeb.RoomChannel do
  @moduledoc "The chat room: what one says, all hear. Only the lobby is open."
  use HelloWeb, :channel

  alias HelloWeb.Presence

  @impl true
  def join("room:lobby", _params, socket) do
    send(self(), :after_join)
    {:ok, %{hello: socket.assigns.name}, socket}
  end

  def join("room:" <> _other, _params, _socket), do: {:error, %{reason: "closed"}}

  @impl true
  def handle_in("say", %{"text" => text}, socket) do
    broadcast!(socket, "said", %{name: socket.assigns.name, text: text})
    {:reply, :ok, socket}
  end

  def handle_in("away", _params, socket) do
    {:ok, _ref} = Presence.update(socket, socket.assigns.name, %{away: true})
    {:reply, :ok, socket}
  end

  def handle_in("hide", _params, socket) do
    :ok = Presence.untrack(socket, socket.assigns.name)
    {:reply, :ok, socket}
  end

  @impl true
  def handle_info(:after_join, socket) do
    {:ok, _ref} = Presence.track(socket, socket.assigns.name, %{})
    push(socket, "presence_state", Presence.list(socket))
    {:noreply, socket}
  end
end
