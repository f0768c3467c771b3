import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErlangNode } from "../../testkit/erlang-node.ts";

/** The web reaches past the context, and the context calls itself a hundred times as often. */
const MODULES = [
  "-module('Elixir.ShopWeb.Endpoint'). -export([init/1]). init(O) -> O.",
  "-module('Elixir.ShopWeb.Page'). -export([show/1]).\nshow(N) ->\n{ok, 'Elixir.Shop.Sales.Till':add(N)}.",
  "-module('Elixir.Shop.Sales'). -export([total/1]). total(N) -> {ok, 'Elixir.Shop.Sales.Till':add(N)}.",
  "-module('Elixir.Shop.Sales.Till'). -export([add/1]). add(N) -> N + 1.",
];

/** Loads them into a node, with files and debug info. Returns what removes the files. */
export async function loadLeakingShop(node: ErlangNode): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "boundaries-test-"));
  await node.eval(`
    true = code:add_patha(${JSON.stringify(folder)}),
    Split = fun Split([], _, Forms) -> lists:reverse(Forms);
                Split([{dot, _} = Dot | Rest], Form, Forms) ->
                  {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])), Split(Rest, [], [Parsed | Forms]);
                Split([Token | Rest], Form, Forms) -> Split(Rest, [Token | Form], Forms) end,
    Modules = [begin
        {ok, Tokens, _} = erl_scan:string(Text),
        {ok, Name, Binary} = compile:forms(Split(Tokens, [], []), [binary, debug_info]),
        ok = file:write_file(filename:join(${JSON.stringify(folder)}, atom_to_list(Name) ++ ".beam"), Binary),
        {module, Name} = code:load_file(Name),
        Name
      end || Text <- ${JSON.stringify(MODULES)}],
    ok = application:load({application, shop, [{vsn, "1"}, {modules, Modules}, {applications, []}]})`);
  return () => rmSync(folder, { recursive: true });
}
