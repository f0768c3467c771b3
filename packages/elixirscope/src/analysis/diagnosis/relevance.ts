import type { Facts, UserEventFact, Who } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { type Question, wordsIn } from "./question.ts";

/** What a question is about, found in the record. */
export interface Subject {
  readonly question: Question;
  /** Whom it names. */
  readonly handles: ReadonlySet<string>;
  /** Of whom it has fewer words: clerks that are not the depot's. */
  readonly namesakes: ReadonlySet<string>;
  /** What the user did. */
  readonly userEvents: readonly UserEventFact[];
  /** Its words that stand in names of processes. */
  readonly known: ReadonlySet<string>;
  /** Who took part in what that led to. */
  readonly involved: ReadonlySet<string>;
  readonly from: number;
  readonly to: number;
}

/** After a user's event so long; what it led to shows by then. */
const FOLLOWS_NS = 5e9;
/** What a finding gains where a word means it and nothing else. */
const MEANT = 0.25;
/** How much a finding about others counts. */
const ELSEWHERE = 0.6;

/** How much a finding answers a question: 0 to about 2; 0: not at all. */
export function relevance(finding: Finding, subject: Subject): number {
  const { question, handles, from, to } = subject;
  const begins = finding.t ?? from;
  if (begins > to || (finding.until ?? begins) < from) return 0;
  const fits = question.symptoms.size === 0 || question.symptoms.has(finding.detector);
  const named = finding.processes.some(({ handle }) => handles.has(handle));
  const shared = overlap(finding, subject);
  // Who is asked about is known, and this is about others.
  const elsewhere =
    (handles.size > 0 || subject.known.size > 0) &&
    !named &&
    (shared === 0 || finding.processes.some(({ handle }) => subject.namesakes.has(handle))) &&
    !isNamed(finding, question) &&
    finding.processes.length > 0;
  return (
    finding.score * (fits ? 1 : 0.4) * (elsewhere ? ELSEWHERE : 1) +
    (named || isNamed(finding, question) ? 0.2 : 0) +
    (question.meant.has(finding.detector) ? MEANT : 0) +
    0.3 * shared +
    nearness(finding, subject)
  );
}

/** Has it one of the names of the question, such as `/orders`? */
const isNamed = ({ summary }: Finding, { names }: Question): boolean =>
  names.some((name) => name.length > 2 && summary.includes(name));

/** The share of the question's words that it has; of those in names, where there are any. */
function overlap({ summary, processes }: Finding, { question, known }: Subject): number {
  const words = known.size > 0 ? known : question.words;
  if (words.size === 0) return 0;
  const told = new Set([...wordsIn(summary), ...processes.flatMap(({ label }) => wordsIn(label))]);
  return [...words].filter((word) => told.has(word)).length / words.size;
}

/** Whether it happened in the course of what the user did. */
function nearness(finding: Finding, { userEvents, involved }: Subject): number {
  if (userEvents.length === 0) return 0;
  const isDuring = userEvents.some(({ t, until }) => {
    const end = Math.min(until ?? Number.POSITIVE_INFINITY, t + FOLLOWS_NS);
    return (finding.t ?? t) <= end && (finding.until ?? finding.t ?? t) >= t;
  });
  if (!isDuring) return -0.4;
  return finding.processes.some(({ handle }) => involved.has(handle)) ? 0.5 : 0.1;
}

/** Events of users that a question means: those of its action, of these the ones without effect where it asks for that. */
export function userEventsOf(
  question: Question,
  { userEvents }: Pick<Facts, "userEvents">,
): readonly UserEventFact[] {
  const { action, names, symptoms } = question;
  const meant = userEvents.filter(({ name }) => {
    const event = name.toLowerCase();
    return event === action || names.some((one) => one.toLowerCase() === event);
  });
  if (!symptoms.has("event_without_effect")) return meant;
  const idle = meant.filter(({ changed, failed }) => failed || changed?.length === 0);
  return idle.length > 0 ? idle : meant;
}

/** How well a process is named by a question: 0 not at all, 1 by a word, 2 by its name. */
export function namedBy({ label }: Who, { names, words }: Question): 0 | 1 | 2 {
  if (names.some((name) => name.length > 2 && (label === name || label.endsWith(`.${name}`)))) return 2;
  // The words in front say whose it is, not who: `Hello` of `Hello.Counter`.
  const own = wordsIn(
    label
      .replace(/[./(].*?\/\d+.*$/, "")
      .split(".")
      .at(-1) ?? "",
  );
  return own.some((word) => word.length > 3 && words.has(word)) ? 1 : 0;
}
