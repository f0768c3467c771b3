import type { ProcessTable } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { CallRow } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { EventRows } from "./event-rows.ts";
import type { ProcessNames } from "./process-names.ts";

/** The four ends of a call, as far as they were found. */
export interface CallEnds {
  readonly type: "call" | "system";
  readonly caller: number;
  readonly request: StoredEvent | undefined;
  readonly received: StoredEvent | undefined;
  /** When the callee's callback began. */
  readonly dispatch: StoredEvent | undefined;
  readonly reply: StoredEvent | undefined;
  readonly replyReceived: StoredEvent | undefined;
  /** Why a missing reply means nothing; "" when everything was recorded and searched. */
  readonly blind: string;
}

/** What rows of calls are made from. */
export interface CallContext {
  readonly rows: EventRows;
  readonly names: ProcessNames;
  readonly table: ProcessTable;
}

/** Calls as answers show them. */
export function callRow(ends: CallEnds, context: CallContext): CallRow {
  const { request, received, dispatch, reply, replyReceived } = ends;
  const begun = dispatch ?? received;
  const { rows, names } = context;
  const row = (event: StoredEvent | undefined): CallRow["request"] => (event ? rows.row(event) : null);
  return {
    type: ends.type,
    from: names.ref(ends.caller),
    to: names.ref(calleeOf(ends)),
    request: row(request),
    received: row(received),
    reply: row(reply),
    replyReceived: row(replyReceived),
    latencyNs: between(request, replyReceived),
    dispatched: row(dispatch),
    queueNs: between(request, begun),
    workNs: between(begun, reply),
    exact: dispatch !== undefined,
    ...outcomeOf(ends, context.table),
  };
}

/**
 * Nanoseconds, or null where an end is missing. What comes of something is no earlier than it: where it seems to be, on another
 * node, that is the error of the clocks.
 */
export function between(from: StoredEvent | undefined, to: StoredEvent | undefined): number | null {
  if (!from || !to) return null;
  const ns = Number(to.ts - from.ts);
  return from.node === to.node ? ns : Math.max(0, ns);
}

const calleeOf = ({ request, received, reply }: CallEnds): number =>
  received?.pid ?? (request && request.peer !== NONE ? request.peer : (reply?.pid ?? NONE));

/** When a process was seen to end; one that was only lost from sight (after a detach) has no reason. */
export function endOf(process: number, table: ProcessTable): bigint | undefined {
  const state = table.processes.get(process);
  return state?.exitReason === undefined ? undefined : state.exitedAt;
}

/** What became of it, by what is known of both processes. */
export function outcomeOf(ends: CallEnds, table: ProcessTable): Pick<CallRow, "outcome" | "why"> {
  if (ends.replyReceived) return { outcome: "answered", why: "" };
  if (ends.reply) return lateOutcome(ends, table);
  const ended = endOf(calleeOf(ends), table);
  const asked = ends.request ?? ends.received!;
  if (ended !== undefined && ended >= asked.ts)
    return { outcome: "unanswered", why: "The callee ended without a reply." };
  if (ends.blind) return { outcome: "unknown", why: ends.blind };
  const why = ends.received
    ? "No reply in the record: it still works on it, or never answered."
    : "The callee has not taken the request in.";
  return { outcome: "unanswered", why };
}

function lateOutcome(ends: CallEnds, table: ProcessTable): Pick<CallRow, "outcome" | "why"> {
  const ended = endOf(ends.caller, table);
  if (ended !== undefined && ended <= ends.reply!.ts)
    return { outcome: "unanswered", why: "The caller had ended when the reply was sent." };
  if (ends.blind) return { outcome: "unknown", why: ends.blind };
  if (!ends.request)
    return { outcome: "answered", why: "The caller is not traced: when the reply reached it is not known." };
  return {
    outcome: "unanswered",
    why: "The reply was sent, but the caller did not take it: it gave up (timeout).",
  };
}
