# A parcel is taken, and nobody is told.

defmodule Mailer.Post do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def deliver(mail), do: GenServer.call(__MODULE__, {:deliver, mail}, 1_500)

  @impl true
  def init(sent), do: {:ok, sent}

  @impl true
  def handle_call({:deliver, {:parcel, _} = mail}, _from, sent),
    do: {:noreply, Enum.take([mail | sent], 20)}

  def handle_call({:deliver, mail}, _from, sent), do: {:reply, :ok, Enum.take([mail | sent], 20)}
end
