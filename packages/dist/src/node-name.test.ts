import { describe, expect, test } from "vitest";
import { nearestFirst, parseNodeName, randomLocalName, requireSameForm } from "./node-name.ts";

describe("node names", () => {
  test.each([
    ["shop@127.0.0.1", "shop", "127.0.0.1"],
    ["my_app-2@host", "my_app-2", "host"],
    ["a@fe80::1", "a", "fe80::1"],
    ["shop@grüße.example", "shop", "grüße.example"],
  ])("%s", (node, name, host) => {
    expect(parseNodeName(node)).toEqual({ name, host });
  });

  test.each([
    "shop",
    "@host",
    "shop@",
    "a@b@c",
    "a b@c",
    "shop@a/b",
    `${"x".repeat(250)}@hosts`,
    "sh\u00fcp@host",
  ])("%j is none", (node) => {
    expect(() => parseNodeName(node)).toThrow(/is not a node name: write name@host/);
  });

  test("our own fits the peer's form and is never the same twice", () => {
    expect(randomLocalName("10.0.0.7")).toMatch(/^elixirscope_[0-9a-f]{12}@127\.0\.0\.1$/);
    expect(randomLocalName("shophost")).toMatch(/^elixirscope_[0-9a-f]{12}@[^.]+$/);
    expect(randomLocalName("::1")).not.toBe(randomLocalName("::1"));
    requireSameForm(randomLocalName("a.b"), "x@a.b");
    requireSameForm(randomLocalName("a"), "x@a");
  });

  test("forms that cannot talk say what to write", () => {
    expect(() => requireSameForm("me@here", "shop@a.b")).toThrow(/has a dot, such as name@127.0.0.1/);
    expect(() => requireSameForm("me@a.b", "shop@here")).toThrow(/has no dot, such as name@localhost/);
  });
});

test("the nearest names come first", () => {
  const names = ["rabbit", "shop_worker", "till", "shop", "shap"];
  expect(nearestFirst("shop", names)[0]).toBe("shop");
  expect(nearestFirst("shpo", names).slice(0, 2).toSorted()).toEqual(["shap", "shop"]);
  expect(nearestFirst("tll", names)[0]).toBe("till");
  expect(nearestFirst("shop_work", names)[0]).toBe("shop_worker");
  expect(nearestFirst("x", [])).toEqual([]);
});
