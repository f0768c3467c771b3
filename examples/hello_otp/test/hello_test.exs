defmodule HelloTest do
  use ExUnit.Case

  setup do
    on_exit(&Hello.Bug.off/0)
  end

  describe "the counter" do
    test "a click is counted, displayed and noted" do
      before = Hello.count()
      noted = Hello.Audit.total()
      assert Hello.click() == before + 1
      assert Hello.count() == before + 1
      assert Hello.displayed() == before + 1
      assert Hello.Audit.total() == noted + 1
      me = self()
      assert [{:increment, ^me, _count}] = Hello.Audit.latest(1)
    end

    test "with the bug the count goes up and the display stays" do
      Hello.click()
      shown = Hello.displayed()
      Hello.Bug.on()
      count = Hello.click()
      assert count == shown + 1
      assert Hello.count() == count
      assert Hello.displayed() == shown
      assert Hello.PubSub.subscribers("counter:udpates") == []

      Hello.Bug.off()
      assert Hello.click() == Hello.displayed()
    end

    test "when the counter dies, display and worker start anew with it" do
      Hello.click()

      old =
        for name <- [Hello.Counter, Hello.CounterView, Hello.Worker], do: Process.whereis(name)

      refs = Enum.map(old, &Process.monitor/1)
      Process.exit(hd(old), :kill)
      for ref <- refs, do: assert_receive({:DOWN, ^ref, _, _, _})
      # The supervisor answers when it is through with the restart.
      new =
        for {_id, pid, _type, _modules} <- Supervisor.which_children(Hello.CounterSupervisor),
            do: pid

      assert Enum.all?(new, &is_pid/1)
      assert new -- old == new
      assert Hello.click() == 1
      assert Hello.displayed() == 1
    end
  end

  describe "pub/sub" do
    test "reaches subscribers of the topic, and them only" do
      :ok = Hello.PubSub.subscribe("test:one")
      :ok = Hello.PubSub.broadcast("test:two", :no)
      :ok = Hello.PubSub.broadcast("test:one", :yes)
      assert_received :yes
      refute_received :no
      assert Hello.PubSub.subscribers("test:one") == [self()]
      assert "test:one" in Hello.PubSub.topics()
      :ok = Hello.PubSub.unsubscribe("test:one")
      :ok = Hello.PubSub.broadcast("test:one", :late)
      refute_received :late
    end
  end

  describe "users" do
    test "come, click and go" do
      assert {:ok, pid} = Hello.Users.enter("zoe")
      assert Hello.Users.enter("zoe") == {:error, :already_here}
      assert "zoe" in Hello.Users.names()
      count = Hello.count()
      assert Hello.Users.click("zoe") == {:ok, count + 1}
      assert :sys.get_state(pid).clicks == 1
      assert Hello.Users.leave("zoe") == :ok
      refute Process.alive?(pid)
    end

    test "who is not here cannot click or go" do
      assert Hello.Users.click("nobody") == {:error, :not_here}
      assert Hello.Users.leave("nobody") == {:error, :not_here}
    end
  end

  describe "the shop" do
    test "an order is paid, shipped and gone" do
      :ok = Hello.PubSub.subscribe("orders")
      taken = Hello.Till.taken()
      {:ok, order} = Hello.Shop.order("zoe")
      ref = Process.monitor(order)
      assert Hello.Order.check_out(order) == {:error, :nothing_to_pay}
      assert Hello.Order.add(order, "tea", 450) == {:ok, 450}
      assert Hello.Order.add(order, "milk", 99) == {:ok, 549}
      # Both in its mailbox before it goes on: once paid, it is there for another 50 ms only.
      :ok = :sys.suspend(order)
      check_out = :gen_statem.send_request(order, :check_out)
      too_late = :gen_statem.send_request(order, {:add, "more", 1})
      :ok = :sys.resume(order)
      assert {:reply, {:ok, receipt}} = :gen_statem.receive_response(check_out)
      assert is_integer(receipt)
      assert :gen_statem.receive_response(too_late) == {:reply, {:error, :already_paid}}
      assert_receive {:shipped, "zoe", 549}
      assert_receive {:DOWN, ^ref, :process, ^order, :normal}
      assert Hello.Till.taken() == taken + 549
    end

    test "the door opens at a knock and closes by itself" do
      # A new door: visitors may have left the old one open.
      :ok = Supervisor.terminate_child(Hello.Shop, Hello.Door)
      {:ok, _door} = Supervisor.restart_child(Hello.Shop, Hello.Door)
      :erlang.trace(Process.whereis(Hello.Door), true, [:receive])
      # All in its mailbox before it goes on: the time that it stays open has not begun yet.
      :ok = :sys.suspend(Hello.Door)
      :ok = Hello.Door.knock()
      :ok = Hello.Door.knock()
      status = :gen_statem.send_request(Hello.Door, :status)
      :ok = :sys.resume(Hello.Door)
      assert :gen_statem.receive_response(status) == {:reply, {:open, 1}}
      assert status_after_timeout() == {:closed, 1}
    end

    # The first knock's timer may have run out just before the second knock replaced it.
    defp status_after_timeout(timers \\ 2) do
      assert_receive {:trace, _, :receive, {:timeout, _, _}}

      with {:open, _} when timers > 1 <- Hello.Door.status(),
           do: status_after_timeout(timers - 1)
    end
  end

  describe "jobs" do
    test "run to their end and are counted" do
      %{done: done} = Hello.Quiet.jobs()
      jobs = Process.whereis(Hello.Jobs)
      :erlang.trace(jobs, true, [:receive])
      :ok = Hello.Jobs.run(10)

      assert_receive {:trace, ^jobs, :receive, {ref, digest}}
                     when is_reference(ref) and is_binary(digest)

      assert %{running: 0} = stats = Hello.Jobs.stats()
      assert stats.done == done + 1
    end
  end

  test "the clock ticks" do
    :ok = Hello.PubSub.subscribe("clock")
    assert_receive {:tick, first}
    assert_receive {:tick, second}
    assert second == first + 1
  end

  describe "trouble" do
    test "Flaky crashes with a reason and is restarted" do
      old = Process.whereis(Hello.Flaky)
      supervisor = Process.whereis(Hello.Trouble)
      :erlang.trace(supervisor, true, [:procs])

      assert {:ok, {%RuntimeError{message: "Flaky crashed: for a test"}, [_ | _]}} =
               Hello.Flaky.crash("for a test")

      assert_receive {:trace, ^supervisor, :spawn, new, _} when new != old
      children = Supervisor.which_children(Hello.Trouble)
      assert {_, ^new, :worker, _} = List.keyfind(children, Hello.Flaky, 0)
    end

    test "Slow's mailbox fills up and is worked off" do
      handled = Hello.Slow.handled()
      # Held, so that it does not work them off while they come.
      :ok = :sys.suspend(Hello.Slow)
      :ok = Hello.Slow.flood(30)
      assert Hello.Slow.waiting() == 30
      :ok = :sys.resume(Hello.Slow)
      assert Hello.Slow.handled() == handled + 30
      assert Hello.Slow.waiting() == 0
    end
  end
end
