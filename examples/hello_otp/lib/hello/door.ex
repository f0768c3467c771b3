defmodule Hello.Door do
  @moduledoc "The shop's door, a `:gen_statem`: opened by a knock, it closes by itself after 200 ms."
  @behaviour :gen_statem

  @open_for 200

  @doc false
  def child_spec(_arg), do: %{id: __MODULE__, start: {__MODULE__, :start_link, []}}

  @doc false
  def start_link, do: :gen_statem.start_link({:local, __MODULE__}, __MODULE__, nil, [])

  @doc "Knocks: opens the door, or keeps it open."
  @spec knock() :: :ok
  def knock, do: :gen_statem.cast(__MODULE__, :knock)

  @doc "Whether it is open, and how often it has been opened."
  @spec status() :: {:open | :closed, non_neg_integer()}
  def status, do: :gen_statem.call(__MODULE__, :status)

  @impl true
  def callback_mode, do: :handle_event_function

  @impl true
  def init(_arg), do: {:ok, :closed, %{opened: 0}}

  @impl true
  def handle_event({:call, from}, :status, state, data) do
    {:keep_state_and_data, {:reply, from, {state, data.opened}}}
  end

  def handle_event(:cast, :knock, :closed, data) do
    {:next_state, :open, %{data | opened: data.opened + 1}, {:state_timeout, @open_for, :close}}
  end

  def handle_event(:cast, :knock, :open, _data) do
    {:keep_state_and_data, {:state_timeout, @open_for, :close}}
  end

  def handle_event(:state_timeout, :close, :open, data), do: {:next_state, :closed, data}
end
