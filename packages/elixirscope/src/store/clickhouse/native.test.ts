import { describe, expect, it } from "vitest";
import { Column, decodeBlocks, encodeBlock } from "./native.ts";

const joined = (chunks: readonly Uint8Array[]): Uint8Array => Buffer.concat(chunks);

describe("Native blocks", () => {
  it("come back as they were written, whatever their types", () => {
    const types = ["UInt8", "UInt16", "UInt32", "UInt64", "Int32", "Int64", "String"] as const;
    const columns = types.map((type) => new Column(`c ${type}`, type));
    const rows = [
      [0, 1, 2 ** 32 - 1, 2n ** 64n - 1n, -1, -(2n ** 63n), "ü"],
      [255, 65_535, 0, 5, 2 ** 31 - 1, 2n ** 63n - 1n, Uint8Array.of(0, 255)],
    ];
    for (const row of rows) for (const [i, column] of columns.entries()) column.push(row[i]!);
    const [block, ...more] = decodeBlocks(joined(encodeBlock(columns, 2)));
    expect(more).toEqual([]);
    expect(block!.columns.map((column) => [...column])).toEqual([
      [0, 255],
      [1, 65_535],
      [2 ** 32 - 1, 0],
      [2n ** 64n - 1n, 5n],
      [-1, 2 ** 31 - 1],
      [-(2n ** 63n), 2n ** 63n - 1n],
      [Buffer.from("ü"), Buffer.of(0, 255)],
    ]);
  });

  it("take ids and payloads of every length", () => {
    const ids = new Column("id", "Int64");
    const payloads = new Column("payload", "String");
    const lengths = [0, 1, 63, 64, 65, 127, 128, 300, 20_000];
    const bytes = Uint8Array.from({ length: 30_000 }, (_, i) => i % 251);
    const offset = Uint32Array.from(lengths, (_, i) => i * 7);
    ids.count(2 ** 40, lengths.length);
    payloads.cut(bytes, offset, Uint32Array.from(lengths), lengths.length);
    const [block] = decodeBlocks(joined(encodeBlock([ids, payloads], lengths.length)));
    expect([...block!.columns[0]!]).toEqual(lengths.map((_, i) => BigInt(2 ** 40 + i)));
    for (const [i, length] of lengths.entries()) {
      expect(Buffer.compare(block!.columns[1]![i] as Uint8Array, bytes.subarray(i * 7, i * 7 + length))).toBe(
        0,
      );
    }
  });

  it("take no payload from beyond a batch, and nothing of such a batch", () => {
    const payloads = new Column("payload", "String");
    const cut = (): void => payloads.cut(new Uint8Array(10), Uint32Array.of(0, 8), Uint32Array.of(2, 3), 2);
    expect(cut).toThrow(RangeError);
    expect(payloads.bytes).toHaveLength(0);
  });

  it("are not read where they end in the midst or hold what nobody asked for", () => {
    const column = new Column("c", "String");
    column.push("text");
    const whole = joined(encodeBlock([column], 1));
    for (let end = 1; end < whole.byteLength; end++) {
      expect(() => decodeBlocks(whole.subarray(0, end))).toThrow(RangeError);
    }
    const strange = joined(encodeBlock([new Column("c", "Array(UInt8)" as "String")], 0));
    expect(() => decodeBlocks(strange)).toThrow(TypeError);
  });
});
