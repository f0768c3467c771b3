import { expect, it } from "vitest";
import { giveBackMemory } from "./give-back.ts";

it("gives memory back while a recording's own settings are locked, and not all the time", async () => {
  const first = performance.now() + 20_000;
  expect(await giveBackMemory(first)).toBe(true);
  expect(await giveBackMemory(first + 9_000)).toBe(false);
  expect(await giveBackMemory(first + 10_001)).toBe(true);
});
