defmodule Hello.Load.Turn do
  @moduledoc "One turn of the visitors after another, and the counts of them."

  @round {:visit, :click, :knock, :click, :order, :click, :click, :job, :click, :leave, :click,
          :click, :knock, :click, :job, :click, :order, :click, :flood, :crash}
  @names ~w(ada alan barbara dennis donald edsger grace joe ken leslie margaret niklaus radia robert)
  @at_most 12
  @crash_every 5_000
  @flood 20

  defstruct position: 0, visitors: :queue.new(), next_visitor: 0, crashed_at: nil, counts: %{}

  @doc "No turn taken yet."
  def new do
    kinds = [:failed | @round |> Tuple.to_list() |> Enum.uniq()]
    %__MODULE__{counts: Map.new(kinds, &{&1, 0})}
  end

  @doc "Takes the next turn, and counts it."
  def take(%__MODULE__{} = turn) do
    kind = kind(turn)
    turn = %{turn | position: rem(turn.position + 1, tuple_size(@round))}

    try do
      act(kind, turn)
    catch
      # Somebody stopped a process that this turn was talking to.
      :exit, _reason -> {:failed, turn}
    end
    |> count()
  end

  # The round, except where it does not fit: nobody here, room for more, a crash too soon, Slow still busy.
  defp kind(turn) do
    here = :queue.len(turn.visitors)

    case elem(@round, turn.position) do
      _any when here == 0 -> :visit
      :leave when here < @at_most -> :visit
      :crash -> if crash_due?(turn), do: :crash, else: :click
      :flood -> if Hello.Slow.waiting() < @flood, do: :flood, else: :click
      kind -> kind
    end
  end

  defp crash_due?(%{crashed_at: nil}), do: true
  defp crash_due?(%{crashed_at: at}), do: now() - at >= @crash_every

  defp act(:visit, turn) do
    name = "#{Enum.at(@names, rem(turn.next_visitor, length(@names)))}-#{turn.next_visitor}"
    turn = %{turn | next_visitor: turn.next_visitor + 1}

    case Hello.Users.enter(name) do
      {:ok, _pid} -> {:visit, %{turn | visitors: :queue.in(name, turn.visitors)}}
      # Left from before the load was restarted.
      {:error, :already_here} -> act(:visit, turn)
    end
  end

  defp act(:leave, turn) do
    {{:value, name}, rest} = :queue.out(turn.visitors)
    turn = %{turn | visitors: rest}
    if Hello.Users.leave(name) == :ok, do: {:leave, turn}, else: {:failed, turn}
  end

  defp act(:click, turn) do
    {{:value, name}, rest} = :queue.out(turn.visitors)

    case Hello.Users.click(name) do
      {:ok, _count} -> {:click, %{turn | visitors: :queue.in(name, rest)}}
      {:error, :not_here} -> {:failed, %{turn | visitors: rest}}
    end
  end

  defp act(:order, turn) do
    {:ok, order} = Hello.Shop.order(:queue.head(turn.visitors))
    {:ok, _sum} = Hello.Order.add(order, "tea", 450)
    {:ok, _sum} = Hello.Order.add(order, "biscuits", 320)
    {:ok, _receipt} = Hello.Order.check_out(order)
    {:order, turn}
  end

  defp act(:job, turn) do
    :ok = Hello.Jobs.run(200)
    {:job, turn}
  end

  defp act(:knock, turn) do
    :ok = Hello.Door.knock()
    {:knock, turn}
  end

  defp act(:flood, turn) do
    :ok = Hello.Slow.flood(@flood)
    {:flood, turn}
  end

  defp act(:crash, turn) do
    turn = %{turn | crashed_at: now()}

    case Hello.Flaky.crash("a visitor pressed the wrong button") do
      {:ok, _reason} -> {:crash, turn}
      {:error, :not_running} -> {:failed, turn}
    end
  end

  defp count({kind, turn}), do: update_in(turn.counts[kind], &(&1 + 1))
  defp now, do: System.monotonic_time(:millisecond)
end
