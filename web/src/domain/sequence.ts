import type { FlowAnswer, FlowHop, FlowSpan, FlowStep, ProcessRef } from "elixirscope/protocol";
import { gistOf } from "./gist.ts";
import type { Kind } from "./kinds.ts";

/** A process of a flow, in the order in which the flow reached them. */
export interface Lifeline {
  readonly key: string;
  readonly label: string;
  readonly process: ProcessRef | null;
}

/** One line of the diagram: a message on its way, or something that a process did by itself. */
export interface SequenceRow {
  readonly key: string;
  /** Of the event to show; nothing: it is not in the record. */
  readonly id: number | undefined;
  /** Of a message: where it was taken. */
  readonly receivedId: number | undefined;
  readonly t: number;
  readonly type: "message" | "reply" | "spawn" | "step" | "failure";
  /** Places among the lifelines; the same of what is no message. */
  readonly from: number;
  readonly to: number;
  readonly mark: Kind;
  /** `call`, `cast`, `reply`, `spawns`; "" for a plain message. */
  readonly sort: string;
  readonly text: string;
  /** It went wrong: red. */
  readonly failed: boolean;
  /** What went wrong, where the text does not say it. */
  readonly why: string;
  readonly durationNs: number | null;
  /** From sent to taken. */
  readonly waitedNs: number | null;
}

/** A process at its part of the flow, from row to row. */
export interface Activation {
  readonly lifeline: number;
  readonly from: number;
  readonly to: number;
}

export interface Sequence {
  readonly lifelines: readonly Lifeline[];
  /** By time, nothing before what led to it. */
  readonly rows: readonly SequenceRow[];
  readonly activations: readonly Activation[];
}

/** `at`: no earlier than what led to it, whatever the clocks of two nodes say. */
type Draft = SequenceRow & { readonly span: FlowSpan; readonly opens: FlowSpan | null; readonly at: number };

/** A flow as a sequence diagram. */
export function sequenceOf(flow: FlowAnswer): Sequence {
  const lifelines: Lifeline[] = [];
  const places = new Map<string, number>();
  const place = (process: ProcessRef | null): number => {
    const key = process?.handle ?? "unknown";
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, lifelines.length);
    lifelines.push({ key, label: process ? lifelineLabel(process) : "unknown process", process });
    return lifelines.length - 1;
  };
  const drafts: Draft[] = [];
  const spans: FlowSpan[] = [];
  const visit = (span: FlowSpan, since: number): void => {
    const from = place(span.process);
    spans.push(span);
    const add = (draft: Omit<Draft, "at">): number => {
      const at = Math.max(draft.t, since);
      drafts.push({ ...draft, at });
      return at;
    };
    for (const step of span.steps) add(stepDraft(step, from, span));
    for (const hop of span.hops) {
      const at = add(hopDraft(hop, from, place(hop.to ?? hop.span?.process ?? null), span));
      if (hop.span) visit(hop.span, at);
    }
    if (span.failure) add(failureDraft(span, from));
  };
  visit(flow.root, flow.t);
  const sorted = drafts.toSorted((a, b) => a.at - b.at);
  return { lifelines, rows: sorted, activations: spans.map((span) => activation(span, sorted, place)) };
}

function activation(
  span: FlowSpan,
  rows: readonly Draft[],
  place: (process: ProcessRef | null) => number,
): Activation {
  const own = rows.flatMap((row, index) => (row.span === span || row.opens === span ? [index] : []));
  return { lifeline: place(span.process), from: own[0] ?? 0, to: own.at(-1) ?? 0 };
}

const MARKS: Readonly<Record<string, Kind>> = {
  state: "state",
  log: "log",
  execution: "call",
  broadcast: "pubsub",
  subscribe: "pubsub",
  unsubscribe: "pubsub",
  telemetry: "telemetry",
};

/** The mark of a step: that of the kind of event which tells of it. */
export const markOf = ({ type }: Pick<FlowStep, "type">): Kind => MARKS[type] ?? "phoenix";

/** Did it go wrong, or reach nobody? */
export const isBad = ({ failed, broadcast }: FlowStep): boolean => failed || broadcast?.reached === 0;

const stepDraft = (step: FlowStep, place: number, span: FlowSpan): Omit<Draft, "at"> => ({
  key: `s${step.id} ${step.type}`,
  id: step.id,
  receivedId: undefined,
  t: step.t,
  type: "step",
  from: place,
  to: place,
  mark: markOf(step),
  sort: "",
  text: step.text,
  failed: isBad(step),
  why: "",
  durationNs: step.durationNs,
  waitedNs: null,
  span,
  opens: null,
});

function hopDraft(hop: FlowHop, from: number, to: number, span: FlowSpan): Omit<Draft, "at"> {
  const event = hop.sent ?? hop.received;
  const { sort, text } = hop.type === "spawn" ? { sort: "spawns", text: "" } : gistOf(hop.summary);
  return {
    key: `h${hop.sent?.id ?? ""} ${hop.received?.id ?? ""} ${from} ${to}`,
    id: event?.id,
    receivedId: hop.received?.id,
    t: event?.t ?? span.opened.t,
    type: hop.type === "spawn" ? "spawn" : hop.reply ? "reply" : "message",
    from,
    to,
    mark: hop.type === "spawn" ? "spawn" : "flow_send",
    sort: hop.reply ? "reply" : (sort ?? ""),
    text,
    failed: hop.why !== "",
    why: hop.why,
    durationNs: null,
    waitedNs: hop.mailboxNs,
    span,
    opens: hop.span,
  };
}

const failureDraft = (span: FlowSpan, place: number): Omit<Draft, "at"> => ({
  key: `f${span.opened.id}`,
  id: span.opened.id,
  receivedId: undefined,
  t: span.opened.t + span.durationNs,
  type: "failure",
  from: place,
  to: place,
  mark: "exit",
  sort: "",
  text: `crashed: ${span.failure?.text ?? ""}`,
  failed: true,
  why: "",
  durationNs: null,
  waitedNs: null,
  span,
  opens: null,
});

/** Of `{Phoenix.LiveView, MyAppWeb.PageLive, "lv:…"}` the module; other labels as they are. */
export const shortLabel = (label: string): string =>
  /^\{Phoenix\.(?:LiveView|Channel|Socket), ([\w.]+)/.exec(label)?.[1] ?? label;

const lifelineLabel = ({ label, node }: ProcessRef): string =>
  node === undefined ? shortLabel(label) : `${shortLabel(label)}@${node}`;

/** A row in words: who does what to whom. */
export function rowWords({ lifelines }: Sequence, row: SequenceRow): string {
  const [from, to] = [lifelines[row.from]!.label, lifelines[row.to]!.label];
  if (row.type === "spawn") return `${from} spawns ${to}`;
  if (row.type === "step" || row.type === "failure") return `${from}: ${row.text}`;
  const what = [row.sort, row.text].filter(Boolean).join(" ");
  return `${from} to ${to}: ${what}${row.why ? `, ${row.why}` : ""}`;
}

/** The same diagram in Mermaid's language. */
export function mermaidOf(sequence: Sequence): string {
  const { lifelines, rows } = sequence;
  const word = (text: string): string =>
    (text.length > 80 ? `${text.slice(0, 79)}…` : text)
      .replaceAll(/\s+/g, " ")
      .replaceAll(/[#;<>]/g, (char) => `#${char.charCodeAt(0)};`);
  const line = (row: SequenceRow): string => {
    const [from, to] = [`P${row.from + 1}`, `P${row.to + 1}`];
    if (row.type === "step" || row.type === "failure") return `    Note over ${from}: ${word(row.text)}`;
    const head = row.failed ? "-x" : row.type === "reply" ? "-->>" : "->>";
    return `    ${from}${head}${to}: ${row.type === "spawn" ? "spawn" : word(row.text) || row.sort}`;
  };
  return [
    "sequenceDiagram",
    ...lifelines.map(({ label }, index) => `    participant P${index + 1} as ${word(label)}`),
    ...rows.map(line),
    "",
  ].join("\n");
}
