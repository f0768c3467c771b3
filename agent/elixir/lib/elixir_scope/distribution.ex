defmodule ElixirScope.Distribution do
  @moduledoc false
  # Makes this node reachable for ElixirScope, on loopback only.

  alias ElixirScope.Error

  @spec ensure(keyword()) :: :ok | {:error, Error.t()}
  def ensure(options) do
    if Node.alive?(), do: :ok, else: start(name(options))
  end

  defp name(options) do
    case to_string(options[:name] || "elixir_#{System.pid()}") do
      name -> String.to_atom(if String.contains?(name, "@"), do: name, else: name <> "@127.0.0.1")
    end
  end

  defp start(name) do
    # Before it starts: what listens on all interfaces cannot be called back.
    Application.put_env(:kernel, :inet_dist_use_interface, {127, 0, 0, 1})
    start_epmd()

    case Node.start(name) do
      {:ok, _} ->
        # Nobody knows it but those whom we tell.
        Node.set_cookie(:crypto.strong_rand_bytes(24) |> Base.encode32() |> String.to_atom())
        :ok

      {:error, reason} ->
        {:error,
         Error.new(
           "SETUP_NOT_DISTRIBUTED",
           "This node cannot be made reachable as #{name}: #{inspect(reason)}. Is there an epmd? Start the node with a name " <>
             "(iex --name my_app@127.0.0.1 -S mix), or under elixirscope run."
         )}
    end
  end

  defp start_epmd do
    if epmd = epmd(),
      do:
        System.cmd(epmd, ["-daemon"],
          env: [{"ERL_EPMD_ADDRESS", "127.0.0.1"}],
          stderr_to_stdout: true
        )

    :ok
  end

  # In a release it lies beside the emulator.
  defp epmd do
    beside = :code.root_dir() |> Path.join("erts-#{:erlang.system_info(:version)}/bin/epmd")
    System.find_executable("epmd") || System.find_executable(to_string(beside))
  end
end
