const grouped = new Intl.NumberFormat("en-US");

/** `1,234,567`. */
export const formatCount = (n: number): string => grouped.format(n);

/** `1 event`, `2 events`. */
export const counted = (n: number, noun: string, plural: string = `${noun}s`): string =>
  `${formatCount(n)} ${n === 1 ? noun : plural}`;

const BYTE_UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** `512 B`, `1.5 KB`, `12 MB`; 1 KB is 1,024 bytes, as in observer. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** Cuts to `width` characters, the last one an ellipsis. Only for text without colour codes. */
export const clip = (text: string, width: number): string =>
  text.length <= width
    ? text
    : width <= 1
      ? "…".slice(0, Math.max(0, width))
      : `${text.slice(0, width - 1)}…`;

// C0, DEL and C1: what a terminal would act upon. Written by code point, since the characters themselves cannot be seen.
const CONTROL = new RegExp(
  `[${String.fromCharCode(0)}-${String.fromCharCode(31)}${String.fromCharCode(127)}-${String.fromCharCode(159)}]`,
  "g",
);

/** Escape sequences in a message, a stray newline and the like made visible, so that a terminal does not obey them. */
export const printable = (text: string): string =>
  text.replace(CONTROL, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
