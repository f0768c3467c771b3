defmodule HelloWeb.ErrorHTML do
  @moduledoc "The page of an error: its name."

  def render(template, _assigns), do: Phoenix.Controller.status_message_from_template(template)
end

defmodule HelloWeb.ErrorJSON do
  @moduledoc "The answer of an error: its name."

  def render(template, _assigns),
    do: %{error: Phoenix.Controller.status_message_from_template(template)}
end
