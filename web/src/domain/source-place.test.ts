import { expect, it } from "vitest";
import { moduleIn, moduleOf, sourcePlace } from "./source-place.ts";

it("reads a line of a source, and nothing else", () => {
  expect(sourcePlace("lib/shop/cart.ex:40")).toEqual({ file: "lib/shop/cart.ex", line: 40 });
  expect(sourcePlace("src/cowboy_req.erl:7")).toEqual({ file: "src/cowboy_req.erl", line: 7 });
  for (const other of ["", "lib/shop/cart.ex", "lib/shop/cart.ex:0", "12:30", "javascript:1"])
    expect(sourcePlace(other)).toBeUndefined();
});

it("knows the module of a function, of Elixir and of Erlang", () => {
  expect(moduleOf("HelloWeb.RoomController.broken")).toBe("HelloWeb.RoomController");
  expect(moduleOf("Shop.Cart.add/2")).toBe("Shop.Cart");
  expect(moduleOf("Shop.Cart.-add/2-fun-0-/1")).toBe("Shop.Cart");
  expect(moduleOf(":gen_server.call/3")).toBe("gen_server");
  expect(moduleOf("gen_server.call")).toBe("gen_server");
  expect(moduleOf("something else")).toBeUndefined();
});

it("finds the module of a file by the end of its path, the outermost where there are several", () => {
  const modules = [
    { module: "Shop.Cart.Line", file: "/app/lib/shop/cart.ex" },
    { module: "Shop.Cart", file: "/app/lib/shop/cart.ex" },
    { module: "Other.Cart", file: "/app/lib/old_shop/cart.ex" },
    { module: "Bare", file: null },
  ];
  expect(moduleIn("lib/shop/cart.ex", modules)).toBe("Shop.Cart");
  expect(moduleIn("shop/cart.ex", modules)).toBe("Shop.Cart");
  expect(moduleIn("/app/lib/shop/cart.ex", modules)).toBe("Shop.Cart");
  expect(moduleIn("lib/none.ex", modules)).toBeUndefined();
});
