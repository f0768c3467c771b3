/** A small application: a cart with a state, a `:via` module, and somebody who holds what a test starts. */
export const SHOP_MODULES = `
  defmodule Shop.Cart do
    use GenServer
    def start_link(options), do: GenServer.start_link(__MODULE__, 0, options)
    def init(n), do: {:ok, %{count: n}}
    def handle_call(:count, _, state), do: {:reply, state.count, state}
    def handle_cast({:add, n}, state), do: {:noreply, %{state | count: state.count + n}}
    def handle_cast(:boom, _), do: raise "boom"
    def handle_cast(:stop, state), do: {:stop, :normal, state}
    def handle_info({:label, label}, state), do: (Process.put(:"$process_label", label); {:noreply, state})
    def handle_info(_, state), do: {:noreply, state}
  end
  defmodule Shop.Via do
    def start, do: :ets.new(__MODULE__, [:named_table, :public])
    def register_name(name, pid), do: if(:ets.insert_new(__MODULE__, {name, pid}), do: :yes, else: :no)
    def unregister_name(name), do: :ets.delete(__MODULE__, name)
    def whereis_name(name), do: :ets.lookup(__MODULE__, name) |> Enum.map(&elem(&1, 1)) |> List.first(:undefined)
    def send(name, message), do: Kernel.send(whereis_name(name), message)
  end
  defmodule Shop.Owner do
    # Holds what a test starts, so that it does not end with the evaluation that started it.
    def hold(fun) do
      me = self()
      spawn(fn -> Kernel.send(me, {:held, fun.()}); Process.sleep(:infinity) end)
      receive do {:held, value} -> value end
    end
  end
  :ok`;
