import Config

# HELLO_LOAD: operations per second, 0 for none. HELLO_BUG: `topic` switches the misspelt topic on.
case System.get_env("HELLO_LOAD") do
  nil ->
    :ok

  text ->
    case Integer.parse(text) do
      {rate, ""} when rate >= 0 ->
        config :hello_otp, load: rate

      _ ->
        raise "HELLO_LOAD must be a whole number of operations per second, got: #{inspect(text)}"
    end
end

case System.get_env("HELLO_BUG") do
  none when none in [nil, "", "off"] -> :ok
  "topic" -> config :hello_otp, bug: :topic
  other -> raise "HELLO_BUG must be `topic` or `off`, got: #{inspect(other)}"
end
