defmodule HelloWeb.SessionController do
  @moduledoc "Logging in."
  use HelloWeb, :controller

  def new(conn, _params), do: render(conn, :new, error: nil)

  def create(conn, %{"name" => name, "password" => password}) do
    case Hello.Accounts.authenticate(name, password) do
      {:ok, user} ->
        conn
        |> configure_session(renew: true)
        |> put_session(:user_name, user.name)
        |> redirect(to: ~p"/")

      :error ->
        conn
        |> put_status(:unauthorized)
        |> render(:new, error: "No such name and password.")
    end
  end
end
