import Config

# Operations per second of the built-in visitors; tests drive the system themselves.
config :hello_otp, load: if(config_env() == :test, do: 0, else: 20)

# The crashes of Hello.Flaky are meant: a test run should not be full of their reports.
if config_env() == :test, do: config(:logger, level: :none)
