import { Atom, ErlangMap, type Term, Tuple } from "@elixirscope/etf";

/** Nanoseconds of each unit. */
const UNITS = [1n, 1_000n, 1_000_000n, 1_000_000_000n] as const;
/** A clock was read so long before the state was told, at most, and so long after it, by what clocks differ. */
const BEFORE_NS = 5_000_000_000n;
const AFTER_NS = 1_000_000_000n;
/** The BEAM's monotonic clock begins near this, in nanoseconds, with each node. */
const MONOTONIC_START = -(2n ** 59n);
const LONGEST_LIFE_NS = 2n * 365n * 86_400_000_000_000n;

/**
 * Is this what a clock showed near `at` (Unix nanoseconds): an integer of the system's time or the monotonic one in any unit, or
 * a moment of Elixir's calendar?
 */
export function clockReading(term: Term, at: bigint): boolean {
  if (typeof term === "number" || typeof term === "bigint") return isReading(BigInt(term), at);
  const moment = momentOf(term);
  return moment !== undefined && moment >= at - BEFORE_NS && moment <= at + AFTER_NS;
}

function isReading(value: bigint, at: bigint): boolean {
  return UNITS.some(
    (unit) =>
      (value >= (at - BEFORE_NS) / unit && value <= (at + AFTER_NS) / unit) ||
      (value >= MONOTONIC_START / unit && value <= (MONOTONIC_START + LONGEST_LIFE_NS) / unit),
  );
}

/** Unix nanoseconds of a `DateTime` or a `NaiveDateTime`, taken for UTC. */
function momentOf(term: Term): bigint | undefined {
  if (!(term instanceof ErlangMap)) return undefined;
  const struct = term.get("__struct__");
  if (!(struct instanceof Atom && /^Elixir\.(?:Naive)?DateTime$/.test(struct.name))) return undefined;
  const parts = ["year", "month", "day", "hour", "minute", "second"].map((name) => term.get(name));
  if (!parts.every((part) => typeof part === "number")) return undefined;
  const [year, month, day, hour, minute, second] = parts;
  const micro = term.get("microsecond");
  const us = micro instanceof Tuple && typeof micro.elements[0] === "number" ? micro.elements[0] : 0;
  return BigInt(Date.UTC(year!, month! - 1, day, hour, minute, second)) * 1_000_000n + BigInt(us) * 1_000n;
}
