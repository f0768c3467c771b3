import {
  Atom,
  BitString,
  ErlangMap,
  ExportFun,
  encode,
  Float,
  Fun,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "@elixirscope/etf";
import type { RecordedStep } from "./recorded-step.ts";
import { keyOf } from "./variables.ts";
import { keywordOf } from "./written-scalars.ts";

/** Levels of a term that tell one clause from another. */
const LEVELS = 4;

/**
 * What a person would call the same behaviour: callback, form of the message, and form of what it came to. One test for each is
 * enough.
 */
export function shapeOf(step: RecordedStep): string {
  const { module, function: name, message, state, outcome, sent, broadcasts } = step;
  const end =
    outcome.type === "raised"
      ? ["raised", formOf(outcome.reason, LEVELS)]
      : [
          outcome.reply === undefined ? "" : formOf(outcome.reply, LEVELS),
          keyOf(outcome.state) === keyOf(state) ? "same" : `${formOf(state, 1)} ${formOf(outcome.state, 1)}`,
          outcome.stop === undefined ? "" : formOf(outcome.stop, 1),
        ];
  const told = sent.map((one) => `${one.label} ${formOf(one.message, LEVELS)}`);
  const heard = broadcasts.map((one) => formOf(one.message, LEVELS));
  return [module, name, formOf(message, LEVELS), ...end, ...told, ...heard].join("|");
}

/** Of a callback and its message alone. */
export const stepForm = (callback: string, message: Term): string => `${callback} ${formOf(message, LEVELS)}`;

/** What a callback was given, whoever called: for the same everybody expects the same. */
export const givenKey = ({ module, function: name, message, state }: RecordedStep): string =>
  [module, name, keyOf(message), keyOf(state)].join("|");

/** Bytes of what it was given and left: the smaller, the easier to read. */
export function sizeOf({ message, state, outcome }: RecordedStep): number {
  const left = outcome.type === "returned" ? encode(outcome.state).length : 0;
  return encode(message).length + encode(state).length + left;
}

/** Atoms and the keys of maps as they are, of all else what it is. */
function formOf(term: Term, levels: number): string {
  if (term instanceof Atom) return term.name;
  if (levels === 0) return kindOf(term);
  if (term instanceof Tuple) return `{${term.elements.map((part) => formOf(part, levels - 1)).join()}}`;
  if (term instanceof ErlangMap) return mapForm(term, levels);
  if (Array.isArray(term)) {
    const forms = new Set((term as readonly Term[]).map((part) => formOf(part, levels - 1)));
    return `[${[...forms].sort().join()}]`;
  }
  return kindOf(term);
}

/** Keys that are atoms are fields; others are data. */
function mapForm(map: ErlangMap, levels: number): string {
  const fields = map.entries.map(([key, value]) =>
    keywordOf(key) === undefined
      ? `${formOf(key, levels - 1)}=>${formOf(value, levels - 1)}`
      : `${keywordOf(key)}${formOf(value, levels - 1)}`,
  );
  return `%{${[...new Set(fields)].sort().join()}}`;
}

const KINDS = [
  Float,
  Pid,
  Port,
  Reference,
  Fun,
  ExportFun,
  ImproperList,
  BitString,
  ErlangMap,
  Tuple,
] as const;

function kindOf(term: Term): string {
  if (term instanceof Uint8Array) return "binary";
  if (Array.isArray(term)) return "list";
  if (typeof term === "number" || typeof term === "bigint") return "integer";
  return KINDS.find((kind) => term instanceof kind)?.name ?? "term";
}
