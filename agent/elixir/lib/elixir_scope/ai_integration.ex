defmodule ElixirScope.AIIntegration do
  @moduledoc """
  Questions in words, and how an assistant gets at the same record.
  """
  alias ElixirScope.Door

  @doc """
  What to tell an assistant that speaks the Model Context Protocol, for this node.

      iex> {:ok, %{command: command}} = ElixirScope.AIIntegration.setup()
      iex> String.contains?(command, "mcp")
      true
  """
  @spec setup() :: {:ok, %{command: String.t(), node: node()}} | {:error, ElixirScope.Error.t()}
  def setup do
    with {:ok, _} <- Door.find(), do: {:ok, %{command: "elixirscope mcp #{node()}", node: node()}}
  end

  @doc """
  Answers a question in words, or does what a few words ask for: `"trace MyApp.Cart"`, `"record states"`, `"stop tracing"`.

      iex> ElixirScope.AIIntegration.handle_command("trace ElixirScope.Demo")
      {:ok, "ElixirScope.Demo.* is traced."}
  """
  @spec handle_command(String.t()) :: {:ok, String.t()} | {:error, ElixirScope.Error.t()}
  def handle_command(command) when is_binary(command) do
    case command |> String.trim() |> String.split(~r/\s+/, parts: 2) do
      ["trace", what] ->
        trace(what)

      ["record", "states"] ->
        with :ok <- ElixirScope.Tracing.at_least(:state), do: {:ok, "States are recorded."}

      ["record", "messages"] ->
        with :ok <- ElixirScope.Tracing.at_least(:messages), do: {:ok, "Messages are recorded."}

      ["stop", "tracing"] ->
        with :ok <- ElixirScope.Tracing.set_level(:observe),
             do: {:ok, "Only processes are observed now."}

      _ ->
        answer(command)
    end
  end

  defp trace(what) do
    pattern =
      if what =~ ~r/^[A-Z][\w.]*$/ and not (what =~ ~r/\.[a-z_]/), do: what <> ".*", else: what

    with :ok <- ElixirScope.Tracing.add_patterns([pattern]), do: {:ok, "#{pattern} is traced."}
  end

  defp answer(question) do
    with {:ok, answer} <- ElixirScope.ask(question), do: {:ok, text(answer)}
  end

  # With the events that say so, as `[12, 15]` behind each sentence.
  defp text(%{sentences: sentences, unknown: unknown}) do
    said =
      for %{text: text, evidence: evidence} <- sentences do
        if evidence == [], do: text, else: "#{text} [#{Enum.join(evidence, ", ")}]"
      end

    Enum.join(said ++ unknown, "\n")
  end
end
