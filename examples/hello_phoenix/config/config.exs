import Config

config :phoenix, :json_library, Jason

# An application to look at, on this machine only: its secrets are none.
config :hello_phoenix, HelloWeb.Endpoint,
  adapter: Bandit.PhoenixAdapter,
  http: [ip: {127, 0, 0, 1}, port: 4000],
  server: config_env() != :test,
  secret_key_base: String.duplicate("hello_phoenix ", 5),
  live_view: [signing_salt: "hello_phoenix"],
  pubsub_server: Hello.PubSub,
  check_origin: ["//localhost", "//127.0.0.1"],
  render_errors: [formats: [html: HelloWeb.ErrorHTML, json: HelloWeb.ErrorJSON], layout: false]

# What a test provokes should not fill the screen.
config :logger, level: if(config_env() == :test, do: :none, else: :info)
