defmodule HelloWeb.SessionHTML do
  @moduledoc "The login form."
  use HelloWeb, :html

  def new(assigns) do
    ~H"""
    <h1>Log in</h1>
    <p :if={@error} role="alert"><%= @error %></p>
    <form action={~p"/login"} method="post">
      <input type="hidden" name="_csrf_token" value={get_csrf_token()} />
      <label>Name <input name="name" autocomplete="username" /></label>
      <label>
        Password <input name="password" type="password" autocomplete="current-password" />
      </label>
      <button>Log in</button>
    </form>
    """
  end
end
