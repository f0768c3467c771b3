# A real ElixirScope observes this very node: ELIXIRSCOPE_COMMAND says which one is started, where none is attached.
{:ok, session} = ElixirScope.setup(quiet: true)
Application.put_env(:elixirscope, :session, session)

ExUnit.after_suite(fn _ ->
  :ok = ElixirScope.stop()
end)

ExUnit.start(max_cases: 1, timeout: 120_000)
