import { type Loss, summaryOf, type WorkFrame, workTreeSteps } from "../analysis/index.ts";
import { type EventKind, type Gap, parseFunctionGlob } from "../model/index.ts";
import type { EventsFilter, Scanned, Statistics } from "../protocol/index.ts";
import { type EventFilter, Pace, type StoredEvent, type TraceStore } from "../store/index.ts";
import { type FilterSources, inFlow, storeFilter } from "./event-filter.ts";
import type { EventRows } from "./event-rows.ts";
import type { FlowQuery } from "./flow-query.ts";
import { atomText, callerOf, type Lookup } from "./lookup.ts";
import type { MessageSources } from "./message-query.ts";
import type { Sources } from "./sources.ts";

export type Frame = WorkFrame<StoredEvent>;

/** What questions about work are asked of. */
export interface WorkSources extends FilterSources {
  readonly rows: EventRows;
  readonly sources: Sources;
  readonly messages: MessageSources;
  readonly flows: FlowQuery;
}

/** Events that one question reads, where it does not say otherwise. */
const READ = 20_000;

const KINDS: readonly EventKind[] = [
  "call",
  "flow_start",
  "return",
  "exception",
  "dispatch",
  "state",
  "exit",
];

export interface ReadWork extends Scanned {
  /** The outermost frames of what was asked for: of a flow those that its processes were at in it. */
  readonly roots: ReadonlyMap<number, readonly Frame[]>;
  /** Is this the function that was asked for? */
  readonly isFunction: (frame: Frame) => boolean;
}

/** What the condition on time and processes leaves of a question about work. */
export type WorkFilter = Pick<
  EventsFilter,
  "process" | "subject" | "node" | "mfa" | "flow" | "from" | "to" | "afterId" | "beforeId"
>;

/** Callbacks and calls of a part of the record: the newest ones, where there are more than may be read. */
export async function readWork(
  input: WorkFilter,
  sources: WorkSources,
  read: number = READ,
): Promise<ReadWork> {
  const { store, lookup } = sources;
  const { mfa, flow, process, ...rest } = input;
  const subject = rest.subject ?? process;
  const all = storeFilter({ ...rest, ...(subject === undefined ? {} : { subject }) }, sources);
  const part = flow === undefined ? undefined : await inFlow(flow, all, sources);
  const filter: EventFilter = { ...(part?.filter ?? all), kinds: KINDS };
  const events = await store.events({ ...filter, order: "newest_first", limit: read, withoutPayload: true });
  const isFunction = mfa === undefined ? undefined : parseFunctionGlob(mfa);
  const trees = await new Pace().run(workTreeSteps(events.toReversed(), await lossesOf(store)));
  const holds = part?.holds;
  const roots = holds
    ? [...trees].map(([pid, frames]) => [pid, outermost(frames, holds)] as const)
    : [...trees];
  return {
    roots: new Map(roots.filter(([, frames]) => frames.length > 0)),
    isFunction: (frame) => isFunction?.(lookup.function(frame.mfa) ?? NOBODY) ?? true,
    scanned: events.length,
    complete: events.length < read,
  };
}

const outermost = (frames: readonly Frame[], holds: (event: StoredEvent) => boolean): readonly Frame[] =>
  frames.flatMap((frame) => (holds(frame.begin) ? [frame] : outermost(frame.children, holds)));

const NOBODY = { module: "", function: "", arity: -1 };

const lossesOf = async (store: TraceStore): Promise<readonly Loss[]> =>
  (await store.gaps()).filter(losesWork).map(({ node, from, to }) => ({ node, from, to }));

const losesWork = ({ dropped }: Gap): boolean =>
  Object.keys(dropped).length === 0 || KINDS.some((kind) => (dropped[kind] ?? 0) > 0);

/** All frames of some trees, the outer ones before those in them. */
export function framesOf(frames: readonly Frame[]): readonly Frame[] {
  const all: Frame[] = [];
  const walk = (list: readonly Frame[]): void => {
    for (const frame of list) {
      all.push(frame);
      walk(frame.children);
    }
  };
  walk(frames);
  return all;
}

/** `MyApp.Cart.add/2`; of a callback that of the module, where the agent told which one was called. */
export const frameName = (frame: Frame, lookup: Lookup): string => lookup.mfa(frame.mfa) ?? "(unknown)";

/** Who called a frame that stands in no other one: of a call the function that its tag names. */
export function outerCaller(frame: Frame, lookup: Lookup): string | null {
  const { kind, tag } = frame.begin;
  return kind === "call" && tag >= 0 ? callerOf(lookup.atomName(tag)).mfa : null;
}

export const statistics = (values: readonly number[]): Statistics => {
  if (values.length === 0) return NOTHING;
  const { percentiles, ...rest } = summaryOf(values);
  const [p50, p95, p99] = percentiles;
  return { ...rest, avg: rest.sum / rest.count, p50, p95, p99 };
};

const NOTHING: Statistics = {
  count: 0,
  sum: null,
  avg: null,
  least: null,
  most: null,
  p50: null,
  p95: null,
  p99: null,
};

export const applicationText = (name: string): string => (name === "" ? "" : atomText(name));
