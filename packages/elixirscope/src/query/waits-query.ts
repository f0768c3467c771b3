import { type WorkTime, workTimeSteps } from "../analysis/index.ts";
import type { WaitsAnswer, WorkInput } from "../protocol/index.ts";
import { type EventFilter, Pace, type StoredEvent } from "../store/index.ts";
import { inFlow, storeFilter } from "./event-filter.ts";
import { losesMessages } from "./message-window.ts";
import { timeSpan } from "./time-span.ts";
import { statistics, type WorkFilter, type WorkSources } from "./work-reader.ts";

/** Events that one question reads, where it does not say otherwise: their payloads are compared. */
const READ = 5_000;
const LIMIT = 30;

export interface ReadTimes {
  readonly times: readonly WorkTime<StoredEvent>[];
  readonly scanned: number;
  readonly complete: boolean;
}

/** How long messages waited and callbacks worked, of a part of the record. */
export async function readTimes(
  input: WorkFilter,
  sources: WorkSources,
  read: number = READ,
): Promise<ReadTimes> {
  const { store, lookup } = sources;
  const { process, subject = process, flow, mfa: _, ...bounds } = input;
  const all = storeFilter(bounds, sources);
  const part = flow === undefined ? undefined : await inFlow(flow, all, sources);
  const pids = subject === undefined ? undefined : sources.names.resolveAll(subject);
  // Of the processes that are asked for what they took and did; of all others what they sent.
  const took: EventFilter = { ...all, ...(pids ? { pids } : {}), kinds: ["receive", "dispatch", "state"] };
  const newest = { order: "newest_first", limit: read } as const;
  const taken = await store.events({ ...took, ...newest });
  const first = taken.at(-1)?.id ?? 0;
  const complete = taken.length < read;
  const since = complete ? {} : { afterId: first - 1 };
  // What a node took may have come from others.
  const { nodes: _nodes, ...anywhere } = all;
  const sent = await store.events({ ...anywhere, ...since, kinds: ["send"], ...newest });
  const events = [...taken, ...sent].sort((a, b) => a.id - b.id);
  const lossEnds = (await store.gaps()).filter(losesMessages).map(({ to }) => to);
  const names = {
    function: (event: StoredEvent) => lookup.function(event.mfa),
    tag: (event: StoredEvent) => lookup.atomName(event.tag),
  };
  const fromStart = complete && sent.length < read && input.from === undefined && input.afterId === undefined;
  const pace = new Pace();
  const times = await pace.run(workTimeSteps(events, names, { fromStart, lossEnds }));
  return {
    times: part ? times.filter(({ event }) => part.holds(event)) : times,
    scanned: events.length,
    complete: complete && sent.length < read,
  };
}

/**
 * Time in the mailbox against time at work, by process.
 * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`
 */
export async function waitsOf(input: WorkInput, sources: WorkSources): Promise<WaitsAnswer> {
  const { times, scanned, complete } = await readTimes(input, sources, input.read);
  const { from, to } = await timeSpan(input, sources);
  const looked = complete ? to - from : spanOf(times);
  const byProcess = new Map<number, WorkTime<StoredEvent>[]>();
  for (const time of times) {
    const list = byProcess.get(time.pid);
    if (list) list.push(time);
    else byProcess.set(time.pid, [time]);
  }
  const rows = [...byProcess].map(([pid, list]) => {
    const work = statistics(list.flatMap(({ workNs }) => (workNs === undefined ? [] : [Number(workNs)])));
    return {
      process: sources.names.ref(pid),
      mailbox: statistics(list.flatMap(({ waitNs }) => (waitNs === undefined ? [] : [Number(waitNs)]))),
      work,
      exact: list.every(({ exact }) => exact),
      busy: looked > 0 ? Math.min(1, (work.sum ?? 0) / looked) : 0,
    };
  });
  rows.sort(
    (a, b) => (b.mailbox.sum ?? -1) - (a.mailbox.sum ?? -1) || (b.work.sum ?? -1) - (a.work.sum ?? -1),
  );
  return { from, to, rows: rows.slice(0, input.limit ?? LIMIT), scanned, complete };
}

function spanOf(times: readonly WorkTime<StoredEvent>[]): number {
  const all = times.map(({ event }) => event.ts).sort((a, b) => Number(a - b));
  return Number((all.at(-1) ?? 0n) - (all[0] ?? 0n));
}
