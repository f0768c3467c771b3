# Evaluates expressions one after the other, as IEx would, and prints what each printed and gave:
#   mix run docs-session.exs FILE    (a line of FILE is an expression in base64)
# What the log says meanwhile comes at any time, between the answers.
Logger.configure(level: :warning)

defmodule MyApp.Counter do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, %{count: 0}, name: __MODULE__)
  def increment, do: GenServer.call(__MODULE__, :increment)

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_call(:increment, _from, %{count: count}), do: {:reply, count + 1, %{count: count + 1}}
end

{:ok, _} = MyApp.Counter.start_link([])
{:ok, _} = Application.ensure_all_started(:elixirscope)
[file] = System.argv()

file
|> File.stream!()
|> Enum.reduce([], fn line, binding ->
  {value, binding} = line |> String.trim() |> Base.decode64!() |> Code.eval_string(binding)
  IO.puts(inspect(value) <> "\n@end@")
  binding
end)
