# The documentation of compiled modules as Markdown: elixir elixir-docs.exs FOLDER_OF_BEAMS
[ebin] = System.argv()
true = Code.append_path(ebin)

spec_of = fn specs, name, arity ->
  case List.keyfind(specs, {name, arity}, 0) do
    nil -> ""
    {_, clauses} ->
      text = Enum.map_join(clauses, "\n", &("@spec " <> Macro.to_string(Code.Typespec.spec_to_quoted(name, &1))))
      "```elixir\n#{text}\n```\n\n"
  end
end

# Examples stand indented in docs, as ExDoc shows them.
fenced = fn doc ->
  doc
  |> String.replace(~r/(?:^    .*\n?(?:\n(?=    ))?)+/m, fn block ->
    "```elixir\n" <> String.trim_trailing(String.replace(block, ~r/^    /m, "")) <> "\n```\n"
  end)
  |> String.replace(~r/^(#+) /m, "##\\1 ")
end

beams = ebin |> Path.join("Elixir.ElixirScope*.beam") |> Path.wildcard() |> Enum.sort()

for beam <- beams do
  module = beam |> Path.basename(".beam") |> String.to_atom()
  {:docs_v1, _, :elixir, _, moduledoc, _, docs} = Code.fetch_docs(beam)

  with %{"en" => about} <- moduledoc do
    {:ok, specs} = Code.Typespec.fetch_specs(module)
    IO.puts("## #{inspect(module)}\n\n#{fenced.(about)}\n")

    for {{kind, name, arity}, _, signature, %{"en" => doc}, meta} <- docs, kind in [:function, :macro] do
      _ = meta
      IO.puts("### `#{Enum.join(signature, " ")}`\n")
      IO.puts(spec_of.(specs, name, arity) <> fenced.(doc) <> "\n")
    end
  end
end
