import type { CatalogueEntry, CatalogueParameter } from "../protocol/index.ts";
import { parseDuration } from "./duration.ts";
import { usageError } from "./errors.ts";
import { parseInstant, resolveInstant } from "./instant.ts";

/** What moments are counted from. */
export interface Moments {
  readonly t: number;
  readonly startedAt: string;
}

/** `name=value …` as the input of a method, by the types of the catalogue. The server checks it again. */
export function inputOf(
  entry: CatalogueEntry,
  given: readonly string[],
  moments: Moments,
): Readonly<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const text of given) {
    const at = text.indexOf("=");
    const parameter = entry.parameters.find(({ name }) => name === text.slice(0, at));
    if (at < 1 || !parameter) {
      const all = entry.parameters.map(({ name }) => name).join(", ");
      throw usageError(
        `${entry.name} takes no ${JSON.stringify(at < 1 ? text : text.slice(0, at))}.`,
        all === "" ? "It takes nothing." : `Write NAME=VALUE, with one of: ${all}.`,
      );
    }
    input[parameter.name] = parsed(parameter, text.slice(at + 1), moments);
  }
  const missing = entry.parameters.find(({ name, required }) => required && input[name] === undefined);
  if (missing) throw usageError(`${entry.name} needs ${missing.name}=…`, typeText(missing));
  return input;
}

function parsed(parameter: CatalogueParameter, text: string, moments: Moments): unknown {
  switch (parameter.type) {
    case "list":
      return text.split(",").map((one) => one.trim());
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      throw wrong(parameter, text);
    case "number":
      return number(parameter, text);
    case "number or text":
      return /^\d+$/.test(text) ? Number(text) : text;
    case "instant": {
      if (/^-?\d+$/.test(text)) return Number(text);
      const instant = parseInstant(text);
      if (!instant) throw wrong(parameter, text);
      return Math.round(resolveInstant(instant, moments));
    }
    case "duration": {
      const ms = parseDuration(text);
      return ms === undefined ? number(parameter, text) : Math.round(ms * 1e6);
    }
    case "object":
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw wrong(parameter, text);
      }
    case "text":
      return text;
  }
}

function number(parameter: CatalogueParameter, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw wrong(parameter, text);
}

const wrong = (parameter: CatalogueParameter, text: string): Error =>
  usageError(`${parameter.name} takes ${typeText(parameter)}, not ${JSON.stringify(text)}.`);

/** What a parameter takes, in words. */
export function typeText({ type, values }: CatalogueParameter): string {
  const of =
    values.length === 0
      ? ""
      : values.length > 12
        ? `: ${values.slice(0, 12).join(", ")}, …`
        : `: ${values.join(", ")}`;
  switch (type) {
    case "list":
      return `values with commas${of}`;
    case "instant":
      return "a moment: 10s, -10s, a time, or nanoseconds since the start";
    case "duration":
      return "a duration: 100ms, 1s, or nanoseconds";
    case "boolean":
      return "true or false";
    case "object":
      return "JSON";
    case "number or text":
      return "a number or a name";
    default:
      return values.length === 0 ? `a ${type}` : `one of${of.slice(1)}`;
  }
}
