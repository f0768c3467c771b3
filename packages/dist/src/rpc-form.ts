/**
 * What an rpc runs on the peer. `erpc` gives no stack for exits and throws; so we have `erl_eval` (in every OTP, nothing to install)
 * evaluate this in a process of its own, whose exit reason, seen through the monitor of the SPAWN_REQUEST, is the answer:
 *
 *     exit({'$es_rpc', try {ok, apply(M, F, Args)} catch C:R:S -> {C, R, S} end})
 */
import { Atom, atom, isTagged, type Term, Tuple, tuple } from "@elixirscope/etf";

export const RPC_MODULE = "erl_eval";
export const RPC_FUNCTION = "expr";
const TAG = "$es_rpc";

const LINE = 1;
const variable = (name: string): Tuple => tuple(atom("var"), LINE, atom(name));
const literal = (name: string): Tuple => tuple(atom("atom"), LINE, atom(name));
const tupleForm = (...elements: readonly Term[]): Tuple => tuple(atom("tuple"), LINE, elements);
const call = (name: string, ...args: readonly Term[]): Tuple =>
  tuple(atom("call"), LINE, tuple(atom("remote"), LINE, literal("erlang"), literal(name)), args);

const CAUGHT = tupleForm(variable("C"), variable("R"), variable("S"));
const CATCH = tuple(atom("clause"), LINE, [CAUGHT], [], [CAUGHT]);
const APPLY = tupleForm(literal("ok"), call("apply", variable("M"), variable("F"), variable("A")));
const ATTEMPT = tuple(atom("try"), LINE, [APPLY], [], [CATCH], []);
const FORM = call("exit", tupleForm(literal(TAG), ATTEMPT));

/** Arguments of `erl_eval:expr/3` (unlike `expr/2` it does not lint first, which would cost more than the call). */
export function rpcArguments(module: string, name: string, args: readonly Term[]): Term[] {
  // An orddict, which is what bindings of erl_eval may be on every OTP.
  const bindings = [tuple(atom("A"), args), tuple(atom("F"), atom(name)), tuple(atom("M"), atom(module))];
  return [FORM, bindings, atom("none")];
}

export type Outcome =
  | { readonly ok: true; readonly value: Term }
  | { readonly ok: false; readonly class: string; readonly reason: Term; readonly stack: Term };

/** `undefined`: the process ended otherwise (it was killed, say). */
export function outcomeOf(reason: Term): Outcome | undefined {
  if (!isTagged(reason, TAG, 2)) return undefined;
  const outcome = reason.elements[1];
  if (isTagged(outcome, "ok", 2)) return { ok: true, value: outcome.elements[1]! };
  if (!(outcome instanceof Tuple) || outcome.elements.length !== 3) return undefined;
  const [kind, why, stack] = outcome.elements;
  return {
    ok: false,
    class: kind instanceof Atom ? kind.name : "error",
    reason: why!,
    stack: withoutOurs(stack!),
  };
}

const isOurs = (frame: Term): boolean =>
  frame instanceof Tuple && frame.elements[0] instanceof Atom && frame.elements[0].name === RPC_MODULE;

/** The frames of the evaluator below the call are ours, not the caller's. */
function withoutOurs(stack: Term): Term {
  if (!Array.isArray(stack)) return stack;
  const frames = stack as readonly Term[];
  const last = frames.findLastIndex((frame) => !isOurs(frame));
  return frames.slice(0, last + 1);
}
