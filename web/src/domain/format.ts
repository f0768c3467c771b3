const NS_PER_SECOND = 1e9;

/** Thousands apart by a thin space, which never breaks: `41 302`. */
export const count = (value: number): string =>
  Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, "\u202f");

/** Three digits at most: `950`, `4.2 k`, `41 k`, `1.6 M`. */
export function shortCount(value: number): string {
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (Math.abs(value) >= size * 0.9995) return `${threeDigits(value / size)}\u202f${unit}`;
  }
  return String(Math.round(value));
}

/** Bytes in the unit a person would say: `812 B`, `2.6 KB`, `14 MB`. */
export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"] as const;
  let unit = 0;
  let left = value;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(left) : threeDigits(left)}\u202f${units[unit]}`;
}

/** A duration of `ns` nanoseconds: `830 ns`, `12 µs`, `1.8 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function duration(ns: number): string {
  const size = Math.abs(ns);
  if (size < 1e3) return `${Math.round(ns)}\u202fns`;
  if (size < 999.5e3) return `${threeDigits(ns / 1e3)}\u202fµs`;
  if (size < 999.5e6) return `${threeDigits(ns / 1e6)}\u202fms`;
  if (size < 60e9) return `${threeDigits(ns / NS_PER_SECOND)}\u202fs`;
  return longDuration(Math.round(ns / NS_PER_SECOND));
}

function longDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return pair(hours, "h", minutes % 60, "min");
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}\u202f${bigUnit}` : `${big}\u202f${bigUnit} ${small}\u202f${smallUnit}`;

function threeDigits(value: number): string {
  const size = Math.abs(value);
  const text = value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Wall time of day in the reader's zone, to the microsecond, from the ISO text of an event. */
export function clockTime(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? "";
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}.${fraction.padEnd(6, "0").slice(0, 6)}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** An instant `t` (nanoseconds since the recording's origin) as an offset: `+12.403 s`, `+3:07.120`. */
export function offset(t: number): string {
  const sign = t < 0 ? "−" : "+";
  const seconds = Math.abs(t) / NS_PER_SECOND;
  if (seconds < 60) return `${sign}${seconds.toFixed(3)}\u202fs`;
  const minutes = Math.floor(seconds / 60);
  const rest = (seconds % 60).toFixed(3).padStart(6, "0");
  if (minutes < 60) return `${sign}${minutes}:${rest}`;
  return `${sign}${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${rest}`;
}

/** Wall time of day in the reader's zone; `fine`: to the millisecond. */
export function timeOfDay(ms: number, fine: boolean): string {
  const date = new Date(ms);
  const text = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`;
  return fine ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}` : text;
}

/** The same of an instant `t` of a recording that began at `startedAt`, to the millisecond. */
export const instantText = (startedAt: string, t: number): string =>
  timeOfDay((Date.parse(startedAt) || 0) + t / 1e6, true);

/** `1 process`, `2 processes`. */
export const plural = (n: number, one: string, many: string = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** A share in percent with as many digits as matter: `0`, `0.3`, `1.8`, `42`. */
export const percent = (value: number): string =>
  value < 0.05 ? "0" : value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
