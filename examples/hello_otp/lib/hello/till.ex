defmodule Hello.Till do
  @moduledoc "Takes the money, in cents. Nobody gets something for nothing: an empty order is refused."
  use GenServer

  @doc false
  def start_link(_arg), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @doc "Pays `cents`; the answer is the number of the receipt."
  @spec pay(String.t(), non_neg_integer()) :: {:ok, pos_integer()} | {:error, :nothing_to_pay}
  def pay(customer, cents), do: GenServer.call(__MODULE__, {:pay, customer, cents})

  @doc "Cents taken since the start."
  @spec taken() :: non_neg_integer()
  def taken, do: GenServer.call(__MODULE__, :taken)

  @impl true
  def init(_arg), do: {:ok, %{taken: 0, receipts: 0}}

  @impl true
  def handle_call({:pay, _customer, 0}, _from, state),
    do: {:reply, {:error, :nothing_to_pay}, state}

  def handle_call({:pay, _customer, cents}, _from, state) do
    state = %{taken: state.taken + cents, receipts: state.receipts + 1}
    {:reply, {:ok, state.receipts}, state}
  end

  def handle_call(:taken, _from, state), do: {:reply, state.taken, state}
end
