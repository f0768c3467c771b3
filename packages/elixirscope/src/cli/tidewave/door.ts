// Elixir that Tidewave evaluates in the application. Its result is a text `elixirscope WORD …`, which is looked for in what
// Tidewave answers. It works on every Elixir and OTP that Tidewave does.

/**
 * Switches distribution on: a hidden node on the loopback interface, with the cookie in a file that only the user can read, so
 * that it is neither in the request nor in the application's log. `arguments` are the file and the name of the node.
 *
 * Off again, and EPMD ended if it was started here, is what two processes see to that watch each other: where the last connected
 * node is gone and none has come again for 700 ms (a connection that is lost is made anew), or none has come at all within ten
 * seconds. So it is off where ElixirScope is killed, too.
 */
export const SWITCH_ON = `
[file, name] = arguments
loopback = {127, 0, 0, 1}

on = fn ->
  cookie = file |> File.read!() |> String.trim() |> String.to_atom()
  port = with {:ok, [[port | _] | _]} <- :init.get_argument(:epmd_port), do: ["-port", List.to_string(port)], else: (_ -> [])
  epmd = fn args ->
    places = [System.get_env("BINDIR"), Path.join([:code.root_dir(), "erts-#{:erlang.system_info(:version)}", "bin"])]
    program = Enum.find(for(place <- places, place, do: Path.join(place, "epmd")), &File.exists?/1) || System.find_executable("epmd") || raise("there is no epmd")
    System.cmd(program, port ++ args, env: [{"ERL_EPMD_ADDRESS", "127.0.0.1"}], stderr_to_stdout: true)
  end
  wait = fn wait, left, done? ->
    cond do
      done?.() -> true
      left == 0 -> false
      true -> Process.sleep(20); wait.(wait, left - 1, done?)
    end
  end
  epmd? = fn -> match?({:ok, _}, :erl_epmd.names(loopback)) end
  started_epmd? = not epmd?.() and match?({_, 0}, epmd.(["-daemon"]))
  wait.(wait, 250, epmd?) || raise("EPMD does not start")

  off = fn ->
    :net_kernel.stop()
    if started_epmd?, do: wait.(wait, 50, fn -> :erl_epmd.names(loopback) == {:ok, []} end) && epmd.(["-kill"])
  end

  before = :application.get_env(:kernel, :inet_dist_use_interface)
  :application.set_env(:kernel, :inet_dist_use_interface, loopback)
  cookie_file = Path.join(System.user_home() || "/", ".erlang.cookie")
  no_cookie_file? = not File.exists?(cookie_file)
  started = :net_kernel.start(String.to_atom(name), %{name_domain: :longnames, hidden: true})
  with {:ok, interface} <- before, do: :application.set_env(:kernel, :inet_dist_use_interface, interface)
  if before == :undefined, do: :application.unset_env(:kernel, :inet_dist_use_interface)

  case started do
    {:ok, _} ->
      :erlang.set_cookie(node(), cookie)
      if no_cookie_file?, do: File.rm(cookie_file)
      parent = self()

      watch = fn watch, guard, left ->
        receive do
          {:nodeup, _, _} -> watch.(watch, guard, :infinity)
          {:nodedown, _, _} -> watch.(watch, guard, if(:erlang.nodes(:connected) == [], do: 700, else: :infinity))
          {:DOWN, _, :process, ^guard, _} -> :ok
        after
          left -> :ok
        end
      end

      spawn(fn ->
        Process.group_leader(self(), Process.whereis(:init))
        Process.register(self(), :elixirscope_distribution)
        watcher = self()

        {guard, _} =
          spawn_monitor(fn ->
            ref = Process.monitor(watcher)
            receive do: ({:DOWN, ^ref, _, _, why} -> if(why != :normal, do: off.()))
          end)

        :net_kernel.monitor_nodes(true, node_type: :all)
        send(parent, {:elixirscope_watches, watcher})
        watch.(watch, guard, 10_000)
        off.()
      end)

      receive do: ({:elixirscope_watches, _} -> :ok)
      {:port, listens, _} = :erl_epmd.port_please(name |> String.split("@") |> hd() |> String.to_charlist(), loopback)
      "elixirscope on #{listens} #{if started_epmd?, do: "epmd", else: "-"}"

    {:error, why} ->
      if started_epmd?, do: epmd.(["-kill"])
      "elixirscope failed #{inspect(why) |> String.slice(0, 200)}"
  end
end

cond do
  Process.whereis(:elixirscope_distribution) -> "elixirscope taken #{node()}"
  node() != :nonode@nohost -> "elixirscope already #{node()}"
  not match?({:ok, _}, File.read(file)) -> "elixirscope unread #{:os.getpid()}"
  true -> try(do: on.(), rescue: (error -> "elixirscope failed #{Exception.message(error) |> String.slice(0, 200)}"))
end
`;

/** Whether it is off again, for which it gets two seconds. `arguments` is the name of the node. */
export const IS_OFF = `
[name] = arguments
Enum.find_value(0..100, fn _ -> if to_string(node()) != name, do: true, else: Process.sleep(20) && nil end)
if to_string(node()) == name, do: "elixirscope still #{Enum.join(:erlang.nodes(:connected), " ")}", else: "elixirscope off #{node()}"
`;
