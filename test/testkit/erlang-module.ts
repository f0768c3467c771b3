/** Erlang expressions that compile and load modules given as source text (no preprocessor). */
export const loading = (...sources: readonly string[]): string =>
  sources
    .map(
      (text, i) => `
      {ok, Tokens${i}, _} = erl_scan:string(${JSON.stringify(text.replaceAll("\n", " "))}),
      Split${i} = fun F([], _, Done) -> lists:reverse(Done);
                  F([{dot, _} = D | R], Now, Done) -> F(R, [], [lists:reverse([D | Now]) | Done]);
                  F([T | R], Now, Done) -> F(R, [T | Now], Done) end,
      Forms${i} = [begin {ok, Form${i}} = erl_parse:parse_form(One), Form${i} end || One <- Split${i}(Tokens${i}, [], [])],
      {ok, Module${i}, Code${i}} = compile:forms(Forms${i}),
      code:load_binary(Module${i}, "", Code${i})`,
    )
    .join(",");
