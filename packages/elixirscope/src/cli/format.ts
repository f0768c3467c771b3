import type { ProcessRef } from "../protocol/index.ts";

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

/** A duration of nanoseconds: `830 ns`, `12 µs`, `1.8 ms`, `3.2 s`. */
export function formatNs(ns: number): string {
  if (Math.abs(ns) < 1e3) return `${ns} ns`;
  if (Math.abs(ns) < 999.5e3) return `${threeDigits(ns / 1e3)} µs`;
  if (Math.abs(ns) < 999.5e6) return `${threeDigits(ns / 1e6)} ms`;
  return `${threeDigits(ns / 1e9)} s`;
}

const threeDigits = (n: number): string =>
  n
    .toFixed(Math.abs(n) < 9.995 ? 2 : Math.abs(n) < 99.95 ? 1 : 0)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");

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

/** A process as a person would write it to ask for it: with its node, where there are several. */
export const processText = (process: ProcessRef | null, none = "-"): string =>
  process ? printable(process.node === undefined ? process.label : `${process.label}@${process.node}`) : none;
