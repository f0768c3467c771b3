import { atom, encode, Pid, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import type { PhoenixEvent } from "./fields.ts";
import { presencesOf } from "./presence.ts";

const text = (value: string): Term => new TextEncoder().encode(value);
const pid = (n: number): Pid => new Pid("a@b", n, 0, 1);
let next = 1;
const event = (kind: string, process: number, ...elements: readonly Term[]): PhoenixEvent => {
  const id = next++;
  return { id, ts: BigInt(id), kind, pid: process, payload: encode(tuple(...elements)).subarray(1) };
};
const told = (events: readonly PhoenixEvent[]): readonly unknown[] =>
  presencesOf(events, ({ id }) => id).map(({ topic, key, pid: who, updates, by }) => [
    topic,
    key,
    who,
    updates,
    by,
  ]);

describe("presence", () => {
  it("has who joined and how they left", () => {
    const tracked = (key: string, n: number): PhoenixEvent =>
      event("phoenix", 9, atom("track"), text("room"), text(key), pid(n), 1);
    const events = [
      tracked("ada", 1),
      tracked("ada", 2),
      tracked("eve", 3),
      tracked("bob", 4),
      event("phoenix", 9, atom("track_update"), text("room"), text("ada"), pid(1), 2),
      event("phoenix", 9, atom("untrack"), text("room"), text("ada"), pid(2)),
      event("exit", 3, atom("shutdown")),
      event("phoenix", 9, atom("untrack_all"), pid(4)),
      // It was not there, and another topic's.
      event("phoenix", 9, atom("untrack"), text("hall"), text("ada"), pid(1)),
      tracked("bob", 4),
    ];
    expect(told(events)).toEqual([
      ["room", "ada", 1, 1, undefined],
      ["room", "ada", 2, 0, "untracked"],
      ["room", "eve", 3, 0, "ended"],
      ["room", "bob", 4, 0, "untracked"],
      ["room", "bob", 4, 0, undefined],
    ]);
  });

  it("takes nothing else for it", () => {
    expect(told([event("phoenix", 1, atom("push"), text("room"), text("diff"))])).toEqual([]);
  });
});
