defmodule HelloWeb.CountController do
  @moduledoc "The count as JSON."
  use HelloWeb, :controller

  # The leak: a context's inner process, called past the context. `Hello.Counters.count/0` is the door.
  def show(conn, _params), do: json(conn, %{count: Hello.Counters.Worker.count()})
end
