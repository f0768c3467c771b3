import Config

# PORT: where the server listens. HELLO_BUG: `topic` switches the misspelt topic on.
if port = System.get_env("PORT") do
  config :hello_phoenix, HelloWeb.Endpoint,
    http: [ip: {127, 0, 0, 1}, port: String.to_integer(port)]
end

case System.get_env("HELLO_BUG") do
  none when none in [nil, "", "off"] -> :ok
  "topic" -> config :hello_phoenix, bug: :topic
  other -> raise "HELLO_BUG must be `topic` or `off`, got: #{inspect(other)}"
end
