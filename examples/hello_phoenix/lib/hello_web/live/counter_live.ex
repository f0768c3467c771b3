defmodule HelloWeb.CounterLive do
  @moduledoc "The counter. What it shows it knows from what is broadcast, as every other open page does."
  use HelloWeb, :live_view

  alias Hello.Counters
  alias HelloWeb.{HistoryComponent, StepComponent}

  @impl true
  def mount(_params, session, socket) do
    if connected?(socket), do: Counters.subscribe()

    {:ok,
     assign(socket,
       count: Counters.count(),
       user: Map.get(session, "user_name", "guest"),
       step: 1,
       audit: nil
     )}
  end

  @impl true
  def handle_params(params, _uri, socket) do
    case Integer.parse(Map.get(params, "step", "1")) do
      {step, ""} when step in 1..100 -> {:noreply, assign(socket, step: step)}
      _other -> {:noreply, assign(socket, step: 1)}
    end
  end

  @impl true
  def render(assigns) do
    ~H"""
    <main>
      <h1>Hello, <%= @user %></h1>
      <output id="count"><%= @count %></output>
      <button id="increment" phx-click="increment">increment</button>
      <.live_component module={StepComponent} id="step" step={@step} />
      <.live_component module={HistoryComponent} id="history" count={@count} />
      <button id="audit" phx-click="audit">audit</button>
      <ol :if={@audit} id="notes">
        <li :for={note <- @audit}><%= note %></li>
      </ol>
      <button id="crash" phx-click="crash">crash</button>
      <.link id="to-notes" navigate={~p"/notes"}>notes</.link>
    </main>
    """
  end

  @impl true
  def handle_event("increment", _params, socket) do
    Counters.increment(socket.assigns.step)
    {:noreply, socket}
  end

  def handle_event("audit", _params, socket),
    do: {:noreply, start_async(socket, :audit, &Counters.audit/0)}

  def handle_event("crash", _params, _socket), do: raise("the page was asked to crash")

  @impl true
  def handle_info({:count, count}, socket), do: {:noreply, assign(socket, count: count)}

  def handle_info({:step, step}, socket),
    do: {:noreply, push_patch(socket, to: ~p"/?step=#{step}")}

  @impl true
  def handle_async(:audit, {:ok, notes}, socket),
    do: {:noreply, assign(socket, audit: Enum.map(notes, &inspect/1))}
end
