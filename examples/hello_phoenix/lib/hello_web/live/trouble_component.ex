defmodule HelloWeb.TroubleComponent do
  @moduledoc "Raises in its update, if that is what the page was asked for."
  use HelloWeb, :live_component

  alias HelloWeb.TroubleLive

  @impl true
  def update(%{at: at}, socket), do: {:ok, assign(socket, at: TroubleLive.raise_at(at, "update"))}

  @impl true
  def render(assigns) do
    ~H"""
    <p id="trouble">no trouble</p>
    """
  end
end
