import { expect, it } from "vitest";
import { BlobCache } from "./blob-cache.ts";

const blob = (bytes: number): Uint8Array => new Uint8Array(bytes);
const kept = (cache: BlobCache, count: number): readonly number[] =>
  Array.from({ length: count }, (_, key) => key).filter((key) => cache.get(key) !== undefined);

it("keeps what was used last, and never more than was said", () => {
  const cache = new BlobCache(100);
  for (let key = 0; key < 30; key++) {
    cache.set(key, blob(10));
    // Used again and again, it stays.
    expect(cache.get(0)).toBeDefined();
  }
  const there = kept(cache, 30);
  expect(there.length).toBeLessThanOrEqual(10);
  expect(there).toEqual(expect.arrayContaining([0, 26, 27, 28, 29]));
  expect(there).not.toContain(10);
});

it("takes the newer of two with one key, and nothing that is too large", () => {
  const cache = new BlobCache(100);
  const second = blob(20);
  cache.set(1, blob(10));
  cache.set(1, second);
  cache.set(2, blob(51));
  expect(cache.get(1)).toBe(second);
  expect(cache.get(2)).toBeUndefined();
});

it("takes no longer for a blob when it has been full for long", () => {
  const cache = new BlobCache(64 * 1024);
  const one = blob(1);
  const fill = (from: number): number => {
    const began = process.cpuUsage();
    for (let key = from; key < from + 200_000; key++) cache.set(key, one);
    return process.cpuUsage(began).user;
  };
  // What it takes while it is filled for the first time is the measure; a cache that looks past all it let go takes hundreds of times as long.
  const first = Math.max(fill(0), 20_000);
  expect(fill(200_000)).toBeLessThan(20 * first);
});
