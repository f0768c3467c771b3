import type { ExportEventRow, FlowAnswer, FlowHop, FlowSpan, GapRow } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { messageGist } from "../message-gist.ts";
import type { Exporting } from "./exporting.ts";
import { exportedEvents, exportedFlows } from "./source.ts";
import { micros, TraceSlices } from "./trace-slices.ts";
import { type TraceEvent, TraceTracks } from "./trace-tracks.ts";

/** Kinds that something is drawn of, samples apart. */
const KINDS: readonly ExportEventRow["kind"][] = [
  "spawn",
  "exit",
  "send",
  "receive",
  "dispatch",
  "state",
  "call",
  "return",
  "exception",
  "log",
  "system_monitor",
];

/** As many processes as one answer has. */
const PROCESSES = 100_000;

/** The record in the Trace Event Format, which Perfetto and Chrome read. */
export async function exportPerfetto(client: Client, exporting: Exporting): Promise<void> {
  const { rows } = await client.call("processes", { limit: PROCESSES, sort: "spawned", order: "asc" });
  const tracks = new TraceTracks(rows, await client.call("tree", {}));
  const trace = new Trace(exporting, tracks);
  await exporting.out.write('{"displayTimeUnit":"ns","traceEvents":[\n');
  const stages = [drawEvents, drawSamples, drawFlows, drawGaps];
  for (const draw of stages) if (await draw(client, exporting, trace)) return;
  await trace.names();
  await exporting.out.write("\n]}\n");
}

type Draw = (client: Client, exporting: Exporting, trace: Trace) => Promise<boolean>;

/** Writes events one behind the other, and knows which processes they were of. */
class Trace {
  readonly #exporting: Exporting;
  readonly #used = new Set<string>();
  readonly tracks: TraceTracks;
  #separator = "";

  constructor(exporting: Exporting, tracks: TraceTracks) {
    this.#exporting = exporting;
    this.tracks = tracks;
  }

  async write(handle: string | undefined, events: readonly TraceEvent[]): Promise<void> {
    if (handle !== undefined) this.#used.add(handle);
    if (events.length === 0) return;
    const text = events.map((event) => JSON.stringify(event)).join(",\n");
    await this.#exporting.out.write(`${this.#separator}${text}`);
    this.#separator = ",\n";
  }

  names(): Promise<void> {
    return this.write(undefined, this.tracks.names(this.#used));
  }
}

const drawEvents: Draw = async (client, { events, progress }, trace) => {
  const kinds = events.kinds ? KINDS.filter((kind) => events.kinds!.includes(kind)) : KINDS;
  const slices = new TraceSlices();
  for await (const row of exportedEvents(client, { ...events, kinds, brief: true })) {
    const handle = row.process?.handle;
    if (handle !== undefined) {
      const track = trace.tracks.of(handle);
      await trace.write(handle, [...slices.after(row, track), ...marks(row, trace)]);
    }
    if (progress.did(row.t)) return true;
  }
  return false;
};

/** What an event is by itself: a mark, or an end of an arrow. */
function marks(row: ExportEventRow, { tracks }: Trace): readonly TraceEvent[] {
  const at = { ...tracks.of(row.process!.handle), ts: micros(row.t) };
  const args = { event: row.id, what: row.summary };
  switch (row.kind) {
    case "spawn":
      return [{ ph: "i", s: "t", cat: "process", name: `spawn ${row.peer?.label ?? ""}`, ...at, args }];
    case "exit":
      return [{ ph: "i", s: "t", cat: "process", name: `exit ${row.summary}`, ...at, args }];
    case "log":
    case "system_monitor":
      return [{ ph: "i", s: "t", cat: row.kind, name: `${row.kind} ${row.tag ?? ""}`, ...at, args }];
    case "send":
      return message(
        `send ${messageGist(row.summary)}`,
        at,
        args,
        row.pair === undefined ? undefined : { ph: "s", id: `m-${row.id}` },
      );
    case "receive":
      return message(
        `receive ${messageGist(row.summary)}`,
        at,
        args,
        row.pair === undefined ? undefined : { ph: "f", bp: "e", id: `m-${row.pair}` },
      );
    default:
      return [];
  }
}

/** Wide enough to be drawn, and for an arrow to have something to be tied to. */
const MESSAGE_US = 0.001;

function message(
  name: string,
  at: TraceEvent,
  args: TraceEvent,
  end: TraceEvent | undefined,
): readonly TraceEvent[] {
  const slice = { ph: "X", cat: "message", name, ...at, dur: MESSAGE_US, args };
  return end ? [slice, { cat: "message", name: "message", ...at, ...end }] : [slice];
}

const drawSamples: Draw = async (client, { events, progress }, trace) => {
  if (events.kinds && !events.kinds.includes("sample")) return false;
  const last = new Map<string, number>();
  for await (const row of exportedEvents(client, { ...events, kinds: ["sample"] })) {
    const handle = row.process?.handle;
    const sample = (row.value as { readonly tuple?: readonly unknown[] } | undefined)?.tuple;
    if (handle !== undefined && sample) {
      const counters = (["memory", "mailbox"] as const).flatMap((what, i) =>
        counter(row, trace, last, what, sample[i]),
      );
      if (counters.length > 0) await trace.write(handle, counters);
    }
    if (progress.did(row.t)) return true;
  }
  return false;
};

/** A point where the value is another one; a mailbox that is always empty has none. */
function counter(
  row: ExportEventRow,
  { tracks }: Trace,
  last: Map<string, number>,
  what: "memory" | "mailbox",
  value: unknown,
): readonly TraceEvent[] {
  const { handle } = row.process!;
  const key = `${what} ${handle}`;
  const before = last.get(key) ?? (what === "mailbox" ? 0 : undefined);
  if (typeof value !== "number" || value === before) return [];
  last.set(key, value);
  const name = `${what} ${tracks.label(handle)}`;
  return [{ ph: "C", cat: what, name, ...tracks.of(handle), ts: micros(row.t), args: { [what]: value } }];
}

const drawFlows: Draw = async (client, { events, flows, flow: one, progress }, trace) => {
  if (events.kinds && one === undefined) return false;
  for await (const flow of exportedFlows(client, flows, one)) {
    await drawSpan(flow, flow.root, flow.title, trace);
    if (progress.did(flow.t)) return true;
  }
  return false;
};

/** The part of a process in a flow, beside its own track, since it need not end before the next one begins. */
async function drawSpan(flow: FlowAnswer, span: FlowSpan, name: string, trace: Trace): Promise<void> {
  const handle = span.process?.handle;
  if (handle !== undefined) {
    const part = { cat: "flow", name, id: `${flow.id}-${span.opened.id}`, ...trace.tracks.of(handle) };
    const args = {
      flow: flow.id,
      title: flow.title,
      event: span.opened.id,
      failed: span.failure?.text ?? null,
    };
    await trace.write(handle, [
      { ph: "b", ...part, ts: micros(span.opened.t), args },
      ...span.steps.map((step) => ({
        ph: "n",
        ...part,
        name: step.text,
        ts: micros(step.t),
        args: { event: step.id },
      })),
      { ph: "e", ...part, ts: micros(span.opened.t + span.durationNs) },
    ]);
  }
  for (const hop of span.hops) {
    await drawHop(flow, hop, trace);
    if (hop.span)
      await drawSpan(flow, hop.span, hop.type === "spawn" ? "spawn" : messageGist(hop.summary), trace);
  }
}

async function drawHop(
  flow: FlowAnswer,
  { sent, received, summary, type }: FlowHop,
  trace: Trace,
): Promise<void> {
  const [from, to] = [sent?.process?.handle, received?.process?.handle];
  if (!sent || !received || from === undefined || to === undefined) return;
  const what = type === "spawn" ? "spawn" : messageGist(summary);
  const end = (ph: "s" | "f", row: typeof sent): readonly TraceEvent[] => {
    const at = { ...trace.tracks.of(row.process!.handle), ts: micros(row.t) };
    return [
      { ph: "X", cat: "hop", name: what, ...at, dur: MESSAGE_US, args: { flow: flow.id, event: row.id } },
      { ph, cat: "hop", name: "hop", id: `h-${sent.id}`, ...at, ...(ph === "f" ? { bp: "e" } : {}) },
    ];
  };
  await trace.write(from, end("s", sent));
  await trace.write(to, end("f", received));
}

const drawGaps: Draw = async (client, { events }, trace) => {
  const { from = -Infinity, to = Infinity } = events;
  const gaps = (await client.call("gaps", {})).filter((gap) => gap.to >= from && gap.from <= to);
  await trace.write(undefined, gaps.map(gapMark));
  return false;
};

const gapMark = ({ from, to, cause, total, dropped, node }: GapRow): TraceEvent => ({
  ph: "i",
  s: "g",
  cat: "gap",
  name: `gap: ${cause}${total > 0 ? `, ${total} events` : ""}`,
  pid: 0,
  tid: 0,
  ts: micros(from),
  args: { node, cause, durationNs: to - from, dropped },
});
