# A room asks for the rules by itself, while the desk still waits for it to open.

defmodule Library.Room do
  use GenServer, restart: :temporary

  def start_link({number, _}), do: GenServer.start_link(__MODULE__, number)

  @impl true
  def init(number) do
    rules = GenServer.call(Library.Desk, :rules, 2_000)
    {:ok, %{number: number, rules: rules}}
  end

  @impl true
  def handle_info(:close, room), do: {:stop, :normal, room}
end
