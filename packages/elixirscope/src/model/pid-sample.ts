// Which processes are in a sample: the same answer as `erlang:phash2(Pid, 10000)` gives in the node, so that whoever
// reads a recording can tell a process that was left out from one that did nothing.

/** Parts of a sample, as the agent counts them. */
export const SAMPLE_PARTS = 10_000;

/** Bob Jenkins' constant, five times, as the emulator starts the hash of a pid. */
const START = Math.imul(0x9e3779b9, 5);

/**
 * Is the process with this id (`<0.id.serial>`) in a sample of so many of {@link SAMPLE_PARTS}? Its serial does not count.
 */
export const isSampled = (id: number, parts: number): boolean => pidHash(id) % SAMPLE_PARTS < parts;

/** `erlang:phash2` of a pid before it is cut to a range. */
export function pidHash(id: number): number {
  let a = (START + id) | 0;
  let b = START | 0;
  let c = 0;
  a = (a - b - c) ^ (c >>> 13);
  b = (b - c - a) ^ (a << 8);
  c = (c - a - b) ^ (b >>> 13);
  a = (a - b - c) ^ (c >>> 12);
  b = (b - c - a) ^ (a << 16);
  c = (c - a - b) ^ (b >>> 5);
  a = (a - b - c) ^ (c >>> 3);
  b = (b - c - a) ^ (a << 10);
  c = (c - a - b) ^ (b >>> 15);
  return c >>> 0;
}
