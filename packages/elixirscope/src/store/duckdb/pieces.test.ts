import * as fc from "fast-check";
import { expect, it } from "vitest";
import { batchOf } from "../testing.ts";
import { cutBatch } from "./pieces.ts";

/** What a reader makes of a cut: each payload out of its piece. */
function payloads(batch: ReturnType<typeof batchOf>): { parts: Uint8Array[]; read: Uint8Array[] } {
  const cut = cutBatch(batch);
  const parts = cut.starts.map((start, i) => batch.bytes.subarray(start, cut.starts[i + 1]));
  const read = Array.from({ length: batch.count }, (_, i) =>
    parts[cut.piece[i]!]!.slice(cut.offset[i], cut.offset[i]! + batch.length[i]!),
  );
  return { parts, read };
}

it("keeps every payload in one piece, and all bytes", () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 900, max: 5000 })));
  const property = fc.property(sizes, (lengths) => {
    const given = lengths.map((length, i) => new Uint8Array(length).fill(i + 1));
    const batch = batchOf(given.map((payload) => ({ kind: "send", payload })));
    const { parts, read } = payloads(batch);
    expect(read.map((bytes, i) => Buffer.compare(bytes, given[i]!))).toEqual(given.map(() => 0));
    expect(Buffer.compare(Buffer.concat(parts), batch.bytes)).toBe(0);
    for (const part of parts) expect(part.byteLength).toBeLessThanOrEqual(Math.max(1024, ...lengths) + 6);
  });
  fc.assert(property);
});

it("does not cut where payloads overlap or go backwards", () => {
  const given = Array.from({ length: 4 }, (_, i) => ({
    kind: "send" as const,
    payload: new Uint8Array(900).fill(i),
  }));
  const batch = batchOf(given);
  batch.offset.set([...batch.offset.subarray(0, 4)].toReversed());
  const { parts, read } = payloads(batch);
  expect(parts).toEqual([batch.bytes]);
  expect(read.map(([first]) => first)).toEqual([3, 2, 1, 0]);
});

it("refuses a payload beyond the end", () => {
  const batch = batchOf([{ kind: "send", payload: new Uint8Array(5) }]);
  batch.length[0] = 6;
  expect(() => cutBatch(batch)).toThrow(RangeError);
});
