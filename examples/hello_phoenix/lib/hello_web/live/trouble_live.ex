defmodule HelloWeb.TroubleLive do
  @moduledoc "Raises where it is asked to: `/trouble?at=mount`, `handle_params`, `render` or `update`."
  use HelloWeb, :live_view

  alias HelloWeb.TroubleComponent

  @impl true
  def mount(params, _session, socket),
    do: {:ok, assign(socket, at: raise_at(params["at"], "mount"))}

  @impl true
  def handle_params(params, _uri, socket) do
    raise_at(params["at"], "handle_params")
    {:noreply, socket}
  end

  @impl true
  def render(assigns) do
    raise_at(assigns.at, "render")

    ~H"""
    <main>
      <h1>Trouble</h1>
      <.live_component module={TroubleComponent} id="trouble" at={@at} />
      <button id="break" phx-click="break">break</button>
    </main>
    """
  end

  @impl true
  def handle_event("break", _params, socket), do: {:noreply, assign(socket, at: "render")}

  @doc "Raises at this place, if it is the one that was asked for; returns the latter."
  @spec raise_at(String.t() | nil, String.t()) :: String.t() | nil
  def raise_at(place, place), do: raise("trouble in #{place}")
  def raise_at(asked, _place), do: asked
end
