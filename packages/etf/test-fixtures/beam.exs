# The other side of the tests against a real BEAM: reads a request a line from standard input, answers a line each.
#   R <term>             the term through binary_to_term and term_to_binary
#   I <limit> <printable_limit> <term>   its inspect, on one line
#   E <source>           the value of Elixir source
# Terms, sources and answers are Base64; answers start with "ok " or "error ".
defmodule Beam do
  def loop do
    case IO.binread(:stdio, :line) do
      line when is_binary(line) ->
        IO.binwrite(:stdio, [answer(String.split(String.trim(line), " ")), ?\n])
        loop()

      _ ->
        :ok
    end
  end

  defp answer(words) do
    ["ok ", Base.encode64(handle(words))]
  rescue
    error -> ["error ", Base.encode64(Exception.message(error))]
  end

  defp handle(["R", term]), do: :erlang.term_to_binary(term(term))

  defp handle(["I", limit, printable_limit, term]) do
    inspect(term(term), limit: limit(limit), printable_limit: limit(printable_limit), width: :infinity)
  end

  defp handle(["E", source]) do
    {value, _} = source |> Base.decode64!() |> Code.eval_string()
    :erlang.term_to_binary(value)
  end

  defp term(base64), do: base64 |> Base.decode64!() |> :erlang.binary_to_term()
  defp limit("infinity"), do: :infinity
  defp limit(digits), do: String.to_integer(digits)
end

:io.setopts(:standard_io, encoding: :latin1)
Beam.loop()
