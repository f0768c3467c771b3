defmodule Hello.LoadTest do
  use ExUnit.Case

  setup do
    :ok = Hello.Load.start(0)

    on_exit(fn ->
      :ok = Hello.Load.start(0)
      Hello.Quiet.wait()
    end)
  end

  defp total(counts), do: counts |> Map.values() |> Enum.sum()

  defp gained(before),
    do: Map.new(Hello.Load.counts(), fn {kind, n} -> {kind, n - before[kind]} end)

  test "what it counts is what happened" do
    before = Hello.Load.counts()
    count = Hello.count()
    taken = Hello.Till.taken()
    :ok = Hello.Load.turns(200)
    gained = gained(before)

    assert total(gained) == 200
    assert gained.failed == 0
    assert Enum.all?([:visit, :click, :order, :job, :knock, :flood, :leave], &(gained[&1] > 0))
    assert Hello.count() == count + gained.click
    assert Hello.Till.taken() == taken + gained.order * 770
    assert Hello.displayed() == Hello.count()
    # Between a visit and the next leave there is one more.
    assert length(Hello.Users.names()) in [12, 13]
  end

  test "a stopped process makes turns fail, and the load goes on" do
    :ok = Hello.Load.turns(40)
    before = Hello.Load.counts()
    for name <- Hello.Users.names(), do: Hello.Users.leave(name)
    :ok = Hello.Load.turns(40)
    gained = gained(before)
    assert total(gained) == 40
    assert gained.failed > 0
    assert gained.visit > 0 and gained.click > 0
  end

  test "keeps its rate, and pauses" do
    before = Hello.Load.counts()
    started = System.monotonic_time(:millisecond)
    :ok = Hello.Load.start(200)
    :ok = Hello.PubSub.subscribe("clock")
    keeps_up(before, started)
    stopped = Hello.Load.stop()
    elapsed = System.monotonic_time(:millisecond) - started
    # Never ahead of the rate; how far behind depends on the machine.
    assert total(stopped) - total(before) <= div(elapsed * 200, 1_000) + 1
    %{ticks: ticks} = :sys.get_state(Hello.Ticker)
    assert_receive {:tick, later} when later > ticks
    assert Hello.Load.counts() == stopped
  end

  # At some tick of ten a quarter of what is due by then is done: what a stall has cost is made up for,
  # and a load that is slower than its rate falls behind further with each.
  defp keeps_up(before, started, ticks \\ 10) do
    assert_receive {:tick, _}
    elapsed = System.monotonic_time(:millisecond) - started
    turns = total(Hello.Load.counts()) - total(before)

    if elapsed < 1_000 or turns < div(elapsed * 200, 4_000) do
      assert ticks > 1, "#{turns} turns in #{elapsed} ms"
      keeps_up(before, started, ticks - 1)
    end
  end
end
