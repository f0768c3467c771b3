defmodule HelloWeb.StepComponent do
  @moduledoc "How much a click adds. Asks the page to change it."
  use HelloWeb, :live_component

  @impl true
  def render(assigns) do
    ~H"""
    <p id="step">
      step <strong><%= @step %></strong>
      <button id="step-up" phx-click="step" phx-value-by="1" phx-target={@myself}>+</button>
      <button id="step-down" phx-click="step" phx-value-by="-1" phx-target={@myself}>−</button>
    </p>
    """
  end

  @impl true
  def handle_event("step", %{"by" => by}, socket) do
    send(self(), {:step, max(1, socket.assigns.step + String.to_integer(by))})
    {:noreply, socket}
  end
end
