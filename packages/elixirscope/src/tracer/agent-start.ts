import type { DistConnection, LocalProcess } from "@elixirscope/dist";
import { atom, binary, ErlangMap, inspect, isTagged } from "@elixirscope/etf";
import type { AgentOptions } from "../model/index.ts";
import { ElixirScopeError } from "../model/index.ts";
import { notAllowed } from "./agent-answers.ts";
import { alreadyAttached } from "./agent-loader.ts";
import { agentOptions } from "./agent-options.ts";
import { type AgentInfo, agentInfoOf } from "./agent-terms.ts";
import { Redactor } from "./redaction.ts";
import { filterParameters } from "./redaction-words.ts";

/** Phoenix is told by its configuration which parameters are secret; an application without it tells nothing. */
export async function redactorFor(
  connection: DistConnection,
  { redaction = [], cookie }: { readonly redaction?: readonly string[] | false; readonly cookie: string },
): Promise<Redactor | undefined> {
  if (redaction === false) return undefined;
  const answer = await connection.rpc("application", "get_env", [atom("phoenix"), atom("filter_parameters")]);
  const own = isTagged(answer, "ok", 2) ? filterParameters(answer.elements[1]!) : [];
  return new Redactor([...redaction, ...own], cookie);
}

/** Bytes of a name that the agent takes. */
const MOST_WHO = 1_024;

/** Starts the loaded agent. @throws ElixirScopeError `TRACER_TAKEN`, `TRACER_ALREADY_ATTACHED`, `TRACER_NOT_ALLOWED`, `TRACER_START_FAILED` */
export async function startAgent(
  connection: DistConnection,
  scope: LocalProcess,
  options: AgentOptions,
  attaching = "",
): Promise<AgentInfo> {
  const entries = new ErlangMap([
    [atom("scope"), scope.pid],
    [atom("who"), binary(attaching.slice(0, MOST_WHO / 4))],
    ...agentOptions(options),
  ]);
  const answer = await connection.rpc("elixirscope_agent", "start", [entries]);
  if (isTagged(answer, "ok", 2) && answer.elements[1] instanceof ErlangMap)
    return agentInfoOf(answer.elements[1]);
  const reason = isTagged(answer, "error", 2) ? answer.elements[1]! : answer;
  if (isTagged(reason, "tracer_taken", 3)) {
    const who = reason.elements[2];
    throw new ElixirScopeError(
      "TRACER_TAKEN",
      `Another tool is tracing this node: ${who instanceof Uint8Array ? new TextDecoder().decode(who) : inspect(reason)}. ` +
        "Before OTP 27 a node has one tracer only: end that trace (such as dbg:stop() or closing LiveDebugger) and attach again.",
    );
  }
  if (isTagged(reason, "already_attached", 2)) throw alreadyAttached();
  if (isTagged(reason, "not_allowed", 2)) throw notAllowed(reason.elements[1]!);
  throw new ElixirScopeError("TRACER_START_FAILED", `The agent did not start: ${inspect(reason)}`);
}
