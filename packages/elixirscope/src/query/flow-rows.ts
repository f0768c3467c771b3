import {
  type FlowHop,
  type FlowSpan,
  hopFacts,
  messageOf,
  type ProcessTable,
  type SocketFrame,
  socketFrame,
  startFacts,
} from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { FlowAnswer, FlowRow, FlowHop as Hop, FlowSpan as Span } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { between, endOf } from "./call-row.ts";
import type { Clock } from "./clock.ts";
import type { EventRows } from "./event-rows.ts";
import type { StoredFlow } from "./flow-reader.ts";
import type { ToldFlow } from "./flow-steps.ts";
import type { Lookup } from "./lookup.ts";
import type { ProcessNames } from "./process-names.ts";

/** Spans in one answer. */
const SPANS = 2_000;
const REASON_LENGTH = 2_000;
/** Of a reason in a list. */
const ERROR_LENGTH = 300;
/** Of a frame's text. */
const FRAME_LENGTH = 200;

export interface FlowRowSources {
  readonly rows: EventRows;
  readonly names: ProcessNames;
  readonly table: ProcessTable;
  readonly lookup: Lookup;
  readonly clock: Clock;
}

/** What an answer may still take up, and what is known of its parts. */
interface Left {
  spans: number;
  readonly told: ToldFlow;
}

/** Flows as answers show them. */
export class FlowRows {
  readonly #sources: FlowRowSources;

  constructor(sources: FlowRowSources) {
    this.#sources = sources;
  }

  row(flow: StoredFlow, title: string | undefined): FlowRow {
    const { rows, names, clock } = this.#sources;
    const { start, spans } = flow;
    const { summary } = rows.row(start);
    const failure = spans.find((span) => span.failure !== undefined)?.failure;
    return {
      id: `f-${start.id}`,
      entry: startFacts(start.payload)?.name ?? "",
      t: clock.t(start.ts),
      at: clock.iso(start.ts),
      durationNs: Number(flow.last - flow.first),
      process: names.ref(start.pid),
      title: title ?? summary,
      summary,
      processes: new Set(spans.map(({ pid }) => pid)).size,
      messages: spans.reduce((sum, span) => sum + span.hops.length, 0),
      nodes: [...new Set(spans.map(({ node }) => node))].sort((a, b) => a - b),
      complete: flow.complete,
      why: flow.complete ? "" : whyIncomplete(flow, (pid) => names.ref(pid)?.label ?? ""),
      failed: failure !== undefined,
      error: failure ? rows.term(failure.payload, ERROR_LENGTH).text : null,
    };
  }

  answer(flow: StoredFlow, title: string | undefined, told: ToldFlow): FlowAnswer {
    const left = { spans: SPANS, told };
    const root = this.#span(flow.spans[0]!, left);
    return { ...this.row(flow, title), root, cut: left.spans < 0 || told.cut };
  }

  #span(span: FlowSpan<StoredEvent>, left: Left): Span {
    const { rows, names } = this.#sources;
    const to = left.told.extents.get(span) ?? span.last.ts;
    left.spans--;
    return {
      process: names.ref(span.pid),
      node: span.node,
      opened: rows.row(span.opened),
      durationNs: Number(to - span.opened.ts),
      ended: span.ended !== undefined || to > span.last.ts,
      failure: span.failure ? rows.term(span.failure.payload, REASON_LENGTH) : null,
      entries: span.entries.map((event) => rows.row(event)),
      steps: left.told.steps.get(span) ?? [],
      hops: span.hops.map((hop) => this.#hop(hop, left)),
    };
  }

  #hop(hop: FlowHop<StoredEvent>, left: Left): Hop {
    const { rows, names } = this.#sources;
    const { send, receive, to } = hop;
    const one = (send ?? receive)!;
    const frame = frameOf(one);
    return {
      type: hop.type,
      reply: hop.reply,
      to: names.ref(to?.pid ?? one.peer),
      sent: send ? rows.row(send) : null,
      received: receive ? rows.row(receive) : null,
      summary: frame ? frameText(frame) : rows.row(one).summary,
      frameBytes: frame?.bytes ?? null,
      mailboxNs: between(send, receive),
      why: receive ? "" : this.#whyNotTaken(one),
      span: to && !hop.reply && left.spans > 0 ? this.#span(to, left) : null,
    };
  }

  #whyNotTaken(send: StoredEvent): string {
    const { table, lookup } = this.#sources;
    if (send.peer === NONE)
      return "Nobody took it: its receiver is a port, an alias that was given up, a name that nobody holds, or one on a node that is not recorded.";
    const state = table.processes.get(send.peer);
    if (!state) return `Its receiver, on ${lookup.process(send.peer)?.node}, is not traced.`;
    const end = endOf(send.peer, table);
    if (end !== undefined && end <= send.ts) return "Its receiver had ended before.";
    if (end !== undefined) return "Its receiver ended without having taken it.";
    return "It was not taken when the record ends, or is of a sort that no process takes (an exit signal, a system message).";
  }
}

function frameOf({ payload }: StoredEvent): SocketFrame | undefined {
  const facts = hopFacts(payload);
  return facts && socketFrame(messageOf(payload, facts));
}

const frameText = ({ bytes, text }: SocketFrame): string =>
  `${bytes} bytes to the browser${text === "" ? "" : `: ${text.slice(0, FRAME_LENGTH)}${text.length > FRAME_LENGTH ? "…" : ""}`}`;

function whyIncomplete({ spans }: StoredFlow, label: (pid: number) => string): string {
  const lost = spans.find(({ isLost }) => isLost);
  if (lost)
    return `${label(lost.pid)} waited for an answer that came without the trace of this flow, or not at all: what it did after that is not here.`;
  return spans[0]!.fresh
    ? "Events were lost while it went on, or there are more than were read."
    : "It had begun before: what led here is not in the record.";
}
