defmodule HelloWeb.NotesLive do
  @moduledoc """
  Notes as components in components; they come and go. The page hears of new counts unless it was told to be quiet.
  """
  use HelloWeb, :live_view

  alias Hello.Counters
  alias HelloWeb.NoteComponent

  @impl true
  def mount(_params, _session, socket) do
    if connected?(socket), do: Counters.subscribe()
    {:ok, assign(socket, notes: [1, 2], quiet: false)}
  end

  @impl true
  def render(assigns) do
    ~H"""
    <main>
      <h1>Notes</h1>
      <ul>
        <.live_component :for={note <- @notes} module={NoteComponent} id={"note-#{note}"} number={note} />
      </ul>
      <button id="add" phx-click="add">add</button>
      <button id="drop" phx-click="drop">drop</button>
      <button id="quiet" phx-click="quiet" disabled={@quiet}>quiet</button>
      <button id="back" phx-click="back">back to the counter</button>
    </main>
    """
  end

  @impl true
  def handle_event("add", _params, socket),
    do: {:noreply, update(socket, :notes, &(&1 ++ [length(&1) + 1]))}

  def handle_event("drop", _params, socket),
    do: {:noreply, update(socket, :notes, &Enum.drop(&1, -1))}

  def handle_event("quiet", _params, socket) do
    Counters.unsubscribe()
    {:noreply, assign(socket, quiet: true)}
  end

  def handle_event("back", _params, socket), do: {:noreply, push_navigate(socket, to: ~p"/")}

  @impl true
  def handle_info({:count, count}, socket),
    do: {:noreply, assign(socket, notes: Enum.to_list(1..min(count, 3)//1))}

  @impl true
  def handle_cast(:clear, socket), do: {:noreply, assign(socket, notes: [])}
end
