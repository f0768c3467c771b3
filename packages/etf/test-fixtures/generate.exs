# Writes terms as this release writes and prints them, as JSON, to standard output: the fixtures of src/fixtures.test.ts.
#   elixir generate.exs > otp25.json
sources = [
  "0", "255", "256", "-1", "2147483647", "2147483648", "-2147483648", "-2147483649", "9007199254740991",
  "9007199254740992", "-9007199254740993", "2 ** 64", "-(2 ** 2047)", "2 ** 2048",
  "0.0", "-0.0", "1.0", "0.1", "1.0e20", "1.0e-7", "0.001", "123456789.125", "1.0e15", "1.0e16", "5.0e-324", "1.7976931348623157e308",
  ":ok", "nil", "true", ":\"with space\"", ":été", "Hello.Counter", ":\"Elixir.foo\"", ":a@b", ":Foo", ":+", ":\"::\"", ":\"\"",
  "String.to_atom(String.duplicate(\"a\", 255))", "String.to_atom(String.duplicate(\"é\", 255))",
  "{}", "{:ok, 1}", "List.to_tuple(Enum.to_list(1..300))",
  "[]", "[1, 2, 3]", "[1, 2 | 3]", "[300, 400]", "[a: 1, b: [c: 2]]", "[{:a, 1}, :b]", "[{Hello, 1}]", "[:a | :b]",
  "'abc'", "'it\\'s \"x\"'", "[0, 1]", "[127]", "Enum.to_list(1..60)", "List.duplicate(97, 5000)",
  "\"abc\"", "\"\"", "\"a\\nb\\t\\\"\\e\\d\\\#{x}\"", "\"héllo ✓ 🎉\"", "<<0, 1, 2>>", "<<255>>", "<<1::size(3)>>", "<<1, 2, 3::size(5)>>", "\"\\u200b\"",
  "String.duplicate(\"x\", 5000)", ":binary.copy(<<0>>, 60)",
  "%{}", "%{a: 1}", "%{\"k\" => 1, 2 => 3}", "%{1 => %{2 => 3}}", "Map.new(1..40, &{&1, &1})", "%{Hello => 1}", "%{:\"a b\" => 1}",
  "~D[2024-02-29]", "~T[12:34:56.789]", "~N[2024-01-01 00:00:00]", "~U[2024-01-01 00:00:00.000001Z]",
  "%DateTime{year: 2000, month: 2, day: 29, zone_abbr: \"AMT\", hour: 23, minute: 0, second: 7, microsecond: {0, 0}, utc_offset: -14400, std_offset: 0, time_zone: \"America/Manaus\"}",
  "Date.range(~D[2024-01-01], ~D[2024-12-31])", "Date.new!(-1, 1, 1)",
  "1..3", "3..1//-1", "1..10//2", "1..0//1", "MapSet.new([1, 2])", "MapSet.new(['abc'])", "MapSet.new()",
  "~r/a\\/b[0-9]+\\n/iu", "~r/x\#{1}y/s", "Regex.compile!(\"\\n\")",
  "Version.parse!(\"1.2.3\")", "Version.parse!(\"1.2.3-rc.1+b\")", "URI.parse(\"https://u@example.com:8080/p?q#f\")",
  "Version.parse_requirement!(\"~> 1.0\")", "Stream.map(1..3, &Integer.to_string/1).enum", "%RuntimeError{message: \"boom\"}",
  "%Task{mfa: nil, owner: nil, pid: nil, ref: nil}", "%{__struct__: :foo, a: 1}", "%{__struct__: 1}", "%ArgumentError{}",
  "&Enum.map/2", "&:erlang.+/2", "&Kernel.\"a b\"/1", ":erlang.list_to_pid('<0.250.0>')", ":erlang.list_to_port('#Port<0.6>')",
  ":erlang.list_to_ref('#Ref<0.1.2.3>')", "hd(:erlang.ports())", "make_ref()", "self()",
  "{:trace_ts, self(), :send, {:\"$gen_cast\", {:inc, 1}}, self(), :erlang.monotonic_time()}",
  "Enum.map(1..60, &{&1, [&1]})", "[[[[1, [2, [3]]]]], %{a: %{b: [c: {1, 2}]}}]", "{:a, {:b, {:c, [1 | 2]}}}"
]

escape = fn text ->
  text
  |> String.to_charlist()
  |> Enum.map_join(fn
    c when c in [?", ?\\] -> <<?\\, c>>
    c when c < 32 or c > 126 -> c |> then(&:unicode.characters_to_binary([&1], :unicode, {:utf16, :big})) |> then(fn b -> for <<u::16 <- b>>, into: "", do: "\\u" <> String.pad_leading(Integer.to_string(u, 16), 4, "0") end)
    c -> <<c>>
  end)
end

row = fn source, options ->
  {value, _} = Code.eval_string(source)
  bytes = :erlang.term_to_binary(value, options)
  text = inspect(value, width: :infinity)
  ~s({"source":"#{escape.(source)}","bytes":"#{Base.encode64(bytes)}","inspect":"#{escape.(text)}"})
end

rows =
  Enum.map(sources, &row.(&1, [])) ++
    [
      row.("String.duplicate(\"compress me \", 100)", [:compressed]),
      row.("Enum.to_list(1..50)", [compressed: 9]),
      row.(":été", minor_version: 1),
      row.(":été", minor_version: 2),
      row.("1.5", minor_version: 0)
    ]

local =
  if String.to_integer(System.otp_release()) >= 26,
    do: Base.encode64(:erlang.term_to_binary({:a, [1, "b"]}, [:local])),
    else: ""

IO.puts(~s({"local":"#{local}","elixir":"#{System.version()}","otp":"#{System.otp_release()}","terms":[\n#{Enum.join(rows, ",\n")}\n]}))
