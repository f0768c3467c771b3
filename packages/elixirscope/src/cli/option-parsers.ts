import { InvalidArgumentError } from "commander";
import { parseDuration } from "./duration.ts";
import { type Instant, parseInstant } from "./instant.ts";
import { KIND_NAMES, type Kind } from "./vocabulary.ts";

// What commander calls with the text of an option; its own error names the option and the text.

export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) {
    throw new InvalidArgumentError(
      "Write a number with ms, s, m or h: 500ms, 10s, 2m, 1h (at most 24 days).",
    );
  }
  return ms;
}

export function instantOption(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === undefined) {
    throw new InvalidArgumentError(
      "Write 10s (after the start), -10s (before the end) or a time such as 2030-01-31T12:00:00.",
    );
  }
  return instant;
}

export function portOption(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}

export function countOption(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 100_000) {
    throw new InvalidArgumentError("Write a whole number from 1 to 100000.");
  }
  return count;
}

/** Id of an event. */
export function eventOption(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id))
    throw new InvalidArgumentError("Write the id of an event, a whole number.");
  return id;
}

/** Ids of events, one after the other. */
export const eventsOption = (text: string, before: readonly number[] | undefined): readonly number[] => [
  ...(before ?? []),
  eventOption(text),
];

/** As many calls, or states, as one answer may hold. */
export const callCountOption = (text: string): number => countUpTo(2_000, text);
export const seriesCountOption = (text: string): number => countUpTo(500, text);
export const stateCountOption = (text: string): number => countUpTo(10_000, text);

function countUpTo(most: number, text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > most) {
    throw new InvalidArgumentError(`Write a whole number from 1 to ${most}.`);
  }
  return count;
}

/** As many crashes, or messages before one, as one answer may hold. */
export function crashCountOption(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1_000) {
    throw new InvalidArgumentError("Write a whole number from 1 to 1000.");
  }
  return count;
}

/** Of an event, as answers and tables have it. */
export function eventIdOption(text: string): number {
  const id = Number(text);
  if (!/^\d{1,15}$/.test(text) || id < 1) throw new InvalidArgumentError("Write the number of an event.");
  return id;
}

/** A number of events, or `all`. */
export function limitOption(text: string): number {
  if (text === "all") return Infinity;
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Write a whole number, or all.");
  return Number(text);
}

/** For an option that may be given several times. */
export const collect = (text: string, before: readonly string[] | false | undefined): readonly string[] => [
  ...(before || []),
  text,
];

/** Kinds of event: given several times, or with commas. */
export function kindsOption(text: string, before: readonly Kind[] | undefined): readonly Kind[] {
  const kinds = text.split(",").map((word) => {
    const kind = KIND_NAMES.find((name) => name === word.trim());
    if (kind === undefined) {
      throw new InvalidArgumentError(`There is no kind ${word.trim()}. There are: ${KIND_NAMES.join(", ")}.`);
    }
    return kind;
  });
  return [...(before ?? []), ...kinds];
}
