import { type Command, InvalidArgumentError } from "commander";
import { durationOption } from "./option-parsers.ts";

/** How much of the recording is kept while it goes on; left out: all of it. */
export interface KeepOptions {
  /** Milliseconds. */
  readonly keepFor?: number | undefined;
  readonly keepSize?: number | undefined;
  readonly keepEvents?: number | undefined;
}

/** As the engine takes it. */
export interface Keep {
  readonly ms?: number;
  readonly bytes?: number;
  readonly events?: number;
}

/** `undefined`: everything is kept. */
export function keepOf({ keepFor, keepSize, keepEvents }: KeepOptions): Keep | undefined {
  const keep = {
    ...(keepFor === undefined ? {} : { ms: keepFor }),
    ...(keepSize === undefined ? {} : { bytes: keepSize }),
    ...(keepEvents === undefined ? {} : { events: keepEvents }),
  };
  return Object.keys(keep).length > 0 ? keep : undefined;
}

export const keepOptions = (command: Command): Command =>
  command
    .option("--keep-for <duration>", "keep what is younger than this: 10m, 2h", durationOption)
    .option("--keep-size <size>", "keep the newest that fit into a file of this size: 2GB", sizeOption)
    .option("--keep-events <n>", "keep so many of the newest events: 500k, 10M", eventsOption);

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

export function sizeOption(text: string): number {
  const bytes = scaled(text, /^(\d+(?:\.\d+)?)\s*([kmgt])b$/i);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError("Write a size such as 500MB or 2GB.");
}

export function eventsOption(text: string): number {
  const count = scaled(text, /^(\d+(?:\.\d+)?)([km]?)$/i);
  if (count !== undefined) return count;
  throw new InvalidArgumentError("Write a number of events such as 5000, 500k or 10M.");
}

function scaled(text: string, form: RegExp): number | undefined {
  const [, number, unit = ""] = form.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  const value = Math.round(Number(number) * UNITS[unit.toLowerCase()]!);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
