defmodule Hello.Jobs do
  @moduledoc "Runs jobs, a task each, and keeps count of how they ended."
  use GenServer

  @tasks Hello.Jobs.Tasks

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Starts a job: `rounds` rounds of hashing. Does not wait."
  @spec run(non_neg_integer()) :: :ok
  def run(rounds), do: GenServer.call(__MODULE__, {:run, rounds})

  @doc "How many jobs are running, are done, have failed."
  @spec stats() :: %{
          running: non_neg_integer(),
          done: non_neg_integer(),
          failed: non_neg_integer()
        }
  def stats, do: GenServer.call(__MODULE__, :stats)

  @impl true
  def init(_arg), do: {:ok, %{running: %{}, done: 0, failed: 0}}

  @impl true
  def handle_call({:run, rounds}, _from, state) do
    task = Task.Supervisor.async_nolink(@tasks, __MODULE__, :hash, [rounds])
    {:reply, :ok, put_in(state.running[task.ref], rounds)}
  end

  def handle_call(:stats, _from, state) do
    {:reply, %{state | running: map_size(state.running)}, state}
  end

  @impl true
  def handle_info({ref, digest}, state) when is_reference(ref) and is_binary(digest) do
    Process.demonitor(ref, [:flush])
    Hello.Audit.note({:job, state.running[ref]})
    {:noreply, %{state | running: Map.delete(state.running, ref), done: state.done + 1}}
  end

  def handle_info({:DOWN, ref, :process, _pid, _reason}, state) do
    {:noreply, %{state | running: Map.delete(state.running, ref), failed: state.failed + 1}}
  end

  @doc false
  def hash(rounds) do
    Enum.reduce(1..rounds//1, "hello", fn _, acc -> :crypto.hash(:sha256, acc) end)
  end
end
