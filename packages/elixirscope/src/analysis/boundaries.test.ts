import { describe, expect, it } from "vitest";
import { type BoundaryModule, findBoundaries } from "./boundaries.ts";

/** `Caller: Callee.fun/1, …`, a module a line. */
const drawn = (text: string): readonly BoundaryModule[] =>
  text
    .trim()
    .split("\n")
    .map((line) => {
      const [module, calls = ""] = line.trim().split(":");
      return {
        module: `Elixir.${module}`,
        imports: [...calls.matchAll(/([\w.]+)\.(\w+)\/(\d)/g)].map(([, callee, name, arity]) => ({
          module: `Elixir.${callee}`,
          function: name!,
          arity: Number(arity),
        })),
      };
    });

const leaksOf = (text: string, config: Parameters<typeof findBoundaries>[1] = {}): readonly string[] =>
  findBoundaries(drawn(text), { web: ["ShopWeb"], ...config }).leaks.map(({ kind, caller, callee }) =>
    `${kind}: ${caller} -> ${callee.module}.${callee.function}`.replaceAll("Elixir.", ""),
  );

const SHOP = `
  Shop: Shop.Sales.total/0
  Shop.Repo:
  Shop.Application: Shop.Sales.Till.start_link/1
  Shop.Sales: Shop.Sales.Till.add/1, Shop.Repo.all/1
  Shop.Sales.Till: Shop.Sales.Till.Drawer.open/0
  Shop.Sales.Till.Drawer:
  Shop.Stock: Shop.Stock.Item.take/1, Shop.Sales.total/0
  Shop.Stock.Item:
  ShopWeb: Enum.map/2
  ShopWeb.Endpoint:
  ShopWeb.PageController: Shop.Sales.total/0, ShopWeb.Endpoint.url/0, Shop.Stock.Item.__struct__/0
`;

describe("boundaries", () => {
  it("finds contexts by convention, and nothing to complain of where everybody uses the doors", () => {
    const found = findBoundaries(drawn(SHOP), { web: ["ShopWeb"] });
    expect(found.contexts).toEqual([
      { name: "Shop.Sales", modules: 3 },
      { name: "Shop.Stock", modules: 2 },
    ]);
    expect(found.leaks).toEqual([]);
    expect(found.edges).toEqual([
      { from: "Shop.Stock", to: "Shop.Sales", functions: 1 },
      { from: "ShopWeb", to: "Shop.Sales", functions: 1 },
      { from: "ShopWeb", to: "Shop.Stock", functions: 1 },
    ]);
  });

  it("names web code that calls internals or the Repo, and a context in another's internals", () => {
    const leaky = `${SHOP}
      ShopWeb.CartLive: Shop.Sales.Till.add/1, Shop.Repo.insert/1
      Shop.Stock.Order: Shop.Sales.Till.Drawer.open/0`;
    expect(leaksOf(leaky)).toEqual([
      "web_calls_internals: ShopWeb.CartLive -> Shop.Sales.Till.add",
      "web_calls_repo: ShopWeb.CartLive -> Shop.Repo.insert",
      "context_calls_internals: Shop.Stock.Order -> Shop.Sales.Till.Drawer.open",
    ]);
  });

  it("is told which contexts there are, what is open, and which leaks are meant", () => {
    const leaky = `${SHOP}
      ShopWeb.CartLive: Shop.Sales.Till.add/1, Shop.Repo.insert/1`;
    expect(leaksOf(leaky, { public: ["Shop.Sales.Till"] })).toHaveLength(1);
    expect(leaksOf(leaky, { allow: ["ShopWeb.CartLive -> Shop.Repo"] })).toHaveLength(1);
    expect(leaksOf(leaky, { contexts: ["Shop.Stock"] })).toEqual([
      "web_calls_repo: ShopWeb.CartLive -> Shop.Repo.insert",
    ]);
    // No web: contexts among themselves only.
    expect(leaksOf(leaky, { web: [] })).toEqual([]);
  });
});
