import {
  diagnoseSteps,
  type Facts,
  type Finding,
  namedBy,
  type Question,
  questionOf,
  relevance,
  type Subject,
  tell,
  type UserEventFact,
  userEventsOf,
  within,
  wordsIn,
} from "../analysis/index.ts";
import type { AskAnswer, AskInput, AskSentence, EventRow, ProcessRef } from "../protocol/index.ts";
import { Pace } from "../store/index.ts";
import { whenOf } from "./ask-when.ts";
import { type DiagnoseQuery, indexOf } from "./diagnose-query.ts";

/** Findings in an answer; those that are much less probable than the first are left away. */
const SHOWN = 4;
const NEAR_FIRST = 0.6;
/** Less answers nothing. */
const LEAST = 0.42;
/** User events of which it is looked at what they led to. */
const FOLLOWED = 5;
const NAMED = 20;

export interface AskParts {
  readonly diagnose: DiagnoseQuery;
  event(id: number): Promise<EventRow>;
}

/** A question in words, answered by the detectors along what it is about. */
export async function ask(
  { question: text, zoneMinutes = 0 }: AskInput,
  parts: AskParts,
): Promise<AskAnswer> {
  const question = questionOf(text);
  const facts = await parts.diagnose.facts();
  const subject = await subjectOf(question, facts, zoneMinutes, parts);
  const { findings, blind } = await new Pace(1).run(diagnoseSteps(facts));
  const ranked = findings
    .map((finding) => ({ finding, weight: relevance(finding, subject) }))
    .filter(({ weight }) => weight >= LEAST)
    .toSorted((a, b) => b.weight - a.weight);
  // The event without an effect is what was asked about, and stands in front.
  const least =
    (ranked.find(({ finding }) => finding.detector !== "event_without_effect")?.weight ?? 0) * NEAR_FIRST;
  const shown = ranked.filter(({ weight }) => weight >= least).slice(0, SHOWN + 1);
  const userEvents = subject.userEvents.slice(-FOLLOWED);
  const told = causes(
    shown.map(({ finding }) => finding),
    userEvents,
  );
  return {
    question: text,
    about: {
      processes: refsOf(subject, parts),
      userEvents: await Promise.all(userEvents.map(({ id }) => parts.event(id))),
      from: Math.max(subject.from, facts.from),
      to: Math.min(subject.to, facts.to),
    },
    verdict: verdictOf(told, userEvents),
    sentences:
      told.length === 0 && userEvents.length === 0
        ? tell(text, question, within(facts, subject.from, subject.to))
        : [...userEvents.slice(-1).map((event) => eventSentence(event)), ...told.map(sentence)],
    findings: told.map((finding) => parts.diagnose.row(finding)),
    others: findings.filter((one) => one.verdict === "warn" && !told.includes(one)).length,
    todo: told[0]?.todo ?? "",
    unknown: [...notUnderstood(question, subject, told, facts), ...unknown(question, told, blind)],
  };
}

function verdictOf(told: readonly Finding[], userEvents: readonly UserEventFact[]): AskAnswer["verdict"] {
  if (told.some(({ verdict }) => verdict === "warn")) return "warn";
  const idle = userEvents.some(({ changed, failed }) => failed || changed?.length === 0);
  return told.length > 0 || idle ? "recheck" : "ok";
}

/** What the user's event is told with already is no cause. */
const causes = (told: readonly Finding[], userEvents: readonly UserEventFact[]): readonly Finding[] =>
  userEvents.length === 0 ? told : told.filter(({ detector }) => detector !== "event_without_effect");

const sentence = ({ summary, evidence }: Finding): AskSentence => ({ text: summary, evidence });

function eventSentence({ view, name, changed, failed, id, pushes }: UserEventFact): AskSentence {
  const what = `${view} got the event ${JSON.stringify(name)}`;
  const came = failed
    ? "and its callback failed"
    : changed === null
      ? "and handled it"
      : changed.length === 0
        ? "handled it, and none of its assigns changed until the next event"
        : `handled it, and ${changed.join(", ")} changed`;
  return { text: `${what}, ${came}.`, evidence: [id, ...pushes.slice(0, 2)] };
}

/** Names that nobody has, and questions without anything that is known here. */
function notUnderstood(
  { names, symptoms }: Question,
  { handles, known, userEvents }: Subject,
  told: readonly Finding[],
  { requests }: Facts,
): readonly string[] {
  const strangers = names.filter(
    (name) =>
      /^(?:[A-Z/:]|p-|<)/.test(name) &&
      handles.size === 0 &&
      !told.some(({ summary }) => summary.includes(name)) &&
      !requests.some(({ what }) => what.includes(name)),
  );
  if (strangers.length > 0) return [`Nothing in this recording is called ${strangers.join(" or ")}.`];
  if (symptoms.size > 0 || handles.size > 0 || known.size > 0 || userEvents.length > 0) return [];
  return [NOT_UNDERSTOOD];
}

const NOT_UNDERSTOOD =
  "What is asked for was not understood. Name who it is about (Shop.Cart, /orders, a word of its name), and say what goes wrong: it hangs, is slow, crashes, grows, comes twice, does not update.";

/** What other levels would have shown of what was asked, and what is in doubt about what was found. */
function unknown(
  { symptoms }: Question,
  told: readonly Finding[],
  blind: readonly Finding[],
): readonly string[] {
  const doubts = told.filter(({ confirm }) => confirm !== "").map(({ confirm }) => confirm);
  const unseen = blind.filter(({ detector }) => symptoms.size === 0 || symptoms.has(detector));
  return [...new Set([...doubts, ...unseen.map(({ summary, confirm }) => `${summary} ${confirm}`)])];
}

async function subjectOf(
  question: Question,
  facts: Facts,
  zoneMinutes: number,
  parts: AskParts,
): Promise<Subject> {
  const named = handlesOf(question, parts);
  const userEvents = userEventsOf(question, facts);
  const involved = new Set(userEvents.flatMap(({ process }) => process?.handle ?? []));
  const flows = new Set([
    ...userEvents.slice(-FOLLOWED).flatMap(({ flow }) => flow ?? []),
    ...flowsIn(question),
  ]);
  for (const flow of flows) for (const handle of await partsOf(flow, parts)) involved.add(handle);
  const window = whenOf(question.when, { facts, clock: parts.diagnose.sources.clock, zoneMinutes });
  return { question, ...named, known: knownWords(question, parts), userEvents, involved, ...window };
}

/** Words of the question in names of processes, those in front of a name too: `Shop` of `Shop.Cart`. */
function knownWords({ words }: Question, { diagnose: { sources } }: AskParts): ReadonlySet<string> {
  const known = new Set<string>();
  for (const index of sources.table.processes.keys())
    for (const word of wordsIn(sources.names.ref(index)?.label ?? "")) if (words.has(word)) known.add(word);
  return known;
}

const flowsIn = ({ names }: Question): readonly string[] => names.filter((name) => /^f-\d+$/.test(name));

/** A flow that is not known any more tells of nobody. */
async function partsOf(flow: string, { diagnose: query }: AskParts): Promise<ReadonlySet<string>> {
  try {
    return (await query.ofFlow(flow)).handles ?? new Set();
  } catch {
    return new Set();
  }
}

/**
 * Whom it names; where it has no name of anybody, whose names have one of its words, and of these those that have most of
 * them: of the clerks that of the depot.
 */
function handlesOf(
  question: Question,
  { diagnose: { sources } }: AskParts,
): Pick<Subject, "handles" | "namesakes"> {
  const byName = new Set<string>();
  const byWord = new Map<string, number>();
  for (const index of sources.table.processes.keys()) {
    const ref = sources.names.ref(index);
    if (!ref) continue;
    const rank = namedBy(ref, question);
    if (rank === 2 || question.names.includes(ref.handle) || isPid(ref, question)) byName.add(ref.handle);
    else if (rank === 1)
      byWord.set(ref.handle, wordsIn(ref.label).filter((word) => question.words.has(word)).length);
  }
  if (byName.size > 0) return { handles: byName, namesakes: new Set() };
  const most = Math.max(0, ...byWord.values());
  const having = (isMost: boolean): ReadonlySet<string> =>
    new Set([...byWord].flatMap(([handle, words]) => ((words === most) === isMost ? handle : [])));
  return { handles: having(true), namesakes: having(false) };
}

const isPid = ({ pid }: ProcessRef, { names }: Question): boolean =>
  pid !== "" && names.includes(pid.replace("#PID", ""));

const refsOf = ({ handles, involved }: Subject, { diagnose: { sources } }: AskParts): readonly ProcessRef[] =>
  [...new Set([...handles, ...involved])]
    .slice(0, NAMED)
    .flatMap((handle) => sources.names.ref(indexOf(handle)) ?? []);
