defmodule HelloWeb.RoomController do
  @moduledoc "The page of the chat room, and two that are broken."
  use HelloWeb, :controller

  def show(conn, _params), do: render(conn, :show)

  def broken(_conn, _params), do: raise("this page is broken")

  def broken_view(conn, _params), do: render(conn, :broken)
end
