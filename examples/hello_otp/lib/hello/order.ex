defmodule Hello.Order do
  @moduledoc """
  One order, as a `:gen_statem`:

      cart ── add ──▶ cart ── check_out ──▶ paid ── 50 ms ──▶ shipped, and the process ends
       └── 30 s without an item: abandoned, and the process ends

  Its data carries a card number: a recorder that keeps payloads must not show it.
  """
  @behaviour :gen_statem

  @abandon_after 30_000
  @ship_after 50

  @doc false
  def child_spec(customer) do
    %{id: __MODULE__, start: {__MODULE__, :start_link, [customer]}, restart: :temporary}
  end

  @doc false
  def start_link(customer), do: :gen_statem.start_link(__MODULE__, customer, [])

  @doc "Puts an item into the cart; returns the sum in cents."
  @spec add(pid(), String.t(), pos_integer()) :: {:ok, pos_integer()} | {:error, :already_paid}
  def add(order, item, cents), do: :gen_statem.call(order, {:add, item, cents})

  @doc "Pays; the order is shipped soon after."
  @spec check_out(pid()) ::
          {:ok, receipt :: pos_integer()} | {:error, :nothing_to_pay | :already_paid}
  def check_out(order), do: :gen_statem.call(order, :check_out)

  @impl true
  def callback_mode, do: :state_functions

  @impl true
  def init(customer) do
    data = %{customer: customer, items: [], sum: 0, credentials: %{token: "4111 1111 1111 1111"}}
    {:ok, :cart, data, {:state_timeout, @abandon_after, :abandoned}}
  end

  @doc false
  def cart({:call, from}, {:add, item, cents}, data) do
    data = %{data | items: [item | data.items], sum: data.sum + cents}

    {:keep_state, data,
     [{:reply, from, {:ok, data.sum}}, state_timeout(@abandon_after, :abandoned)]}
  end

  def cart({:call, from}, :check_out, data) do
    case Hello.Till.pay(data.customer, data.sum) do
      {:ok, receipt} ->
        actions = [{:reply, from, {:ok, receipt}}, state_timeout(@ship_after, :ship)]
        {:next_state, :paid, Map.put(data, :receipt, receipt), actions}

      {:error, reason} ->
        {:keep_state_and_data, {:reply, from, {:error, reason}}}
    end
  end

  def cart(:state_timeout, :abandoned, data) do
    Hello.Audit.note({:abandoned, data.customer})
    {:stop, :normal}
  end

  @doc false
  def paid({:call, from}, _request, _data) do
    {:keep_state_and_data, {:reply, from, {:error, :already_paid}}}
  end

  def paid(:state_timeout, :ship, data) do
    Hello.Audit.note({:shipped, data.customer, data.receipt})
    Hello.PubSub.broadcast("orders", {:shipped, data.customer, data.sum})
    {:stop, :normal}
  end

  defp state_timeout(time, content), do: {:state_timeout, time, content}
end
