import { describe, expect, it } from "vitest";
import { movedTo } from "./list-keys.ts";

describe("moving in a list by keys", () => {
  it.each<[string, number, number, number | undefined]>([
    ["j", -1, 3, 0],
    ["ArrowDown", 2, 3, 2],
    ["k", 0, 3, 0],
    ["ArrowUp", -1, 3, 2],
    ["End", 0, 3, 2],
    ["PageDown", 0, 3, 2],
    ["Home", 2, 3, 0],
    ["x", 0, 3, undefined],
    ["j", -1, 0, undefined],
  ])("%s from %d of %d", (key, at, length, to) => {
    expect(movedTo(key, at, length)).toBe(to);
  });
});
