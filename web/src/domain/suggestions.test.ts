import type { CrashRow, FlowRow } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { suggestions } from "./suggestions.ts";

const crash = (name: string | null): CrashRow =>
  ({ process: { name, label: name ?? "#PID<0.1.0>" } }) as CrashRow;
const flow = (title: string): FlowRow => ({ title }) as FlowRow;

it("suggests questions about what was clicked and what crashed, each once", () => {
  const clicks = ["click increment on HelloWeb.CounterLive", "click increment on X", "GET /", "click save"];
  const asked = suggestions([crash("Shop.Cart"), crash("Shop.Cart"), crash(null)], clicks.map(flow));
  expect(asked.slice(0, 3)).toEqual([
    "Why did nothing change when I clicked increment?",
    "Why did nothing change when I clicked save?",
    "Why did Shop.Cart crash?",
  ]);
  expect(new Set(asked).size).toBe(asked.length);
});

it("has something to ask of an empty record", () => {
  expect(suggestions([], [])).toContain("What went wrong?");
});
