defmodule HelloWeb.StarComponent do
  @moduledoc "A star that is lit or not. One click too many breaks it."
  use HelloWeb, :live_component

  @impl true
  def mount(socket), do: {:ok, assign(socket, lit: false)}

  @impl true
  def render(assigns) do
    ~H"""
    <button id={@id} phx-click="star" phx-target={@myself}><%= if @lit, do: "★", else: "☆" %></button>
    """
  end

  @impl true
  def handle_event("star", _params, %{assigns: %{lit: false}} = socket),
    do: {:noreply, assign(socket, lit: true)}

  def handle_event("star", _params, _socket), do: raise("the star is lit already")
end
