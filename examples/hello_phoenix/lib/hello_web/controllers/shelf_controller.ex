defmodule HelloWeb.ShelfController do
  @moduledoc "What is behind a lock, as JSON."
  use HelloWeb, :controller

  plug :on_shelf

  def show(conn, params), do: json(conn, %{shelf: params["shelf"], trusted: conn.assigns.trusted})

  defp on_shelf(conn, _options), do: assign(conn, :shelf, conn.path_params["shelf"])
end
