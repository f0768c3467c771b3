import { atom, binary, decode, ErlangMap, encode, inspect, type Term, Tuple, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import type { StoredEvent } from "../store/index.ts";
import { answerFromNode, type Door } from "./iex-door.ts";

const PAYLOAD = encode(tuple(atom("count"), 5)).subarray(1);

function door(): { readonly asked: unknown[]; readonly door: Door } {
  const asked: unknown[] = [];
  return {
    asked,
    door: {
      call: async (method, input) => {
        asked.push([method, input]);
        return { lastEventId: 3, rows: [{ durationNs: null, mailboxLength: 0 }] };
      },
      settled: async () => {
        asked.push("settled");
      },
      store: {
        events: async ({ afterId = 0, beforeId = 0 }) =>
          [2, 3, 7]
            .filter((id) => id > afterId && id < beforeId)
            .map((id) => ({ id, payload: id === 7 ? new Uint8Array() : PAYLOAD }) as unknown as StoredEvent),
      },
    },
  };
}

/** As the node gets it. */
const answered = async (request: Term, one: Door): Promise<string> =>
  inspect(decode(encode(await answerFromNode(request, one))));

const keywords = (...pairs: readonly (readonly [string, Term])[]): Term =>
  pairs.map(([key, value]) => new Tuple([atom(key), value]));

describe("the door for those who ask from the node", () => {
  it("takes names and keys in snake_case, and answers in it", async () => {
    const { asked, door: one } = door();
    const request = tuple(atom("message_flow"), keywords(["limit", 5], ["by", atom("process")]));
    expect(await answered(request, one)).toBe(
      "{:ok, %{last_event_id: 3, rows: [%{duration_ns: nil, mailbox_length: 0}]}}",
    );
    expect(asked).toEqual(["settled", ["messageFlow", { limit: 5, by: "process" }]]);
  });

  it("gives the terms of events themselves, each in its place", async () => {
    const { door: one } = door();
    expect(await answered(tuple(atom("terms"), [3, 7, 2, 9]), one)).toBe(
      "{:ok, [{:count, 5}, nil, {:count, 5}, nil]}",
    );
    expect(await answered(tuple(atom("terms"), [0]), one)).toContain("ENGINE_UNKNOWN_REQUEST");
  });

  it("compares two terms", async () => {
    const { door: one } = door();
    const map = (n: number): Term => new ErlangMap([[atom("a"), n]]);
    expect(await answered(tuple(atom("compare"), map(1), map(2)), one)).toContain(
      '%{path: ".a", iex: "state.a", before: "1", after: "2"}',
    );
  });

  it("takes itself out after it has answered", async () => {
    const { asked, door: one } = door();
    expect(await answered(atom("detach"), one)).toBe("{:ok, nil}");
    expect(asked).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([["detach", {}]]);
  });

  it("refuses what is not the node's business, with what there is", async () => {
    const { asked, door: one } = door();
    for (const name of ["attach", "replay", "unpin", "nonsense"])
      expect(await answered(tuple(atom(name), []), one)).toContain("ENGINE_UNKNOWN_REQUEST");
    expect(await answered(binary("what?"), one)).toContain("there are status");
    expect(await answered(tuple(atom("events"), keywords(["limit", binary("many")])), one)).toContain(
      "ENGINE_BAD_INPUT",
    );
    expect(asked).toEqual([]);
  });
});
