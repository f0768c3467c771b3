import type { Facts, When } from "../analysis/index.ts";
import type { Clock } from "./clock.ts";

const SECOND = 1_000_000_000n;
const DAY = 86_400n;

export interface WhenContext {
  readonly facts: Pick<Facts, "from" | "to">;
  readonly clock: Clock;
  readonly zoneMinutes: number;
}

/** The stretch that a question means; without one everything. A time of day is that of the day on which the record ends. */
export function whenOf(
  when: When | null,
  { facts, clock, zoneMinutes }: WhenContext,
): { readonly from: number; readonly to: number } {
  const all = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  if (when === null) return all;
  if (when.type === "last") return { ...all, from: facts.to - when.seconds * 1e9 };
  const zone = BigInt(zoneMinutes) * 60n * SECOND;
  const end = clock.ts(facts.to) + zone;
  const midnight = end - (end % (DAY * SECOND));
  const at = (seconds: number): number => clock.t(midnight + BigInt(seconds) * SECOND - zone);
  return {
    from: when.from === null ? all.from : at(when.from),
    to: when.to === null ? all.to : at(when.to),
  };
}
