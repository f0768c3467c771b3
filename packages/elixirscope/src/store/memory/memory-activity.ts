import { EVENT_KINDS, NONE } from "../../model/index.ts";
import type { Activity, ActivityQuery } from "../trace-store.ts";
import type { Kept } from "./kept.ts";

interface Draft {
  readonly process: number;
  total: number;
  readonly events: number[];
  readonly busyNs: number[];
  readonly longestNs: number[];
}

/** What processes did over time, from all events that are kept. */
export function activityOf(batches: readonly Kept[], query: ActivityQuery): readonly Activity[] {
  const { from, to, buckets, nodes, processes, limit } = query;
  const wanted = processes && new Set(processes);
  const drafts = new Map<number, Draft>();
  /** By process, when the callback began that it is in. */
  const began = new Map<number, bigint>();
  for (const { batch } of batches) {
    for (let row = 0; row < batch.count; row++) {
      const [pid, kind, ts] = [batch.pid[row]!, batch.kind[row]!, batch.ts[row]!];
      if (pid === NONE || kind === EVENT_KINDS.sample || (wanted && !wanted.has(pid))) continue;
      const since = kind === EVENT_KINDS.state ? began.get(pid) : undefined;
      if (kind === EVENT_KINDS.dispatch) began.set(pid, ts);
      else if (kind === EVENT_KINDS.state) began.delete(pid);
      if (ts < from || ts >= to || nodes?.includes(batch.node) === false) continue;
      const draft = drafts.get(pid) ?? newDraft(pid, buckets);
      drafts.set(pid, draft);
      add(
        draft,
        Number(((ts - from) * BigInt(buckets)) / (to - from)),
        since === undefined ? 0 : Number(ts - since),
      );
    }
  }
  return [...drafts.values()]
    .sort((a, b) => b.total - a.total || a.process - b.process)
    .slice(0, limit)
    .map(({ process, events, busyNs, longestNs }) => ({ process, events, busyNs, longestNs }));
}

function newDraft(process: number, buckets: number): Draft {
  const zeros = (): number[] => Array.from({ length: buckets }, () => 0);
  return { process, total: 0, events: zeros(), busyNs: zeros(), longestNs: zeros() };
}

function add(draft: Draft, bucket: number, busy: number): void {
  draft.total++;
  draft.events[bucket]!++;
  draft.busyNs[bucket]! += busy;
  if (busy > draft.longestNs[bucket]!) draft.longestNs[bucket] = busy;
}
