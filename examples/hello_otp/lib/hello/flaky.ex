defmodule Hello.Flaky do
  @moduledoc "Crashes when asked to, and is restarted by its supervisor."
  use GenServer

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Crashes the process; returns the reason it died of, once it is dead."
  @spec crash(String.t()) :: {:ok, reason :: term()} | {:error, :not_running}
  def crash(why \\ "asked to") do
    case Process.whereis(__MODULE__) do
      nil -> {:error, :not_running}
      pid -> crash_and_wait(pid, why)
    end
  end

  defp crash_and_wait(pid, why) do
    ref = Process.monitor(pid)
    GenServer.cast(pid, {:crash, why})

    receive do
      {:DOWN, ^ref, :process, ^pid, reason} -> {:ok, reason}
    end
  end

  @impl true
  def init(_arg), do: {:ok, %{alive_since: System.system_time(:millisecond)}}

  @impl true
  def handle_cast({:crash, why}, _state), do: raise("Flaky crashed: #{why}")
end
