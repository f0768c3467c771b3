import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { EventBatch } from "../../model/index.ts";
import { batchOf } from "../testing.ts";
import { Packer } from "./pieces.ts";
import { COMMON, RARE } from "./rare.ts";

/** What a reader makes of it: each payload out of its piece. */
function payloads(packer: Packer, batch: EventBatch): { parts: Uint8Array[]; read: Uint8Array[] } {
  const packed = packer.pack(batch, COMMON);
  const parts = packed.starts.map((start, i) => packed.bytes.slice(start, packed.starts[i + 1]));
  const read = Array.from({ length: batch.count }, (_, i) => {
    const part = parts[packed.piece[i]!] ?? new Uint8Array(0);
    return part.slice(packed.offset[i], packed.offset[i]! + batch.length[i]!);
  });
  return { parts, read };
}

const sizes = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 130 }),
    fc.integer({ min: 900, max: 5000 }),
    fc.constant(5_000_000),
  ),
  { maxLength: 1500 },
);

it("keeps every payload in one piece, and nothing else, batch after batch", () => {
  const packer = new Packer();
  const property = fc.property(sizes, fc.array(fc.nat(200), { maxLength: 600 }), (first, second) => {
    for (const lengths of [first.slice(0, 700), second]) {
      const given = lengths.map((length, i) => new Uint8Array(length).fill(i + 1));
      const batch = batchOf(given.map((payload) => ({ kind: "send", payload })));
      const { parts, read } = payloads(packer, batch);
      expect(read.map((bytes, i) => Buffer.compare(bytes, given[i]!))).toEqual(given.map(() => 0));
      expect(Buffer.compare(Buffer.concat(parts), Buffer.concat(given))).toBe(0);
      for (const part of parts) expect(part.byteLength).toBeLessThanOrEqual(Math.max(1024, ...lengths));
    }
  });
  fc.assert(property, { numRuns: 30 });
});

it("takes payloads that overlap or go backwards as they are", () => {
  const given = Array.from({ length: 4 }, (_, i) => ({
    kind: "send" as const,
    payload: new Uint8Array(900).fill(i),
  }));
  const batch = batchOf(given);
  batch.offset.set([...batch.offset.subarray(0, 4)].toReversed());
  batch.offset[1] = batch.offset[0]!;
  const { read } = payloads(new Packer(), batch);
  expect(read.map(([first]) => first)).toEqual([3, 3, 1, 0]);
});

it("refuses a payload beyond the end", () => {
  const batch = batchOf([{ kind: "send", payload: new Uint8Array(5) }]);
  batch.length[0] = 6;
  expect(() => new Packer().pack(batch, COMMON)).toThrow(RangeError);
});

it("leaves out payloads of other kinds", () => {
  const [message, reason] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  const batch = batchOf([
    { kind: "exit", payload: reason },
    { kind: "send", payload: message },
  ]);
  expect([...new Packer().pack(batch, COMMON).bytes]).toEqual([...message]);
  expect([...new Packer().pack(batch, RARE).bytes]).toEqual([...reason]);
});
