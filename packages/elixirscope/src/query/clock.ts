/** Between the store's clock (Unix nanoseconds, bigint) and that of the answers (`t`, nanoseconds since the origin). */
export class Clock {
  readonly origin: bigint;

  /** @param origin what `t` 0 means, Unix nanoseconds */
  constructor(origin: bigint) {
    this.origin = origin;
  }

  t(ts: bigint): number {
    return Number(ts - this.origin);
  }

  ts(t: number): bigint {
    return this.origin + BigInt(Math.trunc(t));
  }

  /** ISO 8601 in UTC with microseconds. */
  iso(ts: bigint): string {
    const micros = ts / 1_000n;
    const millis = new Date(Number(micros / 1_000n)).toISOString();
    return `${millis.slice(0, -1)}${String(micros % 1_000n).padStart(3, "0")}Z`;
  }
}
