import { atom, binary, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import { scopeTerms } from "./scope-terms.ts";

it("writes a scope as the agent takes it", () => {
  expect(scopeTerms({}, atom)).toEqual({ only: undefined, except: [] });
  const scope = {
    processes: ["a"],
    apps: [":shop", "shop_web"],
    modules: ["Shop.*", "Shop.Cart", ":ranch.*"],
    under: ["top"],
    except: ["b", "app:noise", "under:c", "Shop.Poller.*"],
  };
  expect(scopeTerms(scope, atom)).toEqual({
    only: [
      atom("a"),
      tuple(atom("app"), atom("shop")),
      tuple(atom("app"), atom("shop_web")),
      tuple(atom("in"), binary("Elixir.Shop")),
      tuple(atom("in"), binary("Elixir.Shop.Cart")),
      tuple(atom("in"), binary("ranch")),
      tuple(atom("under"), atom("top")),
    ],
    except: [
      atom("b"),
      tuple(atom("app"), atom("noise")),
      tuple(atom("under"), atom("c")),
      tuple(atom("in"), binary("Elixir.Shop.Poller")),
    ],
  });
});
