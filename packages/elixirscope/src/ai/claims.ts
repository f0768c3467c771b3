/** An event in words, as a model was shown it. */
export interface CitedEvent {
  readonly kind: string;
  /** Everything that it says: processes, function, tag, term, as text. */
  readonly text: string;
}

/** A sentence of a model, held against the events that it names. */
export interface Claim {
  readonly text: string;
  readonly evidence: readonly number[];
  /** Why it does not hold; "" where its events have all that it says. */
  readonly why: string;
}

const CITATION = /\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]/g;

/** Sentences with their citations, in their order. */
export function sentencesOf(
  answer: string,
): readonly { readonly text: string; readonly evidence: readonly number[] }[] {
  // A citation belongs to the sentence in front of it, on whichever side of the full stop it stands.
  const joined = answer.replace(
    /([.!?])\s*((?:\[[\d,\s]+\]\s*)+)/g,
    (_, end: string, cited: string) => ` ${cited.trim()}${end} `,
  );
  return joined
    .split(/(?<=[.!?])\s+|\n+/)
    .map((part) => ({
      text: part
        .replace(CITATION, "")
        .replace(/^[\s*#>-]+/, "")
        .replace(/\s+([.!?,;])/g, "$1")
        .replace(/\s+/g, " ")
        .trim(),
      evidence: [...new Set([...part.matchAll(CITATION)].flatMap(([, ids]) => ids!.split(",").map(Number)))],
    }))
    .filter(({ text }) => /\w/.test(text));
}

/** What a sentence says happened, and kinds of events that tell of such a thing. */
const DEEDS: readonly (readonly [RegExp, ReadonlySet<string>])[] = [
  [
    /\b(?:crash(?:ed|es)?|exit(?:ed|s)?|died|dies|terminated)\b/i,
    new Set(["exit", "exception", "log", "telemetry", "state", "dispatch", "phoenix"]),
  ],
  [/\b(?:broadcast(?:s|ed)?|subscribe[sd]?)\b/i, new Set(["pubsub", "send", "flow_send", "call", "phoenix"])],
  [/\b(?:raised|exception)\b/i, new Set(["exception", "exit", "telemetry", "log", "return"])],
  [/\b(?:queried|query)\b/i, new Set(["telemetry", "call", "phoenix"])],
  [/\b(?:requested|HTTP)\b/, new Set(["telemetry", "plug", "flow_start"])],
];

/** Holds each sentence against its events: they have to be there, and to have its names, texts and numbers. */
export function checkClaims(answer: string, events: ReadonlyMap<number, CitedEvent>): readonly Claim[] {
  return sentencesOf(answer).map(({ text, evidence }) => ({
    text,
    evidence,
    why: whyNot(text, evidence, events),
  }));
}

function whyNot(text: string, evidence: readonly number[], events: ReadonlyMap<number, CitedEvent>): string {
  if (evidence.length === 0) return "It names no event.";
  const missing = evidence.filter((id) => !events.has(id));
  if (missing.length > 0) return `There is no event ${missing.join(", ")}.`;
  const cited = evidence.map((id) => events.get(id)!);
  const told = cited
    .map((event) => event.text)
    .join("\n")
    .toLowerCase();
  const unknown = namesIn(text).filter((name) => !told.includes(name.toLowerCase()));
  if (unknown.length > 0) return `Its events say nothing of ${unknown.join(", ")}.`;
  const numbers = numbersIn(text).filter(
    (number) => !hasNumber(told, number) && !evidence.includes(Number(number)),
  );
  if (numbers.length > 0) return `Its events do not have ${numbers.join(", ")}.`;
  const deed = DEEDS.find(([says, kinds]) => says.test(text) && !cited.some(({ kind }) => kinds.has(kind)));
  return deed
    ? `None of its events tells of such a thing (${cited.map(({ kind }) => kind).join(", ")}).`
    : "";
}

/** Modules, functions, atoms, and what stands in quotes. */
function namesIn(text: string): readonly string[] {
  const quoted = [...text.matchAll(/["“`]([^"”`]{1,200})["”`]/g)].map(([, name]) => name!.trim());
  const bare = text.replace(/["“`][^"”`]*["”`]/g, " ");
  const modules = [...bare.matchAll(/\b[A-Z]\w*(?:\.[A-Z]\w*)+/g)].map(([name]) => name);
  const functions = [...bare.matchAll(/\b([a-z_]\w*[?!]?)\/\d+/g)].map(([, name]) => name!);
  const atoms = [...bare.matchAll(/(?<![\w:])(:[a-z_]\w*)/g)].map(([name]) => name);
  return [...new Set([...quoted, ...modules, ...functions, ...atoms])].filter((name) => name !== "");
}

/** Digits, but not those in a name, an arity or a handle such as `p-12`. */
const numbersIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<![\w./-])\d[\d_,]*(?:\.\d+)?(?![\w-])/g)].map(([number]) =>
    number.replace(/[_,]/g, ""),
  );

const hasNumber = (told: string, number: string): boolean =>
  new RegExp(`(?<![\\d.])${number.replace(".", "\\.")}(?![\\d])`).test(told.replace(/(?<=\d)_(?=\d)/g, ""));
