// Command lines of the scripts.
import util from "node:util";
import { EXIT, ScriptError } from "./say.mjs";

/** Parses `argv`; anything unknown or malformed is answered with what is wrong and the usage, `--help` with the usage. */
export function parseOptions(argv, options, usage) {
  const values = parse(argv, { ...options, help: { type: "boolean", short: "h" } }, usage);
  if (values.help) throw new ScriptError(usage, 0);
  return values;
}

function parse(args, options, usage) {
  try {
    return util.parseArgs({ args, options }).values;
  } catch (error) {
    throw new ScriptError(`${error.message}\n\n${usage}`, EXIT.usage);
  }
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `5s`, `500ms`, `1.5m` or `2h`, as milliseconds. */
export function parseDuration(text) {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  const ms = match ? Math.round(Number(match[1]) * UNITS[match[2]]) : 0;
  if (ms > 0) return ms;
  throw new ScriptError(`"${text}" is not a duration. Write it as 5s, 500ms, 2m or 1h.`, EXIT.usage);
}

/** A whole number within bounds. */
export function parseWhole(text, name, from, to) {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw new ScriptError(`${name} must be a whole number from ${from} to ${to}, not "${text}".`, EXIT.usage);
}

/** A comma-separated choice out of `known`; all of them where nothing is chosen. */
export function parseChoice(text, name, known) {
  if (text === undefined) return known;
  const chosen = text.split(",").map((part) => part.trim());
  const unknown = chosen.filter((part) => !known.includes(part));
  if (unknown.length === 0 && chosen.length > 0) return known.filter((part) => chosen.includes(part));
  throw new ScriptError(
    `${name} does not know ${unknown.map((part) => `"${part}"`).join(", ")}. It knows: ${known.join(", ")}.`,
    EXIT.usage,
  );
}
