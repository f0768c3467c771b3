import { Atom, decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import type { MessageFact, ProcessTable, Who } from "../analysis/index.ts";
import type {
  CallList,
  CallsInput,
  CrashAnswer,
  CrashesInput,
  CrashInput,
  CrashList,
  MessageAnswer,
} from "../protocol/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import type { Lookup } from "./lookup.ts";
import type { PhoenixQuery } from "./phoenix-query.ts";
import type { ProcessNames } from "./process-names.ts";
import type { Sources } from "./sources.ts";

/** What facts are gathered from. */
export interface DiagnoseSources {
  readonly store: TraceStore;
  readonly table: ProcessTable;
  readonly lookup: Lookup;
  readonly names: ProcessNames;
  readonly clock: Clock;
  readonly phoenix: PhoenixQuery;
  readonly sources: Sources;
  calls(input: CallsInput): Promise<CallList>;
  crashes(input: CrashesInput): Promise<CrashList>;
  crash(input: CrashInput): Promise<CrashAnswer>;
  message(id: number): Promise<MessageAnswer>;
}

/** Longest message in a sentence, in characters. */
const GIST = 120;

/** A message as people write it: without the envelope of calls, casts and replies. */
export function gistOf({ payload, node }: StoredEvent, lookup: Lookup): string {
  return lookup.inspect(inner(decodeTerm(payload, 0).term), GIST, node).text;
}

/** A message without the envelope of calls and casts. */
export const innerOf = ({ payload }: StoredEvent): Term => inner(decodeTerm(payload, 0).term);

function inner(term: Term): Term {
  if (!(term instanceof Tuple)) return term;
  const [head, second, third] = term.elements;
  if (head instanceof Atom && head.name === "$gen_call" && third !== undefined) return third;
  if (head instanceof Atom && head.name === "$gen_cast" && second !== undefined) return second;
  return term;
}

/** The value of a reply: `{Tag, Value}`. */
export function replyOf({ payload, node }: StoredEvent, lookup: Lookup): string {
  const { term } = decodeTerm(payload, 0);
  const value = term instanceof Tuple ? term.elements[1] : undefined;
  return lookup.inspect(value ?? term, GIST, node).text;
}

/** A message that a process took in, with who sent it. */
export async function messageFact(id: number, sources: DiagnoseSources): Promise<MessageFact> {
  const [[event], answer] = await Promise.all([sources.store.eventsByIds([id]), sources.message(id)]);
  return {
    id,
    text: event ? gistOf(event, sources.lookup) : "a message",
    sender: answer.send?.process ? whoOf(answer.send.process) : null,
    sendId: answer.send?.id ?? null,
  };
}

/** A process of the dictionary; undefined for none. */
export function who(index: number, { names }: Pick<DiagnoseSources, "names">): Who | undefined {
  const ref = names.ref(index);
  return ref ? whoOf(ref) : undefined;
}

/** As a sentence calls it: a LiveView by its module, not by its label or its first call. */
export function whoOf({ handle, label }: Who): Who {
  const view =
    /^\{Phoenix\.(?:LiveView|Channel), ([\w.]+), /.exec(label)?.[1] ??
    /^([A-Z][\w.]*)\.(?:mount|init|join)\/\d$/.exec(label)?.[1];
  return { handle, label: view ?? label };
}
