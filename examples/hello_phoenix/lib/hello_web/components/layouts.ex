defmodule HelloWeb.Layouts do
  @moduledoc "The frame of every page."
  use HelloWeb, :html

  @doc "The document around what a page renders."
  def root(assigns) do
    ~H"""
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="csrf-token" content={get_csrf_token()} />
        <title>hello_phoenix</title>
        <link rel="stylesheet" href={~p"/app.css"} />
        <script defer src="/assets/phoenix.min.js">
        </script>
        <script defer src="/assets/phoenix_live_view.min.js">
        </script>
        <script defer src={~p"/app.js"}>
        </script>
      </head>
      <body>
        <nav>
          <a href={~p"/"}>counter</a> <a href={~p"/room"}>room</a> <a href={~p"/login"}>log in</a>
          <span id="who"><%= @conn.assigns[:current_user] %></span>
        </nav>
        <%= @inner_content %>
      </body>
    </html>
    """
  end
end
