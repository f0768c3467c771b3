# The ledger asks for the balance itself, while the accounts wait for it.

defmodule Bank.Ledger do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def record(entry), do: GenServer.call(__MODULE__, {:record, entry})

  @impl true
  def init(entries), do: {:ok, entries}

  @impl true
  def handle_call({:record, {from, to, amount, _}}, _from, entries) do
    entry = {from, to, amount, Bank.Accounts.balance(from)}
    {:reply, :ok, Enum.take([entry | entries], 50)}
  end
end
