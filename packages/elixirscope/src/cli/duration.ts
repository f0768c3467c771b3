const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** The longest a timer can wait (2^31 - 1 ms); `setTimeout` fires at once beyond it. */
const LONGEST = 2_147_483_647;

/** Milliseconds of `500ms`, `10s`, `1.5m`, `2h`; `undefined` where that is no duration above zero and below 24 days. */
export function parseDuration(text: string): number | undefined {
  const match = PATTERN.exec(text.trim());
  if (!match) return undefined;
  const ms = Math.round(Number(match[1]) * UNITS[match[2] ?? ""]!);
  return ms > 0 && ms <= LONGEST ? ms : undefined;
}

/** `8.2 s`, `3 m 20 s`, `2 h 5 m`: seconds for a person. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} m ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}
