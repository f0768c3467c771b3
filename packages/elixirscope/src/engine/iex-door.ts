import { Atom, atom, binary, inspect, isAtom, type Term, Tuple, tuple } from "@elixirscope/etf";
import { ElixirScopeError } from "../model/index.ts";
import { type Input, inputSchemas, type MethodName } from "../protocol/index.ts";
import { jsonOf, termOf } from "./term-json.ts";

/** The registered name of ours that code on the observed node can call. */
export const DOOR_NAME = "elixirscope";

/** What may be asked from the node: questions and what is traced. Attaching is not the node's business. */
const OPEN_METHODS: readonly MethodName[] = [
  "status",
  "processes",
  "process",
  "tree",
  "events",
  "event",
  "states",
  "crash",
  "crashes",
  "history",
  "inventory",
  "rates",
  "gaps",
  "tracing",
];

/**
 * Answers `GenServer.call({:elixirscope, our_node}, request)` from IEx: `:status`, or a method with its input, such as
 * `{:events, limit: 5, process: Hello.Counter}`. Always `{:ok, answer}` or `{:error, {code, message}}`.
 */
export async function answerFromNode(
  request: Term,
  call: (method: MethodName, input: never) => Promise<unknown>,
): Promise<Term> {
  try {
    const { method, input } = parse(request);
    return tuple(atom("ok"), termOf(await call(method, input as never)));
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return tuple(atom("error"), tuple(atom(code ?? "INTERNAL"), binary(message)));
  }
}

function parse(request: Term): { method: MethodName; input: Input<MethodName> } {
  const [name, input] = request instanceof Tuple ? request.elements : [request];
  const method = name instanceof Atom ? OPEN_METHODS.find((open) => isAtom(name, open)) : undefined;
  if (!method) {
    throw new ElixirScopeError(
      "ENGINE_UNKNOWN_REQUEST",
      `Not a request: ${inspect(request, { maxLength: 200 })}. Ask :status or {:events, limit: 5}; there are ${OPEN_METHODS.join(", ")}.`,
    );
  }
  // An empty list is an empty keyword list here.
  const json = input === undefined || (Array.isArray(input) && input.length === 0) ? {} : jsonOf(input);
  const checked = inputSchemas[method].safeParse(json);
  if (checked.success) return { method, input: checked.data };
  const problems = checked.error.issues.map(
    (issue) => `${issue.path.join(".") || "input"}: ${issue.message}`,
  );
  throw new ElixirScopeError("ENGINE_BAD_INPUT", `${method} was asked wrongly: ${problems.join("; ")}`);
}
