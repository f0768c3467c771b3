# What a test waits for comes, on a machine that stalls too: only what never comes may run into this.
ExUnit.start(assert_receive_timeout: 30_000)

defmodule Hello.Quiet do
  @moduledoc "Waits until what visitors have left behind is through, so that tests do not see each other's."
  import ExUnit.Assertions

  @doc "Orders are shipped, jobs done and noted, Slow's mail worked off, Flaky is back."
  def wait do
    ended(for {_, pid, _, _} <- DynamicSupervisor.which_children(Hello.Shop.Orders), do: pid)
    jobs()
    _ = Hello.Slow.handled()
    # Answers when it is through with the restart.
    _ = Supervisor.which_children(Hello.Trouble)
    :ok
  end

  @doc "The jobs under way are done, and counted."
  def jobs do
    ended(Task.Supervisor.children(Hello.Jobs.Tasks))
    %{running: 0} = Hello.Jobs.stats()
  end

  defp ended(pids) do
    for ref <- Enum.map(pids, &Process.monitor/1), do: assert_receive({:DOWN, ^ref, _, _, _})
  end
end
