# What Elixir says of patterns on terms. Reads {patterns, sources, shared} from the file named first: each pattern is
# `head when guard` for one argument, each source one term. Each pattern is tried on the term with its own number and on
# the first, `shared`. Writes {terms, [{pattern, term}]}, those that match, to the second.
defmodule Shop.Item do
  defstruct qty: 0, name: nil
end

[input, output] = System.argv()
{patterns, sources, shared} = input |> File.read!() |> :erlang.binary_to_term()

functions =
  for {pattern, i} <- Enum.with_index(patterns) do
    [head | guards] = String.split(pattern, " when ", parts: 2)
    "def p#{i}(#{head})#{Enum.map(guards, &(" when " <> &1))}, do: true\ndef p#{i}(_), do: false\n"
  end

Code.compile_string("defmodule Patterns do\n#{functions}\nend")
{terms, _} = Code.eval_string("[" <> Enum.join(sources, ",\n") <> "]")

matches =
  for {_pattern, i} <- Enum.with_index(patterns),
      {term, j} <- Enum.with_index(terms),
      j < shared or j == i,
      # OTP 25's compiler lets the error of a constant guard (`when not {}`) out of the function.
      (try do
         apply(Patterns, :"p#{i}", [term])
       rescue
         ArgumentError -> false
       end),
      do: {i, j}

File.write!(output, :erlang.term_to_binary({terms, matches}))
