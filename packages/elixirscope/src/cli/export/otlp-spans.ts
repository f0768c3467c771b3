import { createHash } from "node:crypto";
import { type Attributes, type HrTime, type SpanContext, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace";
import type {
  FlowAnswer,
  FlowHop,
  FlowSpan,
  FlowStep,
  NodeStatus,
  ProcessRef,
  Status,
} from "../../protocol/index.ts";
import { messageGist } from "../message-gist.ts";

/** What all spans of a recording have in common. */
export interface SpanOrigin {
  readonly status: Status;
  /** Unix nanoseconds of `t` 0. */
  readonly originNs: bigint;
  readonly resources: ReadonlyMap<number, Resource>;
}

export function spanOrigin(status: Status): SpanOrigin {
  const resources = new Map(status.nodes.map((node) => [node.index, resourceOf(node)]));
  return { status, originNs: BigInt(Date.parse(status.startedAt)) * 1_000_000n, resources };
}

/** A node is an instance of a service that is called as the part before the `@`. */
const resourceOf = ({ name, otp, elixir }: NodeStatus): Resource =>
  resourceFromAttributes({
    "service.name": name.split("@")[0] || name,
    "service.instance.id": name,
    "process.runtime.name": "BEAM",
    "process.runtime.version": otp,
    ...(elixir === "" ? {} : { "elixir.version": elixir }),
  });

const SCOPE = { name: "elixirscope" };

/** A flow as spans: one for what each process did, below it those for what took time in that. Ids are always the same. */
export function spansOf(flow: FlowAnswer, origin: SpanOrigin): readonly ReadableSpan[] {
  const spans: ReadableSpan[] = [];
  const traceId = digest(`${origin.status.startedAt} ${flow.id}`, 32);
  const context = (part: string): SpanContext => ({
    traceId,
    spanId: digest(`${traceId} ${part}`, 16),
    traceFlags: 1,
  });
  const time = (t: number): HrTime => hrTime(origin.originNs + BigInt(Math.round(t)));
  const add = (part: Part): SpanContext => {
    const { parent, from, to, failure, node } = part;
    const own = context(part.id);
    const [startTime, endTime] = [time(from), time(Math.max(to, from))];
    spans.push({
      name: part.name,
      kind: part.kind,
      spanContext: () => own,
      ...(parent ? { parentSpanContext: parent } : {}),
      startTime,
      endTime,
      duration: hrTime(BigInt(Math.round(Math.max(to - from, 0)))),
      ended: true,
      status:
        failure === undefined
          ? { code: SpanStatusCode.UNSET }
          : { code: SpanStatusCode.ERROR, message: failure },
      attributes: part.attributes,
      links: [],
      events: part.events.map(({ t, name, attributes }): TimedEvent => ({ time: time(t), name, attributes })),
      resource: origin.resources.get(node) ?? resourceFromAttributes({}),
      instrumentationScope: SCOPE,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    });
    return own;
  };
  const visit = (span: FlowSpan, hop: FlowHop | undefined, parent: SpanContext | undefined): void => {
    const own = add(partOf(flow, span, hop, parent));
    for (const step of span.steps) if (isSpan(step)) add(stepPart(step, span, own));
    for (const next of span.hops) if (next.span) visit(next.span, next, own);
  };
  visit(flow.root, undefined, undefined);
  return spans;
}

interface Noted {
  readonly t: number;
  readonly name: string;
  readonly attributes: Attributes;
}

interface Part {
  /** Unique in the flow. */
  readonly id: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: SpanContext | undefined;
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly failure: string | undefined;
  readonly attributes: Attributes;
  readonly events: readonly Noted[];
}

function partOf(
  flow: FlowAnswer,
  span: FlowSpan,
  hop: FlowHop | undefined,
  parent: SpanContext | undefined,
): Part {
  const { opened, failure } = span;
  const title = hop === undefined ? flow.title : hop.type === "spawn" ? "spawn" : messageGist(hop.summary);
  return {
    id: `span ${opened.id}`,
    name: title === "" ? flow.entry : title,
    kind: hop === undefined ? SpanKind.SERVER : hop.type === "spawn" ? SpanKind.INTERNAL : SpanKind.CONSUMER,
    parent,
    node: span.node,
    from: opened.t,
    to: opened.t + span.durationNs,
    failure: failure?.text,
    attributes: {
      ...processAttributes(span.process),
      "elixirscope.flow": flow.id,
      "elixirscope.event": opened.id,
      ...(opened.mfa === null ? {} : { "code.function.name": opened.mfa }),
      ...(hop === undefined ? flowAttributes(flow) : hopAttributes(hop)),
    },
    events: [...span.hops.flatMap(hopNotes), ...span.steps.filter((step) => !isSpan(step)).map(stepNote)],
  };
}

const processAttributes = (process: ProcessRef | null): Attributes =>
  process === null
    ? {}
    : {
        "beam.process.pid": process.pid,
        "beam.process.label": process.label,
        ...(process.name === null ? {} : { "beam.process.name": process.name }),
      };

const flowAttributes = (flow: FlowAnswer): Attributes => ({
  "elixirscope.entry": flow.entry,
  "elixirscope.call": flow.summary,
  "elixirscope.complete": flow.complete,
  ...(flow.why === "" ? {} : { "elixirscope.incomplete": flow.why }),
});

const hopAttributes = ({ summary, mailboxNs }: FlowHop): Attributes => ({
  "beam.message": summary,
  ...(mailboxNs === null ? {} : { "beam.mailbox_ns": mailboxNs }),
});

/** A message is a note at its sender: an answer, or one that nobody took, has no span of its own. */
function hopNotes(hop: FlowHop): readonly Noted[] {
  if (!hop.sent) return [];
  const name = hop.type === "spawn" ? "spawn" : hop.reply ? "reply" : "send";
  const attributes = {
    "beam.message": hop.summary,
    ...(hop.to === null ? {} : { "beam.receiver.label": hop.to.label }),
    ...(hop.why === "" ? {} : { "elixirscope.not_taken": hop.why }),
  };
  return [{ t: hop.sent.t, name, attributes }];
}

const isSpan = ({ durationNs }: FlowStep): boolean => durationNs !== null;

const stepAttributes = ({ id, type, name, text }: FlowStep): Attributes => ({
  "elixirscope.event": id,
  "elixirscope.step": type,
  "elixirscope.text": text,
  ...(name === "" ? {} : { "elixirscope.name": name }),
});

const stepNote = (step: FlowStep): Noted => ({
  t: step.t,
  name: step.type,
  attributes: stepAttributes(step),
});

/** What took time in a process's part, such as a query. */
const stepPart = (step: FlowStep, span: FlowSpan, parent: SpanContext): Part => ({
  id: `step ${step.id} ${step.type}`,
  name: step.name === "" ? step.type : `${step.type} ${step.name}`,
  kind: step.type === "query" || step.type === "http" ? SpanKind.CLIENT : SpanKind.INTERNAL,
  parent,
  node: span.node,
  from: step.t,
  to: step.t + (step.durationNs ?? 0),
  failure: step.failed ? step.text : undefined,
  attributes: { ...processAttributes(span.process), ...stepAttributes(step) },
  events: [],
});

/** So many hexadecimal digits, which are not all zero. */
const digest = (text: string, digits: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

const hrTime = (ns: bigint): HrTime => [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
