# Compares match specs with Elixir itself. Reads {patterns, arguments, shared} from the file named first: each pattern as
# {head and guard in Elixir, match spec}, for functions of two arguments, and the source of lists of two arguments. Each
# pattern is tried on those with its own number and on the first, `shared`.
# Writes {number of matches, [{pattern, arguments, "{what Elixir says, what the match spec says}"}]} to the second.
defmodule Shop.Item do
  defstruct qty: 0, name: nil
end

[input, output] = System.argv()
{patterns, sources, shared} = input |> File.read!() |> :erlang.binary_to_term()

functions =
  for {{head, _spec}, i} <- Enum.with_index(patterns) do
    "def p#{i}#{head}, do: true\ndef p#{i}(_, _), do: false\n"
  end

Code.compile_string("defmodule Patterns do\n#{functions}\nend")
{arguments, _} = Code.eval_string("[" <> Enum.join(sources, ",\n") <> "]")

results =
  for {{_head, spec}, i} <- Enum.with_index(patterns),
      {args, j} <- Enum.with_index(arguments),
      j < shared or j == i do
    # OTP 25's compiler lets the error of a constant guard (`when not {}`) out of the function.
    compiled =
      try do
        apply(Patterns, :"p#{i}", args)
      rescue
        ArgumentError -> false
      end

    tested =
      case :erlang.match_spec_test(args, spec, :trace) do
        {:ok, result, _, []} -> result
        other -> other
      end

    {i, j, compiled, tested}
  end

matches = Enum.count(results, fn {_, _, compiled, _} -> compiled end)
# One call for each pattern is enough to see what is wrong with it.
different =
  results
  |> Enum.filter(fn {_, _, compiled, tested} -> compiled != tested end)
  |> Enum.uniq_by(&elem(&1, 0))
  |> Enum.map(fn {i, j, compiled, tested} -> {i, j, inspect({compiled, tested})} end)

File.write!(output, :erlang.term_to_binary({matches, different}))
