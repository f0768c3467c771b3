import { decodeTerm, inspect, Pid, Tuple } from "@elixirscope/etf";
import { callShape } from "../analysis/index.ts";
import { isNodeEntry, NONE } from "../model/index.ts";
import type { MessageAnswer } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { CallEnds } from "./call-row.ts";
import { atomText, type Lookup } from "./lookup.ts";
import type { TimerFound } from "./timer-query.ts";

/** Where a received message without a send came from. */
export interface Origin {
  readonly origin: MessageAnswer["origin"];
  readonly why: string;
}

/** What the runtime itself puts into a mailbox. */
const OF_RUNTIME: Readonly<Record<string, string>> = {
  DOWN: "Of a monitor: the runtime made it when the process (or its connection) ended.",
  EXIT: "An exit signal, as a message since the process traps exits: of a link that ended, or of Process.exit/2.",
  timeout: "No message: a receive ended by its after.",
  nodedown: "Of a node monitor: the runtime made it.",
  nodeup: "Of a node monitor: the runtime made it.",
};

/** @param blind why a missing send says nothing, "" where everything was looked at */
export function originOf(
  receive: StoredEvent,
  found: {
    readonly timer: TimerFound | undefined;
    readonly ends: CallEnds | undefined;
    readonly blind: string;
  },
  lookup: Lookup,
): Origin {
  const { timer, ends, blind } = found;
  if (timer) {
    const why = timer.certain
      ? ""
      : "Several timers with an equal message were due: this is the one whose turn it was.";
    return { origin: "timer", why };
  }
  const node = remoteNode(receive, ends, lookup);
  const untold = node !== undefined && lookup.nodeNames().includes(node) ? blind : undefined;
  if (node && untold !== "")
    return {
      origin: "another node",
      why: `It came from ${node}${untold ? `. ${untold}` : ", which is not traced."}`,
    };
  const tag = receive.tag === NONE ? "" : lookup.atomName(receive.tag);
  const byRuntime = receive.payload[0] === 104 || tag === "timeout" ? OF_RUNTIME[tag] : undefined;
  if (byRuntime) return { origin: "runtime", why: byRuntime + remoteSubject(receive, lookup) };
  if (blind !== "") return { origin: "unknown", why: blind };
  return {
    origin: "timer or untraced",
    why: "No traced process sent it: a timer (erlang:send_after) set before, a port, another node, or a process that is not traced.",
  };
}

/** The node of a caller, or of who was asked, where it is another one. */
function remoteNode(receive: StoredEvent, ends: CallEnds | undefined, lookup: Lookup): string | undefined {
  const home = lookup.process(receive.pid)?.node;
  const shape = callShape(receive.payload);
  const node =
    shape?.type === "call" || shape?.type === "system"
      ? shape.caller.node
      : shape?.type === "reply" && ends?.request
        ? lookup.process(ends.request.peer)?.node
        : undefined;
  return node !== undefined && node !== home ? node : undefined;
}

/** `{DOWN, Ref, process, Pid, _}`, `{EXIT, Pid, _}`: where the process lived, if not here. */
function remoteSubject(receive: StoredEvent, lookup: Lookup): string {
  const home = lookup.process(receive.pid)?.node;
  const { term } = decodeTerm(receive.payload, 0);
  const pid = term instanceof Tuple ? term.elements.find((element) => element instanceof Pid) : undefined;
  return pid && pid.node !== home ? ` It was ${inspect(pid)} on ${pid.node}.` : "";
}

/** Why a message to nobody did not arrive. */
export function whyDead(send: StoredEvent, lookup: Lookup): string {
  if (send.peer !== NONE) return "The process had ended when it was sent.";
  const name = send.tag === NONE ? "that name" : `the name ${atomText(lookup.atomName(send.tag))}`;
  return `Nobody held ${name} when it was sent: a send with ! fails then, GenServer.cast/2 says nothing.`;
}

/** Of a send to `{Name, Node}`. */
export function whyAway(send: StoredEvent, lookup: Lookup, isTraced: boolean): string | undefined {
  const entry = lookup.process(send.peer);
  if (!entry || !isNodeEntry(entry)) return undefined;
  const where = `It went to ${atomText(lookup.atomName(send.tag))} on ${entry.node}`;
  return isTraced
    ? `${where}, where nobody is known to have held that name then.`
    : `${where}, which is not traced.`;
}
