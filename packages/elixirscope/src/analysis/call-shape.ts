import {
  decodeTerm,
  encode,
  Pid,
  readAtomName,
  skipTerm,
  type Term,
  Tuple,
  tupleArity,
} from "@elixirscope/etf";
import { bytesKey } from "./message-pairing.ts";

/**
 * What a message is in OTP's conventions. `tag` holds the bytes of the call's tag, a reference that no other call has: it
 * is what a reply is known by.
 *
 * - `call`: `{'$gen_call', {Pid, Tag}, Request}`, of GenServer, gen_statem, supervisors and most of OTP
 * - `system`: `{system, {Pid, Tag}, Request}`, of `sys`
 * - `cast`: `{'$gen_cast', Request}`
 * - `reply`: `{Tag, Reply}` with a reference, `[alias | Reference]`, or what calls to several nodes have; a Task's result looks the same
 */
export type CallShape =
  | { readonly type: "call" | "system"; readonly caller: Pid; readonly tag: string }
  | { readonly type: "cast" }
  | { readonly type: "reply"; readonly tag: string };

/** Message tags of requests: what the column `tag` says of them. */
export const REQUEST_TAGS: readonly string[] = ["$gen_call", "system"];

/** `undefined` for any other message, also for one that cannot be read. Builds no more than the caller's pid. */
export function callShape(message: Uint8Array): CallShape | undefined {
  try {
    return shapeOf(message);
  } catch {
    return undefined;
  }
}

function shapeOf(bytes: Uint8Array): CallShape | undefined {
  if (bytes.length === 0) return undefined;
  const arity = tupleArity(bytes, 0);
  if (arity === 2 && isTag(bytes, TUPLE_HEAD)) return { type: "reply", tag: slice(bytes, TUPLE_HEAD) };
  if (arity < 2 || arity > 3 || !isAtom(bytes[TUPLE_HEAD])) return undefined;
  const name = readAtomName(bytes, TUPLE_HEAD);
  if (arity === 2) return name === "$gen_cast" ? { type: "cast" } : undefined;
  if (!REQUEST_TAGS.includes(name)) return undefined;
  const from = skipTerm(bytes, TUPLE_HEAD);
  if (tupleArity(bytes, from) !== 2) return undefined;
  const { term: caller, end } = decodeTerm(bytes, from + TUPLE_HEAD);
  if (!(caller instanceof Pid)) return undefined;
  return { type: name === "system" ? "system" : "call", caller, tag: slice(bytes, end) };
}

/** Bytes before the first element of a small tuple. */
const TUPLE_HEAD = 2;

// Tags of the External Term Format: references, atoms, and the head of a list of one element before its tail.
const REFERENCES: ReadonlySet<number> = new Set([90, 101, 114]);
const ATOMS: ReadonlySet<number> = new Set([100, 115, 118, 119]);
const LIST = 108;
const SMALL_TUPLE = 104;
const LIST_HEAD = 5;

const isAtom = (tag: number | undefined): boolean => tag !== undefined && ATOMS.has(tag);
const isReference = (tag: number | undefined): boolean => tag !== undefined && REFERENCES.has(tag);

/** A reference or `[alias | Reference]`; of a call to several nodes `[[alias | Reference] | Monitor]`, before OTP 26 `{Reference, Node}`. */
function isTag(bytes: Uint8Array, at: number): boolean {
  if (isReference(bytes[at])) return true;
  if (bytes[at] === SMALL_TUPLE && bytes[at + 1] === 2 && isReference(bytes[at + TUPLE_HEAD]))
    return isAtom(bytes[skipTerm(bytes, at + TUPLE_HEAD)]);
  if (bytes[at] !== LIST || bytes[at + LIST_HEAD - 1] !== 1) return false;
  const first = at + LIST_HEAD;
  const isAlias = isAtom(bytes[first]) || (bytes[first] === LIST && isTag(bytes, first));
  return isAlias && isReference(bytes[skipTerm(bytes, first)]);
}

const slice = (bytes: Uint8Array, at: number): string => bytesKey(bytes.subarray(at, skipTerm(bytes, at)));

/** Is `answer` (`{Tag, _}`) the reply to this request? Compared as terms: one atom can be written in several ways. */
export function isReplyTo(request: Uint8Array, answer: Term): boolean {
  const tag = tagIn(request);
  if (tag === undefined || !(answer instanceof Tuple && answer.elements.length === 2)) return false;
  return bytesKey(encode(answer.elements[0]!)) === bytesKey(encode(tag));
}

/** `{_, {Pid, Tag}, _}`, or of gen_event `{Pid, Tag, _}`. */
function tagIn(request: Uint8Array): Term | undefined {
  if (request.length === 0 || tupleArity(request, 0) !== 3) return undefined;
  const [, from] = (decodeTerm(request, 0).term as Tuple).elements;
  return from instanceof Tuple ? from.elements[1] : from;
}
