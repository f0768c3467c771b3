/** The answering side of GenServer: what a registered process of ours does with calls and casts from Erlang and Elixir. */
import {
  atom,
  ImproperList,
  isAtom,
  isTagged,
  Pid,
  Reference,
  type Term,
  Tuple,
  tuple,
} from "@elixirscope/etf";
import type { ProcessHandlers } from "./local-process.ts";
import { jsException } from "./process-table.ts";

export interface Caller {
  readonly pid: Pid;
  readonly kind: "call" | "cast";
}

/** Its value is the reply; what it throws lets the call exit with `{js_exception, Text}`. */
export type ServeHandler = (request: Term, from: Caller) => Promise<Term> | Term;

export interface ServerOptions {
  send(to: Pid | Reference, message: Term): void;
  /** Lets the call that waits behind `ref` fail. */
  fail(ref: Reference, reason: Term): void;
  /** A cast failed; nobody on the peer waits for it. */
  castFailed(error: Error): void;
}

export function serverHandlers(handler: ServeHandler, options: ServerOptions): ProcessHandlers {
  return {
    onMessage: (message, sender) => {
      if (isTagged(message, "$gen_call", 3)) void answerCall(message, handler, options);
      else if (isTagged(message, "$gen_cast", 2) && sender) void takeCast(message, sender, handler, options);
    },
    // A server does not end with those who are linked to it.
    onExit: () => undefined,
  };
}

/** `{'$gen_call', {Pid, Tag}, Request}`, the tag being a reference or (since OTP 24) `[alias | Ref]`. */
async function answerCall(message: Tuple, handler: ServeHandler, options: ServerOptions): Promise<void> {
  const [, from, request] = message.elements;
  if (!(from instanceof Tuple) || request === undefined) return;
  const [pid, tag] = from.elements;
  if (!(pid instanceof Pid) || tag === undefined) return;
  const alias = aliasOf(tag);
  try {
    const reply = await handler(request, { pid, kind: "call" });
    options.send(alias ?? pid, tuple(tag, reply));
  } catch (error) {
    const ref = alias ?? (tag instanceof Reference ? tag : undefined);
    if (ref) options.fail(ref, jsException(asError(error)));
  }
}

async function takeCast(
  message: Tuple,
  pid: Pid,
  handler: ServeHandler,
  options: ServerOptions,
): Promise<void> {
  try {
    await handler(message.elements[1] as Term, { pid, kind: "cast" });
  } catch (error) {
    options.castFailed(asError(error));
  }
}

/** `[alias | Ref]`, or `[[alias | Ref] | Label]` of gen_server's request collections. */
function aliasOf(tag: Term): Reference | undefined {
  if (!(tag instanceof ImproperList)) return undefined;
  const [first] = tag.items;
  if (isAtom(first, "alias") && tag.tail instanceof Reference) return tag.tail;
  return first instanceof ImproperList ? aliasOf(first) : undefined;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** What an IO server owes those whose group leader it is: rpc code that prints must not wait for us forever. */
export function ioHandlers(send: (to: Pid, message: Term) => void): ProcessHandlers {
  return {
    onMessage: (message) => {
      if (!isTagged(message, "io_request", 4)) return;
      const [, from, replyAs, request] = message.elements;
      if (from instanceof Pid) send(from, tuple(atom("io_reply"), replyAs!, ioReply(request!)));
    },
    onExit: () => undefined,
  };
}

/** Output is taken and dropped; there is nothing to read. */
function ioReply(request: Term): Term {
  if (isAtom(request, "getopts")) return [];
  const kind = request instanceof Tuple ? request.elements[0] : undefined;
  if (isAtom(kind, "put_chars") || isAtom(kind, "setopts") || isAtom(kind, "requests")) return atom("ok");
  if (isAtom(kind, "get_line") || isAtom(kind, "get_chars") || isAtom(kind, "get_until")) return atom("eof");
  return tuple(atom("error"), atom("enotsup"));
}
