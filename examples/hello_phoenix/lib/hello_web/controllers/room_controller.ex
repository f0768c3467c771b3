defmodule HelloWeb.RoomController do
  @moduledoc "The page of the chat room, and one that is broken."
  use HelloWeb, :controller

  def show(conn, _params), do: render(conn, :show)

  def broken(_conn, _params), do: raise("this page is broken")
end
