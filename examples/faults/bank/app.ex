# Transfers between accounts, each of them written down in a ledger.

defmodule Bank.Accounts do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, %{ann: 100_000, ben: 100_000}, name: __MODULE__)
  def transfer(from, to, amount), do: GenServer.call(__MODULE__, {:transfer, from, to, amount})
  def balance(who), do: GenServer.call(__MODULE__, {:balance, who})

  @impl true
  def init(accounts), do: {:ok, accounts}

  @impl true
  def handle_call({:transfer, from, to, amount}, _from, accounts) do
    accounts = accounts |> Map.update!(from, &(&1 - amount)) |> Map.update!(to, &(&1 + amount))
    :ok = Bank.Ledger.record({from, to, amount, accounts[from]})
    {:reply, :ok, accounts}
  end

  def handle_call({:balance, who}, _from, accounts), do: {:reply, accounts[who], accounts}
end

defmodule Bank.Ledger do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def record(entry), do: GenServer.call(__MODULE__, {:record, entry})

  @impl true
  def init(entries), do: {:ok, entries}

  @impl true
  def handle_call({:record, entry}, _from, entries), do: {:reply, :ok, Enum.take([entry | entries], 50)}
end

defmodule Bank.Customer do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_), do: {:ok, :timer.send_interval(100, :pay)}

  @impl true
  def handle_info(:pay, state) do
    :ok = Bank.Accounts.transfer(:ann, :ben, 1)
    {:noreply, state}
  end
end

defmodule Bank.App do
  def start_link do
    children = [Bank.Accounts, Bank.Ledger, Bank.Customer]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
