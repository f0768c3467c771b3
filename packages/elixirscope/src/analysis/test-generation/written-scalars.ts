import { Atom, ErlangMap, Float, inspect, type Term } from "@elixirscope/etf";
import { type Scalar, scalar } from "./source-expression.ts";

/** All of it, as the formatter leaves it. */
const WHOLE = { limit: Number.POSITIVE_INFINITY, printableLimit: Number.POSITIVE_INFINITY } as const;
/** Bytes that are still read as such. */
const READABLE_BYTES = 16;

export const atomScalar = (atom: Atom): Scalar => scalar(inspect(atom));

/** `count:` of a key that may stand so. */
export function keywordOf(key: Term): string | undefined {
  if (!(key instanceof Atom) || key.name.startsWith("Elixir.")) return undefined;
  return inspect(new ErlangMap([[key, 0]])).slice(2, -3);
}

/** Six digits and more have an underscore before each three. */
export function numberScalar(value: number | bigint | Float): Scalar {
  if (!(value instanceof Float)) return scalar(underscored(value.toString()));
  const [whole = "", ...rest] = inspect(value).split(".");
  return scalar([underscored(whole), ...rest].join("."));
}

function underscored(digits: string): string {
  const sign = digits.startsWith("-") ? "-" : "";
  const plain = digits.slice(sign.length);
  if (plain.length < 6) return digits;
  return `${sign}${plain.replace(/\B(?=(?:\d{3})+$)/g, "_")}`;
}

/** A string, a few bytes, or many of them in Base64. */
export function binaryScalar(bytes: Uint8Array): Scalar {
  const text = inspect(bytes, WHOLE);
  if (text.startsWith('"')) return scalar(text);
  if (bytes.length <= READABLE_BYTES) return scalar(text);
  return scalar(`Base.decode64!("${base64(bytes)}")`, null);
}

const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** A list of letters is a text more often than not. */
export function isText(items: readonly Term[]): boolean {
  return (
    items.length >= 3 &&
    items.every((item) => typeof item === "number" && item >= 32 && item <= 126) &&
    items.some((item) => /[A-Za-z]/.test(String.fromCharCode(item as number)))
  );
}

export const textScalar = (items: readonly Term[]): Scalar =>
  scalar(inspect(items, { ...WHOLE, charlists: "sigil" }));

/** Structs that are written as a sigil, a range and the like. */
const SHORT: ReadonlySet<string> = new Set([
  "Elixir.Date",
  "Elixir.Time",
  "Elixir.NaiveDateTime",
  "Elixir.DateTime",
  "Elixir.Range",
  "Elixir.Regex",
]);

export function shortStruct(module: string, map: ErlangMap): Scalar | undefined {
  if (!SHORT.has(module)) return undefined;
  const text = inspect(map, WHOLE);
  if (text.startsWith("~")) return scalar(text, module === "Elixir.Regex" ? null : text);
  return /^-?\d+\.\.-?\d+(?:\/\/-?\d+)?$/.test(text) ? scalar(text) : undefined;
}
