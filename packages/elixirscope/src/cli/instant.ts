import { parseDuration } from "./duration.ts";

/** A moment as a person gives it; `resolveInstant` turns it into the protocol's `t`. */
export type Instant =
  | { readonly from: "start"; readonly ms: number }
  | { readonly from: "end"; readonly ms: number }
  | {
      readonly from: "clock";
      /** Milliseconds since 1970. */
      readonly at: number;
      /** And so many nanoseconds. */
      readonly ns?: number;
    };

/** `10s` after the start, `-10s` before the end (or now), or a time with date (ISO 8601). */
export function parseInstant(text: string): Instant | undefined {
  const trimmed = text.trim();
  if (trimmed === "0" || trimmed === "0s") return { from: "start", ms: 0 };
  const back = trimmed.startsWith("-");
  const ms = parseDuration(back ? trimmed.slice(1) : trimmed);
  if (ms !== undefined) return { from: back ? "end" : "start", ms };
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(trimmed)) return undefined;
  const at = Date.parse(trimmed.replace(" ", "T"));
  return Number.isNaN(at) ? undefined : { from: "clock", at, ...finer(trimmed) };
}

/** Microseconds, which Date does not read: to their end, since what is told of an event ends with them. */
function finer(time: string): { readonly ns?: number } {
  const digits = /\.\d{3}(\d{3})/.exec(time)?.[1];
  return digits === undefined ? {} : { ns: Number(digits) * 1_000 + 999 };
}

/** Nanoseconds since the origin of the recording. */
export function resolveInstant(
  instant: Instant,
  status: { readonly t: number; readonly startedAt: string },
): number {
  if (instant.from === "start") return instant.ms * 1e6;
  if (instant.from === "end") return status.t - instant.ms * 1e6;
  return Math.round((instant.at - Date.parse(status.startedAt)) * 1e6) + (instant.ns ?? 0);
}
