import type { ProcessState } from "../analysis/index.ts";
import type { Gap } from "../model/index.ts";
import type { SnapshotMailbox, SnapshotMessage, SnapshotRow } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { atomText } from "./lookup.ts";
import type { FoundMailbox } from "./mailbox-query.ts";
import { losesMessages } from "./message-window.ts";
import type { SnapshotParts } from "./snapshot-query.ts";
import { extentOf } from "./state-row.ts";

const MESSAGES = 100;

/** The state of a process at the instant, or why it is not known. */
export function stateAnswer(
  process: ProcessState,
  parts: SnapshotParts,
  event: StoredEvent | undefined,
): Pick<SnapshotRow, "state" | "stateWhy"> {
  const why = whyNoState(process, parts, event);
  if (why !== "" || !event) return { state: null, stateWhy: why };
  return {
    state: {
      id: event.id,
      t: parts.clock.t(event.ts),
      module: event.tag < 0 ? null : atomText(parts.atom(event.tag)),
      term: parts.rows.term(event.payload, parts.stateLength, event.node),
      extent: extentOf(event.payload),
    },
    stateWhy: "",
  };
}

function whyNoState(process: ProcessState, parts: SnapshotParts, event: StoredEvent | undefined): string {
  const level = parts.tables.levels.get(process.node);
  const since = level?.statesSince;
  if (since === undefined)
    return `States were not recorded at this instant: the level was ${level?.level ?? "not known"}, it takes state (or calls).`;
  if (!event) {
    return level?.partial
      ? "Its states were not recorded: it was out of scope or sample, or went through no callback since."
      : "It went through no callback of gen_server, gen_statem or gen_event since states are recorded, or it keeps its state in a loop of its own.";
  }
  if (event.ts < since)
    return "Unknown: states were not recorded between its last known state and this instant.";
  const gap = parts.gaps.find((one) => losesStates(one) && one.from <= parts.ts && one.to >= event.ts);
  return gap && gap.node === process.node
    ? `Unknown: events were lost since its last known state (${gap.cause}).`
    : "";
}

const losesStates = ({ cause, dropped }: Gap): boolean =>
  (Object.keys(dropped).length === 0 && cause !== "code_reload") || (dropped.state ?? 0) > 0;

type Looked = FoundMailbox | "not_looked_at" | "empty" | "no_callbacks";

/** The mailbox of a process at the instant, as far as it is known. */
export function mailboxAnswer(process: ProcessState, parts: SnapshotParts, found: Looked): SnapshotMailbox {
  const sampled = process.sample?.mailbox ?? null;
  const unknown = (why: string, messages: readonly SnapshotMessage[] = []): SnapshotMailbox => ({
    length: null,
    atLeast: messages.filter(({ sure }) => sure).length,
    atMost: null,
    messages: messages.slice(0, MESSAGES),
    sampled,
    why,
  });
  const blind = whyBlind(process, parts);
  if (blind !== "") return unknown(blind);
  if (found === "no_callbacks")
    return unknown(
      "Unknown: it went through no callback that was recorded, so what it takes out is not known.",
    );
  if (found === "not_looked_at")
    return unknown("Not looked at: many processes are busy at this instant. Ask for this one alone.");
  if (found === "empty") return { length: 0, atLeast: 0, atMost: 0, messages: [], sampled, why: "" };
  const messages = found.messages.map(({ event, send, sure }): SnapshotMessage => {
    const from = send ?? (event.kind === "send" ? event : undefined);
    return { event: parts.rows.row(event), from: from ? parts.names.ref(from.pid) : null, sure };
  });
  if (!found.known)
    return unknown("Unknown: it was never seen with an empty mailbox since messages are recorded.", messages);
  const atLeast = messages.filter(({ sure }) => sure).length;
  const exact = atLeast === messages.length;
  return {
    length: exact ? atLeast : null,
    atLeast,
    atMost: messages.length,
    messages: messages.slice(0, MESSAGES),
    sampled,
    why: exact ? "" : "Some may have been on their way at this instant, or been taken already.",
  };
}

function whyBlind(process: ProcessState, parts: SnapshotParts): string {
  const level = parts.tables.levels.get(process.node);
  if (level?.messagesSince === undefined)
    return `Messages were not recorded at this instant: the level was ${level?.level ?? "not known"}.`;
  if (level.statesSince === undefined)
    return `What was handled is not known: the level was ${level.level}, it takes state (or calls).`;
  const gap = parts.gaps.find(
    (one) => one.node === process.node && losesMessages(one) && one.from <= parts.ts && parts.ts <= one.to,
  );
  return gap ? `Unknown: messages were lost at this instant (${gap.cause}).` : "";
}
