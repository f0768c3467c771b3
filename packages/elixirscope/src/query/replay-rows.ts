import { Atom, ErlangMap, isTagged, type Term, Tuple } from "@elixirscope/etf";
import { diffTerms, identifiersIn, type RunTime, settle, type Volatile } from "../analysis/index.ts";
import type { ReplayDifference, ReplayOutcome, StateDiff } from "../protocol/index.ts";
import { mfaText } from "./lookup.ts";
import type { RecordedCallback } from "./replay-query.ts";

/** How a run ended, as terms. */
export type RunEnd =
  | {
      readonly ended: "returned";
      readonly reply: Term | undefined;
      readonly state: Term | undefined;
      readonly next: Term;
    }
  | {
      readonly ended: "raised";
      readonly class: string;
      readonly reason: Term;
      readonly stack: readonly Term[];
    }
  | { readonly ended: "stopped"; readonly why: Term; readonly stack: readonly Term[] };

/** What is compared: the recorded terms, decoded. */
export interface Compared {
  readonly recorded: RecordedCallback;
  /** The state that it was called with, its message, and the state that it left. */
  readonly given: readonly Term[];
  readonly left: Term;
  readonly replayed: RunEnd;
  /** Messages that it sent now, beside its reply. */
  readonly sends: readonly Term[];
  /** An answer by `gen_server:reply/2`. */
  readonly answered: Term | undefined;
  readonly time: RunTime;
}

/** Prints a term as its node does. */
export type Inspect = (term: Term, maxLength: number) => { readonly text: string };

const VALUE = 2_000;
const CHANGES = 50;

/** What differs, and what would differ from run to run. */
export function differences(
  compared: Compared,
  inspect: Inspect,
): { readonly differences: readonly ReplayDifference[]; readonly volatile: readonly Volatile[] } {
  const { recorded, given, replayed, time } = compared;
  const known = new Set<string>();
  for (const term of given) identifiersIn(term, known);
  const volatile: Volatile[] = [];
  const found: ReplayDifference[] = [];
  const compare = (
    what: ReplayDifference["what"],
    before: Term | undefined,
    after: Term | undefined,
  ): void => {
    if (before === undefined && after === undefined) return;
    const settled =
      before !== undefined && after !== undefined ? settle(before, after, known, time) : undefined;
    for (const { path, kind } of settled?.volatile ?? []) volatile.push({ path: `${what}${path}`, kind });
    const diff = settled && diffOf(before!, settled.term, inspect);
    if (diff && diff.changes.length === 0 && !diff.more) return;
    const text = (term: Term | undefined): string | null =>
      term === undefined ? null : inspect(term, VALUE).text;
    found.push({ what, before: text(before), after: text(after), diff: diff ?? null });
  };
  const failure = failureOf(recorded);
  if (replayed.ended === "raised") {
    compare("exception", failure?.reason ?? new Atom("none"), reasonOf(replayed));
    const [was, is] = [failure?.stack[0], replayed.stack[0]];
    if (found.length === 0 && was && is && placeOf(was) !== placeOf(is))
      found.push({ what: "exception", before: placeOf(was), after: placeOf(is), diff: null });
    return { differences: found, volatile };
  }
  if (replayed.ended === "stopped") return { differences: [], volatile };
  compare("reply", recorded.reply, replayed.reply ?? compared.answered);
  const stops = isTagged(replayed.next, "stop", 2) ? replayed.next.elements[1] : undefined;
  if (recorded.reason !== undefined || stops !== undefined)
    compare("next", recorded.reason ?? new Atom("goes_on"), stops ?? new Atom("goes_on"));
  else if (recorded.continued !== undefined) {
    const goesOn = isTagged(replayed.next, "continue", 2) ? replayed.next.elements[1] : undefined;
    compare("next", recorded.continued ?? undefined, goesOn);
  }
  if (recorded.reason === undefined || failure === undefined) compare("state", compared.left, replayed.state);
  compare("messages", recorded.sends, compared.sends);
  return { differences: found, volatile };
}

function diffOf(before: Term, after: Term, inspect: Inspect): StateDiff {
  const diff = diffTerms(before, after, CHANGES);
  const text = (term: Term | undefined): string | null =>
    term === undefined ? null : inspect(term, 300).text;
  return {
    changes: diff.changes.map(({ path, iex, before: was, after: is }) => ({
      path,
      ...(iex === undefined ? {} : { iex }),
      before: text(was),
      after: text(is),
    })),
    more: diff.more,
    unknown: diff.unknown,
  };
}

/** A process that ended with `{Reason, Stack}` ended by an exception. */
function failureOf({
  reason,
}: RecordedCallback): { readonly reason: Term; readonly stack: readonly Term[] } | undefined {
  if (reason === undefined) return undefined;
  const [why, stack] = reason instanceof Tuple && reason.elements.length === 2 ? reason.elements : [];
  if (why !== undefined && Array.isArray(stack) && (stack as readonly Term[]).every(isFrame))
    return { reason: why, stack: stack as readonly Term[] };
  return undefined;
}

const isFrame = (term: Term): boolean =>
  term instanceof Tuple && term.elements.length === 4 && term.elements[0] instanceof Atom;

/** A value that was thrown out of a callback, or an exit, is the reason itself. */
const reasonOf = ({ reason }: Extract<RunEnd, { ended: "raised" }>): Term => reason;

/** `Hello.Counter.handle_call/3` of a frame. */
function placeOf(frame: Term): string {
  const [module, name, arity] = frame instanceof Tuple ? frame.elements : [];
  if (!(module instanceof Atom && name instanceof Atom)) return "";
  const count = Array.isArray(arity)
    ? arity.length
    : arity instanceof Uint8Array
      ? arity.length
      : Number(arity);
  return mfaText(module.name, name.name, count);
}

/** With file and line, where the frame has them. */
function frameText(frame: Term): string {
  const location = frame instanceof Tuple && Array.isArray(frame.elements[3]) ? frame.elements[3] : [];
  const facts = new ErlangMap(
    (location as readonly Term[]).flatMap((pair) =>
      pair instanceof Tuple && pair.elements.length === 2
        ? [[pair.elements[0]!, pair.elements[1]!] as const]
        : [],
    ),
  );
  const [file, line] = [facts.get("file"), facts.get("line")];
  const text = Array.isArray(file) ? String.fromCodePoint(...(file as readonly number[])) : "";
  return `${placeOf(frame)}${text === "" ? "" : ` (${text}:${Number(line ?? 0)})`}`;
}

/** The recorded outcome for people. */
export function recordedOutcome(recorded: RecordedCallback, left: Term, inspect: Inspect): ReplayOutcome {
  const text = (term: Term | undefined): string | null =>
    term === undefined ? null : inspect(term, VALUE).text;
  const failure = failureOf(recorded);
  return {
    ended: failure ? "raised" : "returned",
    reply: text(recorded.reply),
    state: text(left),
    next:
      recorded.reason !== undefined && !failure
        ? inspect(new Tuple([new Atom("stop"), recorded.reason]), VALUE).text
        : recorded.continued
          ? inspect(new Tuple([new Atom("continue"), recorded.continued]), VALUE).text
          : null,
    exception: failure ? `** ${text(failure.reason)}` : null,
    stack: (failure?.stack ?? []).map(frameText),
  };
}

/** The outcome now. */
export function replayedOutcome(end: RunEnd, answered: Term | undefined, inspect: Inspect): ReplayOutcome {
  const text = (term: Term | undefined): string | null =>
    term === undefined ? null : inspect(term, VALUE).text;
  const none = { reply: null, state: null, next: null, exception: null, stack: [] };
  if (end.ended === "returned")
    return {
      ...none,
      ended: "returned",
      reply: text(end.reply ?? answered),
      state: text(end.state),
      next: text(end.next),
    };
  if (end.ended === "raised")
    return {
      ...none,
      ended: "raised",
      exception: `** (${end.class}) ${text(end.reason)}`,
      stack: end.stack.map(frameText),
    };
  return { ...none, ended: "stopped", stack: end.stack.map(frameText) };
}
