import { decodeTerm, type Term } from "@elixirscope/etf";
import { type CallbackStep, diffTerms, holdsCut, isCut, sameBytes } from "../analysis/index.ts";
import type { EventRow, StateDiff, StateRow, TermText } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { atomText } from "./lookup.ts";

/** What rows of states are made with. */
export interface StateRowParts {
  row(event: StoredEvent): EventRow;
  term(bytes: Uint8Array): TermText;
  inspect(term: Term, maxLength: number): { readonly text: string };
  function(event: StoredEvent): { readonly module: string; readonly function: string } | undefined;
  tag(event: StoredEvent): string;
}

/** A state with what is known of how it came about. */
export interface Version {
  readonly event: StoredEvent;
  readonly step: CallbackStep<StoredEvent>;
  /** The state before it, of the same process. */
  readonly before: StoredEvent | undefined;
  /** Why the process ends, of its last state: the term's bytes. */
  readonly reason: Uint8Array | undefined;
}

/** Most changes that a diff lists, and longest text of a value in it. */
const CHANGES = 50;
const VALUE_LENGTH = 300;

export function stateRow(parts: StateRowParts, version: Version, withDiff: boolean): StateRow {
  const { event, step, before, reason } = version;
  const { id, t, at, tag, mfa } = parts.row(event);
  const extent = extentOf(event.payload);
  return {
    id,
    flow: null,
    t,
    at,
    module: tag,
    function: mfa,
    state: parts.term(event.payload),
    extent,
    callback: step.dispatch ? parts.row(step.dispatch).mfa : null,
    occasion: occasionOf(parts, step.dispatch),
    cause: step.cause ? parts.row(step.cause) : null,
    causeCertain: step.certain,
    durationNs: step.began === undefined ? null : Number(event.ts - step.began),
    durationExact: step.dispatch !== undefined,
    waitedNs: step.dispatch && step.cause ? Number(step.dispatch.ts - step.cause.ts) : null,
    postponed: step.postponed,
    reason: reason ? parts.term(reason) : null,
    changed: changedOf(before, event, extent),
    diff: withDiff && before ? diffOf(parts, before.payload, event.payload) : null,
  };
}

const MARK = new TextEncoder().encode("$elixirscope_cut");

/** How much of a state was recorded. Looked for in the bytes: most were not cut, and are not decoded for this. */
export function extentOf(payload: Uint8Array): StateRow["extent"] {
  if (!holdsBytes(payload, MARK)) return "whole";
  const term = decoded(payload);
  if (term === undefined || !holdsCut(term)) return "whole";
  return isCut(term) && payload.length < 64 ? "not_copied" : "cut";
}

function holdsBytes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1))
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true;
  return false;
}

function changedOf(
  before: StoredEvent | undefined,
  event: StoredEvent,
  extent: StateRow["extent"],
): boolean | null {
  if (!before) return null;
  const same = sameBytes(before.payload, event.payload);
  const [was, is] = [extentOf(before.payload), extent];
  if (was === "whole" && is === "whole") return !same;
  // Large and small differ; of two large ones only what is left of them can be compared.
  if (was === "whole" || is === "whole") return true;
  return was === "cut" && is === "cut" && !same ? true : null;
}

function decoded(payload: Uint8Array): Term | undefined {
  try {
    return decodeTerm(payload, 0).term;
  } catch {
    return undefined;
  }
}

/** What is other in the second state; null where one of them cannot be read. */
export function diffOf(
  parts: Pick<StateRowParts, "inspect">,
  before: Uint8Array,
  after: Uint8Array,
): StateDiff | null {
  const [was, is] = [decoded(before), decoded(after)];
  if (was === undefined || is === undefined) return null;
  const diff = diffTerms(was, is, CHANGES);
  const text = (term: Term | undefined): string | null =>
    term === undefined ? null : parts.inspect(term, VALUE_LENGTH).text;
  return {
    changes: diff.changes.map((change) => ({
      path: change.path,
      ...(change.iex === undefined ? {} : { iex: change.iex }),
      before: text(change.before),
      after: text(change.after),
    })),
    more: diff.more,
    unknown: diff.unknown,
  };
}

/** Words for what is no message. */
function occasionOf(parts: StateRowParts, dispatch: StoredEvent | undefined): string {
  if (!dispatch) return "";
  const name = parts.function(dispatch)?.function ?? "";
  const tag = parts.tag(dispatch);
  const shown = tag === "" ? "" : ` ${atomText(tag)}`;
  if (name === "handle_continue") return `continue${shown}`;
  if (name === "init" || name === "code_change") return name;
  const type = typeOf(dispatch.payload);
  return TYPES.has(type) ? `${type.replace("_", " ")}${shown}` : "";
}

const TYPES: ReadonlySet<string> = new Set(["internal", "enter", "timeout", "state_timeout"]);

/** The type of an event of gen_statem. */
function typeOf(by: Uint8Array): string {
  const term = by.length > 0 && by.length < 64 ? decoded(by) : undefined;
  return term !== undefined && typeof term === "object" && "name" in term && typeof term.name === "string"
    ? term.name
    : "";
}
