import { Atom, ErlangMap, inspect, isAtom, isTagged, type Term, Tuple } from "@elixirscope/etf";

/** A log event's message and metadata, as Logger's handlers get them. */
export interface LogParts {
  readonly text: string;
  /** `Mod.fun/arity`, file and line as far as they are known. */
  readonly mfa: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly domain: readonly string[];
  readonly crashReason: Term | undefined;
}

/**
 * `{Message, Metadata}` for people. A message is text, a format with its arguments, or a report; what a report's own
 * callback would make of it only the node knows, so that reports are shown as they are, those of OTP's own with the
 * usual words.
 * @param maxLength in characters
 */
export function logPartsOf(term: Term, maxLength: number): LogParts {
  const [message, metadata] = term instanceof Tuple ? term.elements : [];
  const meta = metadata instanceof ErlangMap ? metadata : new ErlangMap([]);
  const line = meta.get("line");
  const mfa = meta.get("mfa");
  const domain = meta.get("domain");
  return {
    text: clip(message === undefined ? "" : messageText(message, maxLength), maxLength),
    mfa: mfa instanceof Tuple && mfa.elements.length === 3 ? mfaText(mfa) : null,
    file: meta.get("file") === undefined ? null : chardata(meta.get("file")!),
    line: typeof line === "number" ? line : null,
    domain: Array.isArray(domain)
      ? domain.map((part) => (part instanceof Atom ? part.name : inspect(part)))
      : [],
    crashReason: meta.get("crash_reason"),
  };
}

const clip = (text: string, maxLength: number): string =>
  text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;

const mfaText = ({ elements }: Tuple): string =>
  `${inspect(elements[0]!)}.${inspect(elements[1]!).replace(/^:/, "")}/${inspect(elements[2]!)}`;

function messageText(message: Term, maxLength: number): string {
  if (!(message instanceof Tuple) || message.elements.length !== 2) return inspect(message, { maxLength });
  const [format, args] = message.elements;
  if (isAtom(format, "string")) return chardata(args!);
  if (isAtom(format, "report")) return reportText(args!, maxLength);
  return Array.isArray(args)
    ? formatText(chardata(format!), args, maxLength)
    : inspect(message, { maxLength });
}

/** Nested lists of characters and binaries as one text; anything else in it as a term. */
function chardata(term: Term): string {
  if (typeof term === "number") return character(term);
  if (term instanceof Uint8Array) return new TextDecoder().decode(term);
  if (Array.isArray(term)) return term.map((part: Term) => chardata(part)).join("");
  return inspect(term);
}

const character = (code: number): string =>
  code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : inspect(code);

/** Keys of a report: a map or a list of pairs. */
function entriesOf(report: Term): readonly (readonly [Term, Term])[] | undefined {
  if (report instanceof ErlangMap) return report.entries;
  if (!Array.isArray(report)) return undefined;
  const pairs = report.filter((pair): pair is Tuple => pair instanceof Tuple && pair.elements.length === 2);
  if (pairs.length !== report.length) return undefined;
  return pairs.map(({ elements }) => [elements[0]!, elements[1]!] as const);
}

function reportText(report: Term, maxLength: number): string {
  const entries = entriesOf(report);
  if (!entries) return inspect(report, { maxLength });
  const value = (name: string): Term | undefined => entries.find(([key]) => isAtom(key, name))?.[1];
  const [format, args, label] = [value("format"), value("args"), value("label")];
  // What error_logger and the emulator say.
  if (isTagged(label ?? new Atom("none"), "error_logger", 2) && format !== undefined && Array.isArray(args))
    return formatText(chardata(format), args, maxLength);
  const rows = entries.filter(([key]) => !isAtom(key, "label"));
  const head = label instanceof Tuple ? [label.elements.map((part) => plain(part)).join(" ")] : [];
  return [...head, ...rows.map(([key, term]) => `${plain(key)}: ${inspect(term, { maxLength })}`)].join("\n");
}

const plain = (term: Term): string =>
  term instanceof Atom ? inspect(term).replace(/^:/, "") : inspect(term);

/** `io_lib:format/2`, with terms as Elixir prints them; columns and precision are not kept. */
function formatText(format: string, args: readonly Term[], maxLength: number): string {
  let next = 0;
  const take = (): Term | undefined => args[next++];
  return format.replace(
    /~([-*\d.]*(?:\..)?[tlkK]*)([a-zA-Z~#+])/g,
    (whole, flags: string, directive: string) => {
      for (const star of flags.matchAll(/\*/g)) if (star) take();
      if (directive === "n") return "\n";
      if (directive === "~") return "~";
      const term = take();
      if (term === undefined) return whole;
      if (directive === "i") return "";
      if (directive === "s") return chardata(term);
      if (directive === "c" && typeof term === "number") return character(term);
      // ~P and ~W are given a depth.
      if (directive === "P" || directive === "W") take();
      return inspect(term, { maxLength });
    },
  );
}
