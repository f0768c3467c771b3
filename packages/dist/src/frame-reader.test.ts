import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DistError } from "./errors.ts";
import { FrameReader } from "./frame-reader.ts";

const LIMIT = 1_000_000;

function framed(body: Uint8Array, width: 2 | 4): Uint8Array {
  const bytes = Buffer.alloc(width + body.length);
  if (width === 2) bytes.writeUInt16BE(body.length);
  else bytes.writeUInt32BE(body.length);
  bytes.set(body, width);
  return bytes;
}

/** A reader with a small buffer, so that little input makes it move and grow. */
function collecting(width: 2 | 4 = 4, bufferBytes = 70_000): { reader: FrameReader; frames: Buffer[] } {
  const frames: Buffer[] = [];
  const reader = new FrameReader((frame) => frames.push(Buffer.from(frame)), LIMIT, bufferBytes);
  reader.headerBytes = width;
  return { reader, frames };
}

const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, i) => (i * 31) & 255));
const bytes = (length: number, seed = 1): Buffer => Buffer.alloc(length, PATTERN.subarray(seed % 200));

describe("FrameReader", () => {
  const bodies = [bytes(5), bytes(0), bytes(1, 9), bytes(300, 3)];

  test.each([2, 4] as const)("with lengths of %i bytes: cut at every point of the stream", (width) => {
    const stream = Buffer.concat(bodies.map((body) => framed(body, width)));
    for (let cut = 0; cut <= stream.length; cut++) {
      const { reader, frames } = collecting(width);
      reader.push(stream.subarray(0, cut));
      reader.push(stream.subarray(cut));
      expect(frames).toEqual(bodies);
    }
  });

  test("a byte at a time", () => {
    const { reader, frames } = collecting();
    for (const byte of Buffer.concat(bodies.map((body) => framed(body, 4)))) reader.push(Uint8Array.of(byte));
    expect(frames).toEqual(bodies);
  });

  test("any frames in any pieces come out as they went in, also above the buffer's size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200_000), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 12 }),
        (lengths, pieces) => {
          const expected = lengths.map((length, i) => bytes(length, i));
          const stream = Buffer.concat(expected.map((body) => framed(body, 4)));
          const { reader, frames } = collecting();
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = pieces[i % pieces.length] ?? 1;
            reader.push(stream.subarray(at, at + size));
            at += size;
          }
          expect(frames.length).toBe(expected.length);
          expect(frames.every((frame, i) => frame.equals(expected[i] ?? Buffer.alloc(0)))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("frames are plain views: slice() is a copy that lasts", () => {
    const kept: Uint8Array[] = [];
    const reader = new FrameReader((frame) => kept.push(frame.slice()), LIMIT);
    for (let i = 0; i < 100; i++) reader.push(framed(new Uint8Array(10_000).fill(i), 2));
    expect(kept.every((frame, i) => frame.every((byte) => byte === i))).toBe(true);
  });

  test("the width may change from one frame to the next", () => {
    const frames: string[] = [];
    const reader = new FrameReader((frame) => {
      frames.push(Buffer.from(frame).toString());
      if (frames.length === 2) reader.headerBytes = 4;
    }, LIMIT);
    reader.push(
      Buffer.concat([
        framed(Buffer.from("one"), 2),
        framed(Buffer.from("two"), 2),
        framed(Buffer.from("three"), 4),
      ]),
    );
    expect(frames).toEqual(["one", "two", "three"]);
  });

  test("paused: nothing comes, not even what is there already; resumed: all of it, in order", () => {
    const seen: number[] = [];
    const reader = new FrameReader((frame) => {
      seen.push(frame[0] ?? -1);
      if (frame[0] === 1) reader.pause();
    }, LIMIT);
    reader.headerBytes = 4;
    const stream = Buffer.concat([1, 2, 3].map((n) => framed(Uint8Array.of(n), 4)));
    // The place for the next bytes is asked for before the pause ends, as a socket does.
    reader.push(stream);
    expect(seen).toEqual([1]);
    const space = reader.space();
    reader.resume();
    expect(seen).toEqual([1, 2, 3]);
    space.set(framed(Uint8Array.of(4), 4));
    reader.filled(5, space);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test("pause and resume inside a handler neither repeat nor reorder", () => {
    const seen: number[] = [];
    const reader = new FrameReader((frame) => {
      seen.push(frame[0] ?? -1);
      reader.pause();
      reader.resume();
    }, LIMIT);
    reader.headerBytes = 4;
    reader.push(Buffer.concat([1, 2, 3].map((n) => framed(Uint8Array.of(n), 4))));
    expect(seen).toEqual([1, 2, 3]);
  });

  test("a claimed length allocates nothing", () => {
    const reader = new FrameReader(() => undefined, 0xffffffff, 70_000);
    reader.headerBytes = 4;
    reader.push(Buffer.from("fffffff0", "hex"));
    reader.push(Buffer.alloc(1_000));
    expect(reader.space().length).toBeLessThan(200_000);
  });

  test("a length above the limit is an error at once", () => {
    const { reader } = collecting();
    const claim = Buffer.alloc(4);
    claim.writeUInt32BE(LIMIT + 1);
    expect(() => reader.push(claim)).toThrow(DistError);
    expect(() => collecting().reader.push(claim)).toThrow(/claims 1000001 bytes/);
  });

  test("a handler that throws does not get the same frame again", () => {
    let calls = 0;
    const reader = new FrameReader(() => {
      calls += 1;
      if (calls === 1) throw new Error("first");
    }, LIMIT);
    reader.headerBytes = 4;
    expect(() => reader.push(framed(bytes(3), 4))).toThrow("first");
    reader.push(framed(bytes(3), 4));
    expect(calls).toBe(2);
  });
});
