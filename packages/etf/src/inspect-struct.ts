/** Structs of Elixir itself that print in a form of their own. What does not look as it should prints as any other struct. */

import type { Printer } from "./inspect.ts";
import { escapeInto } from "./inspect-text.ts";
import { Atom, ErlangMap, isAtom, isTagged, type Term, Tuple } from "./terms.ts";

type StructPrinter = (printer: Printer, map: ErlangMap, limit: number) => number | undefined;

/** Prints `map` if it is a struct with a form of its own; else prints nothing and gives `undefined`. */
export function inspectKnownStruct(
  printer: Printer,
  module: string,
  map: ErlangMap,
  limit: number,
): number | undefined {
  return KNOWN.get(module)?.(printer, map, limit);
}

const text = new TextDecoder();

const pad = (value: number, digits: number): string =>
  value < 0 ? `-${pad(-value, digits)}` : String(value).padStart(digits, "0");

function integers(map: ErlangMap, names: readonly string[]): number[] | undefined {
  const values = names.map((name) => map.get(name)).filter((value) => typeof value === "number");
  return values.length === names.length ? values : undefined;
}

function dateText(map: ErlangMap): string | undefined {
  const date = integers(map, ["year", "month", "day"]);
  return date && `${pad(date[0]!, 4)}-${pad(date[1]!, 2)}-${pad(date[2]!, 2)}`;
}

function timeText(map: ErlangMap): string | undefined {
  const time = integers(map, ["hour", "minute", "second"]);
  const fraction = map.get("microsecond");
  if (!time || !(fraction instanceof Tuple)) return undefined;
  const [value, precision] = fraction.elements;
  if (typeof value !== "number" || typeof precision !== "number" || precision < 0 || precision > 6)
    return undefined;
  const clock = time.map((part) => pad(part, 2)).join(":");
  return precision === 0 ? clock : `${clock}.${pad(value, 6).slice(0, precision)}`;
}

/** Other calendars print by code of their own, which is not at hand. */
const isIso = (map: ErlangMap): boolean => isAtom(map.get("calendar"), "Elixir.Calendar.ISO");

function sigil(name: string, parts: readonly ((map: ErlangMap) => string | undefined)[]): StructPrinter {
  return (printer, map, limit) => {
    const texts = parts.map((part) => part(map));
    if (!isIso(map) || texts.includes(undefined)) return undefined;
    printer.out.push(`~${name}[${texts.join(" ")}]`);
    return limit;
  };
}

function offsetText(total: number): string {
  const minutes = Math.floor(Math.abs(total) / 60);
  return `${total < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)}`;
}

const dateTime: StructPrinter = (printer, map, limit) => {
  const date = dateText(map);
  const time = timeText(map);
  const offsets = integers(map, ["utc_offset", "std_offset"]);
  const zone = map.get("time_zone");
  const abbreviation = map.get("zone_abbr");
  if (!isIso(map) || !date || !time || !offsets) return undefined;
  if (!(zone instanceof Uint8Array && abbreviation instanceof Uint8Array)) return undefined;
  const [utc, std] = offsets as [number, number];
  const zoneName = text.decode(zone);
  if (utc === 0 && std === 0 && zoneName === "Etc/UTC") printer.out.push(`~U[${date} ${time}Z]`);
  else {
    const offset = utc === 0 && std === 0 && zoneName === "Etc/UTC" ? "Z" : offsetText(utc + std);
    const name = zoneName === "Etc/UTC" ? "" : ` ${text.decode(abbreviation)} ${zoneName}`;
    printer.out.push(`#DateTime<${date} ${time}${offset}${name}>`);
  }
  return limit;
};

const range: StructPrinter = (printer, map, limit) => {
  const { first, last, step } = { first: map.get("first"), last: map.get("last"), step: map.get("step") };
  if (!isInteger(first) || !isInteger(last) || !isInteger(step)) return undefined;
  printer.out.push(step === 1 && last >= first ? `${first}..${last}` : `${first}..${last}//${step}`);
  return limit;
};

const isInteger = (term: Term | undefined): term is number | bigint =>
  typeof term === "number" || typeof term === "bigint";

const dateRange: StructPrinter = (printer, map, limit) => {
  const [first, last, step] = [map.get("first"), map.get("last"), map.get("step")];
  if (first === undefined || last === undefined || !isInteger(step)) return undefined;
  printer.out.push("Date.range(");
  printer.term(first, printer.style.limit);
  printer.out.push(", ");
  printer.term(last, printer.style.limit);
  printer.out.push(step === 1 ? ")" : `, ${step})`);
  return limit;
};

const mapSet: StructPrinter = (printer, map, limit) => {
  const members = map.get("map");
  if (!(members instanceof ErlangMap)) return undefined;
  printer.out.push("MapSet.new(");
  const left = printer.listWithoutCharlists(
    members.entries.map(([member]) => member),
    limit,
  );
  printer.out.push(")");
  return left;
};

const stream: StructPrinter = (printer, map, limit) => {
  const [source, funs] = [map.get("enum"), map.get("funs")];
  if (source === undefined || !Array.isArray(funs)) return undefined;
  printer.out.push("#Stream<");
  const left = printer.list(
    [new Tuple([new Atom("enum"), source]), new Tuple([new Atom("funs"), (funs as Term[]).toReversed()])],
    limit,
  );
  printer.out.push(">");
  return left;
};

const requirement: StructPrinter = (printer, map, limit) => {
  const source = map.get("source");
  if (!(source instanceof Uint8Array)) return undefined;
  printer.out.push(`Version.parse_requirement!("${text.decode(source)}")`);
  return limit;
};

/** A struct that leaves out fields of their default value. */
function optional(module: string, isDefault: (name: string, value: Term) => boolean): StructPrinter {
  return (printer, map, limit) =>
    printer.fields(module, map, limit, (name, value) => !isDefault(name, value));
}

const MODIFIERS: Readonly<Record<string, string>> = {
  caseless: "i",
  extended: "x",
  firstline: "f",
  ungreedy: "U",
  multiline: "m",
  export: "E",
};

/** Modifier letters of a regex: a string up to Elixir 1.14, since then a list of options. */
function modifiers(options: Term | undefined): string | undefined {
  if (options instanceof Uint8Array) return text.decode(options);
  if (!Array.isArray(options)) return undefined;
  const list = options as Term[];
  let letters = "";
  for (let i = 0; i < list.length; i++) {
    const option = list[i];
    const next = list[i + 1];
    if (isAtom(option, "dotall") && isTagged(next, "newline", 2) && isAtom(next.elements[1], "anycrlf")) {
      letters = `s${letters}`;
      i++;
    } else if (isAtom(option, "unicode") && isAtom(next, "ucp")) {
      letters = `u${letters}`;
      i++;
    } else {
      const letter = option instanceof Atom ? MODIFIERS[option.name] : undefined;
      if (!letter) return undefined;
      letters = letter + letters;
    }
  }
  return letters;
}

/** `\/` becomes `/` (it is escaped again), and from Elixir 1.16 on `\#{` becomes `#{`. */
function normalizeRegex(source: Uint8Array, interpolation: boolean): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < source.length; i++) {
    const byte = source[i]!;
    const next = source[i + 1];
    if (byte === 92 && next === 92) {
      out.push(92, 92);
      i++;
    } else if (!(byte === 92 && (next === 47 || (interpolation && next === 35 && source[i + 2] === 123)))) {
      out.push(byte);
    }
  }
  return Uint8Array.from(out);
}

const regex: StructPrinter = (printer, map, limit) => {
  const source = map.get("source");
  const options = map.get("opts");
  if (!(source instanceof Uint8Array) || options === undefined) return undefined;
  const letters = modifiers(options);
  if (letters === undefined) {
    printer.out.push("Regex.compile!(");
    printer.term(source, limit);
    printer.out.push(", ");
    printer.term(options, limit);
    printer.out.push(")");
    return limit;
  }
  printer.out.push("~r/");
  escapeInto(printer.out, normalizeRegex(source, printer.style.regexInterpolation), {
    quote: 47,
    limit: Number.POSITIVE_INFINITY,
    escapeInvisible: printer.style.escapeInvisible,
    regex: true,
  });
  printer.out.push(`/${letters}`);
  return limit;
};

const KNOWN: ReadonlyMap<string, StructPrinter> = new Map([
  ["Elixir.Date", sigil("D", [dateText])],
  ["Elixir.Time", sigil("T", [timeText])],
  ["Elixir.NaiveDateTime", sigil("N", [dateText, timeText])],
  ["Elixir.DateTime", dateTime],
  ["Elixir.Date.Range", dateRange],
  ["Elixir.Range", range],
  ["Elixir.MapSet", mapSet],
  ["Elixir.Regex", regex],
  ["Elixir.Stream", stream],
  ["Elixir.Version.Requirement", requirement],
  [
    "Elixir.Version",
    optional(
      "Elixir.Version",
      (name, value) =>
        (name === "pre" && Array.isArray(value) && value.length === 0) ||
        (name === "build" && isAtom(value, "nil")),
    ),
  ],
  ["Elixir.URI", optional("Elixir.URI", (name, value) => name === "authority" && isAtom(value, "nil"))],
  [
    "Elixir.Duration",
    optional(
      "Elixir.Duration",
      (name, value) => value === 0 || (name === "microsecond" && isZeroFraction(value)),
    ),
  ],
]);

const isZeroFraction = (value: Term): boolean =>
  value instanceof Tuple && value.elements[0] === 0 && value.elements[1] === 0;
