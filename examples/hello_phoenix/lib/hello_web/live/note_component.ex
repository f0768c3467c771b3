defmodule HelloWeb.NoteComponent do
  @moduledoc "One note, with a star in it."
  use HelloWeb, :live_component

  alias HelloWeb.StarComponent

  @impl true
  def render(assigns) do
    ~H"""
    <li id={"note-#{@number}"}>
      note <%= @number %>
      <.live_component module={StarComponent} id={"star-#{@number}"} />
    </li>
    """
  end
end
