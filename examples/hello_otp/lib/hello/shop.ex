defmodule Hello.Shop do
  @moduledoc "Orders, a state machine each, the till that takes the money, and the shop's door."
  use Supervisor

  @orders Hello.Shop.Orders

  @doc false
  def start_link(arg), do: Supervisor.start_link(__MODULE__, arg, name: __MODULE__)

  @doc "Starts an empty order."
  @spec order(String.t()) :: {:ok, pid()}
  def order(customer), do: DynamicSupervisor.start_child(@orders, {Hello.Order, customer})

  @doc "How many orders are under way."
  @spec open_orders() :: non_neg_integer()
  def open_orders, do: DynamicSupervisor.count_children(@orders).active

  @impl true
  def init(_arg) do
    children = [
      Hello.Door,
      Hello.Till,
      {DynamicSupervisor, name: @orders, strategy: :one_for_one}
    ]

    Supervisor.init(children, strategy: :one_for_one)
  end
end
