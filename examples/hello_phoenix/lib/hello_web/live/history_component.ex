defmodule HelloWeb.HistoryComponent do
  @moduledoc "The last counts that this page has seen."
  use HelloWeb, :live_component

  @shown 5

  @impl true
  def mount(socket), do: {:ok, assign(socket, counts: [])}

  @impl true
  def update(%{count: count}, socket) do
    counts = [count | socket.assigns.counts] |> Enum.dedup() |> Enum.take(@shown)
    {:ok, assign(socket, counts: counts)}
  end

  @impl true
  def render(assigns) do
    ~H"""
    <p id="history">seen: <%= Enum.join(@counts, ", ") %></p>
    """
  end
end
