/** Atoms as Elixir prints them (`Macro.inspect_atom/2`). */
import { type IdentifierStyle, isUnicodeIdentifier } from "./inspect-identifier.ts";
import { escapeInto } from "./inspect-text.ts";

export interface AtomStyle extends IdentifierStyle {
  readonly escapeInvisible: boolean;
}

type Kind = "alias" | "identifier" | "operator" | "quotedOperator" | "notCallable" | "other";

const NOT_CALLABLE = new Set(["%", "%{}", "{}", "<<>>", "...", "..", ".", "..//", "->"]);
/** Deprecated operators and `::`, which print in quotes. */
const QUOTED_OPERATORS = new Set(["::", "^^^", "~~~", "<|>"]);
const OPERATORS = new Set(
  (
    "& ! ^ not + - @ <- \\\\ when | = || ||| or && &&& and == != =~ === !== < <= >= > |> <<< >>> <~ ~> <<~ ~>> <~> in " +
    "++ -- <> +++ --- * / **"
  ).split(" "),
);

const ALIAS = /^Elixir(?:\.[A-Z][A-Za-z0-9_]*)*$/;
const ASCII_IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_@]*[?!]?$/;
function classify(name: string, style: AtomStyle): Kind {
  if (NOT_CALLABLE.has(name)) return "notCallable";
  if (QUOTED_OPERATORS.has(name)) return "quotedOperator";
  if (OPERATORS.has(name)) return "operator";
  if (ALIAS.test(name)) return "alias";
  if (ASCII_IDENTIFIER.test(name)) return /^[A-Z]|@/.test(name) ? "notCallable" : "identifier";
  if (!isUnicodeIdentifier(name, style)) return "other";
  if (/^[\p{Lu}\p{Lt}]|@/u.test(name)) return "notCallable";
  return name.normalize("NFC") === name ? "identifier" : "other";
}

/** Is `name` that of an Elixir module (`Elixir.Foo.Bar`)? */
export const isAlias = (name: string): boolean => ALIAS.test(name);

function quoted(name: string, style: AtomStyle): string {
  let text = "";
  const out = {
    push: (part: string) => {
      text += part;
    },
  };
  escapeInto(out, new TextEncoder().encode(name), {
    quote: 34,
    limit: Number.POSITIVE_INFINITY,
    escapeInvisible: style.escapeInvisible,
  });
  return `"${text}"`;
}

const needsQuotes = (kind: Kind): boolean => kind === "other" || kind === "quotedOperator";

/** As a term: `:ok`, `Hello.Counter`, `:"needs quotes"`, `nil`. */
export function inspectAtom(name: string, style: AtomStyle): string {
  if (name === "nil" || name === "true" || name === "false") return name;
  const kind = classify(name, style);
  if (kind === "alias") {
    return name === "Elixir" || name === "Elixir.Elixir" || name.startsWith("Elixir.Elixir.")
      ? name
      : name.slice(7);
  }
  return needsQuotes(kind) ? `:${quoted(name, style)}` : `:${name}`;
}

/** As a key of a keyword list: `ok:`, `"needs quotes":`. */
export function inspectKey(name: string, style: AtomStyle): string {
  const kind = classify(name, style);
  if (kind === "alias") return `"${name}":`;
  return needsQuotes(kind) ? `${quoted(name, style)}:` : `${name}:`;
}

/** As the name of a function behind a dot: `run`, `"needs quotes"`. */
export function inspectFunctionName(name: string, style: AtomStyle): string {
  const kind = classify(name, style);
  if (kind === "notCallable" || kind === "alias") return `"${name}"`;
  return kind === "other" ? quoted(name, style) : name;
}
