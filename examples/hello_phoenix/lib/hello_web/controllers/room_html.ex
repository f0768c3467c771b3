defmodule HelloWeb.RoomHTML do
  @moduledoc "The chat room's page; `priv/static/app.js` brings it to life."
  use HelloWeb, :html

  def show(assigns) do
    ~H"""
    <h1>Room</h1>
    <p>Here: <span id="present"></span></p>
    <ul id="said"></ul>
    <form id="room" data-name={@current_user}>
      <input name="text" autocomplete="off" /> <button>Say</button>
    </form>
    """
  end

  def broken(_assigns), do: raise("this view is broken")
end
