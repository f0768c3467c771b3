/** What failed on the peer, in the words of an Elixir developer. */
import { Atom, ErlangMap, ImproperList, inspect, type Term, Tuple } from "@elixirscope/etf";
import { DistError } from "./errors.ts";

const MAX_REASON = 4_000;

export interface RemoteFailure {
  readonly node: string;
  readonly module: string;
  readonly function: string;
  readonly arity: number;
  /** `error`, `exit` or `throw`. */
  readonly class: string;
  readonly reason: Term;
  readonly stack: Term;
}

/** DIST_RPC_ERROR: class, reason and the remote stack, as text in the message and in `details`, the reason also as a term. */
export function rpcError(failure: RemoteFailure): DistError {
  const reason = reasonText(failure.reason);
  const remoteStack = stackText(failure.stack);
  const { node, module, function: name, arity } = failure;
  const call = `${moduleText(module)}.${name}/${arity}`;
  const message = `${call} on ${node} failed with ${failure.class}: ${reason}${remoteStack === "" ? "" : `\n${remoteStack}`}`;
  const details = { node, module, function: name, arity, class: failure.class, reason, remoteStack };
  return new DistError("DIST_RPC_ERROR", message, details, undefined, failure.reason);
}

/** An Elixir exception by its name and message, anything else as `inspect` prints it. */
export function reasonText(reason: Term): string {
  if (reason instanceof ErlangMap && reason.get("__exception__") !== undefined) {
    const struct = reason.get("__struct__");
    const message = reason.get("message");
    if (struct instanceof Atom) {
      const text =
        message instanceof Uint8Array
          ? new TextDecoder().decode(message)
          : inspect(reason, { maxLength: MAX_REASON });
      return `(${moduleText(struct.name)}) ${text}`;
    }
  }
  return inspect(reason, { maxLength: MAX_REASON });
}

/** `    lib/shop/cart.ex:12: Shop.Cart.add/2`, a line for each frame. */
export function stackText(stack: Term): string {
  if (!Array.isArray(stack)) return "";
  return (stack as readonly Term[])
    .map(frameText)
    .filter((line) => line !== undefined)
    .join("\n");
}

function frameText(frame: Term): string | undefined {
  if (!(frame instanceof Tuple) || frame.elements.length !== 4) return undefined;
  const [module, name, arity, location] = frame.elements;
  if (!(module instanceof Atom) || !(name instanceof Atom)) return undefined;
  const count = Array.isArray(arity) ? arity.length : inspect(arity ?? 0);
  const place = locationText(location);
  return `    ${place === "" ? "" : `${place}: `}${moduleText(module.name)}.${name.name}/${count}`;
}

function locationText(location: Term | undefined): string {
  if (!Array.isArray(location)) return "";
  const entries = new Map<string, Term>();
  for (const entry of location as readonly Term[]) {
    if (entry instanceof Tuple && entry.elements[0] instanceof Atom && entry.elements[1] !== undefined) {
      entries.set(entry.elements[0].name, entry.elements[1]);
    }
  }
  const file = charlist(entries.get("file"));
  const line = entries.get("line");
  if (file === undefined) return "";
  return typeof line === "number" ? `${file}:${line}` : file;
}

function charlist(term: Term | undefined): string | undefined {
  if (!Array.isArray(term) || term instanceof ImproperList) return undefined;
  const codes = term as readonly Term[];
  if (!codes.every((code) => typeof code === "number" && code >= 0 && code <= 0x10ffff)) return undefined;
  return String.fromCodePoint(...(codes as readonly number[]));
}

/** As Elixir writes module names. */
function moduleText(module: string): string {
  return module.startsWith("Elixir.") ? module.slice(7) : `:${module}`;
}
