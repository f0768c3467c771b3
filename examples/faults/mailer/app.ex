# Letters and parcels are delivered.

defmodule Mailer.Post do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
  def deliver(mail), do: GenServer.call(__MODULE__, {:deliver, mail}, 1_500)

  @impl true
  def init(sent), do: {:ok, sent}

  @impl true
  def handle_call({:deliver, {:parcel, _} = mail}, _from, sent),
    do: {:reply, :ok, Enum.take([mail | sent], 20)}

  def handle_call({:deliver, mail}, _from, sent), do: {:reply, :ok, Enum.take([mail | sent], 20)}
end

defmodule Mailer.Sender do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 1, name: __MODULE__)

  @impl true
  def init(number) do
    :timer.send_interval(100, :send)
    {:ok, number}
  end

  @impl true
  def handle_info(:send, number) do
    kind = if rem(number, 5) == 0, do: :parcel, else: :letter

    try do
      Mailer.Post.deliver({kind, number})
    catch
      :exit, _ -> :lost
    end

    {:noreply, number + 1}
  end
end

defmodule Mailer.App do
  def start_link do
    children = [Mailer.Post, Mailer.Sender]
    Supervisor.start_link(children, strategy: :one_for_one, name: __MODULE__, max_restarts: 100)
  end
end
