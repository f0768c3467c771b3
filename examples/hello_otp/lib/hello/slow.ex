defmodule Hello.Slow do
  @moduledoc "Takes 5 ms over each message: flood it, and its mailbox grows."
  use GenServer

  @pace 5

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Sends `count` messages at once; they take `count` × 5 ms to be handled."
  @spec flood(non_neg_integer()) :: :ok
  def flood(count) do
    Enum.each(1..count//1, &GenServer.cast(__MODULE__, {:work, &1}))
  end

  @doc "How many messages wait in the mailbox."
  @spec waiting() :: non_neg_integer()
  def waiting do
    with pid when is_pid(pid) <- Process.whereis(__MODULE__),
         {:message_queue_len, length} <- Process.info(pid, :message_queue_len) do
      length
    else
      nil -> 0
    end
  end

  @doc "How many messages were handled; waits behind those in the mailbox."
  @spec handled() :: non_neg_integer()
  def handled, do: GenServer.call(__MODULE__, :handled, :infinity)

  @impl true
  def init(_arg), do: {:ok, %{handled: 0}}

  @impl true
  def handle_cast({:work, _number}, state) do
    Process.sleep(@pace)
    {:noreply, %{state | handled: state.handled + 1}}
  end

  @impl true
  def handle_call(:handled, _from, state), do: {:reply, state.handled, state}
end
