defmodule Hello.Load do
  @moduledoc """
  Visitors: keep the system busy at a steady rate, with a bit of everything, and count what they did.

  One turn after another from a fixed round, so that the mix is the same at every rate. Each turn
  is complete, replies included, before the next begins. What one turn does:

  | turn | does |
  |---|---|
  | `:visit` | a user process starts |
  | `:leave` | the user who was here longest goes |
  | `:click` | call to a user → call to the worker → call to the counter, cast to the audit log, broadcast |
  | `:order` | an order process starts, gets two items, pays, and ends 50 ms later |
  | `:job` | a task hashes for a moment |
  | `:knock` | cast to the door |
  | `:flood` | 20 casts to the slow process; when it still has mail, the turn is a click |
  | `:crash` | Flaky dies; at most once in five seconds, in between the turn is a click |

  A turn that fails, because somebody stopped a process under it, counts as `:failed`.
  """
  use GenServer
  alias Hello.Load.Turn

  # Turns come in bursts of what is due since the last burst; under 10 ms timers are not worth it.
  @shortest_pause 10
  @longest_burst 5_000

  @doc false
  def start_link(rate), do: GenServer.start_link(__MODULE__, rate, name: __MODULE__)

  @doc "Sets the rate, in turns per second; 0 pauses."
  @spec start(non_neg_integer()) :: :ok
  def start(rate \\ 20) when is_integer(rate) and rate >= 0 do
    GenServer.call(__MODULE__, {:rate, rate}, :infinity)
  end

  @doc "Pauses, and returns the counts. Nothing is under way on the load's behalf in its own process."
  @spec stop() :: %{atom() => non_neg_integer()}
  def stop do
    :ok = start(0)
    counts()
  end

  @doc "Takes `count` turns at once, whatever the rate."
  @spec turns(non_neg_integer()) :: :ok
  def turns(count), do: GenServer.call(__MODULE__, {:turns, count}, :infinity)

  @doc "How many turns of each kind were taken since the start."
  @spec counts() :: %{atom() => non_neg_integer()}
  def counts, do: GenServer.call(__MODULE__, :counts, :infinity)

  @impl true
  def init(rate),
    do: {:ok, pace(%{rate: 0, timer: nil, since: 0, done: 0, turn: Turn.new()}, rate)}

  @impl true
  def handle_call({:rate, rate}, _from, state), do: {:reply, :ok, pace(state, rate)}
  def handle_call({:turns, count}, _from, state), do: {:reply, :ok, take(state, count)}
  def handle_call(:counts, _from, state), do: {:reply, state.turn.counts, state}

  @impl true
  def handle_info({:go, timer}, %{timer: timer} = state) do
    elapsed = System.monotonic_time(:microsecond) - state.since
    due = div(elapsed * state.rate, 1_000_000) - state.done
    {:noreply, state |> take(min(due, @longest_burst)) |> behind(due) |> schedule()}
  end

  # The timer of an earlier rate, or the late reply of a call that timed out.
  def handle_info(_message, state), do: {:noreply, state}

  defp pace(state, rate) do
    schedule(%{state | rate: rate, since: System.monotonic_time(:microsecond), done: 0})
  end

  defp schedule(%{rate: 0} = state), do: %{state | timer: nil}

  defp schedule(state) do
    timer = make_ref()
    Process.send_after(self(), {:go, timer}, max(div(1_000, state.rate), @shortest_pause))
    %{state | timer: timer}
  end

  defp take(state, count) do
    turn = Enum.reduce(1..count//1, state.turn, fn _, turn -> Turn.take(turn) end)
    %{state | turn: turn, done: state.done + count}
  end

  # What did not fit into a burst is given up: a system slower than the rate must not be chased.
  defp behind(state, due) when due > @longest_burst, do: pace_from_now(state)
  defp behind(state, _due), do: state

  defp pace_from_now(state), do: %{state | since: System.monotonic_time(:microsecond), done: 0}
end
