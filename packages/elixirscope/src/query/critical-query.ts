import { type CriticalSegment, criticalPath } from "../analysis/index.ts";
import type { CriticalPathAnswer, CriticalRow } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { readFlow } from "./flow-reader.ts";
import type { WorkSources } from "./work-reader.ts";

/**
 * What made a flow last as long as it did.
 * @throws ElixirScopeError `QUERY_NO_SUCH_FLOW`
 */
export async function criticalOf(flow: string, sources: WorkSources): Promise<CriticalPathAnswer> {
  const read = await readFlow(sources.store, sources.lookup, flow);
  const rows = criticalPath(read.flow).map((segment) => rowOf(segment, sources));
  const sum = (type: CriticalRow["type"]): number =>
    rows.reduce((total, row) => total + (row.type === type ? row.durationNs : 0), 0);
  const [workNs, waitNs, unknownNs] = [sum("work"), sum("wait"), sum("unknown")];
  return {
    flow: await sources.flows.row(read.flow),
    rows,
    totalNs: workNs + waitNs + unknownNs,
    workNs,
    waitNs,
    unknownNs,
  };
}

function rowOf(
  { type, span, hop, from, to }: CriticalSegment<StoredEvent>,
  sources: WorkSources,
): CriticalRow {
  const { clock, names, rows } = sources;
  const event = hop?.send ?? span.opened;
  return {
    type,
    process: names.ref(span.pid),
    from: clock.t(from),
    to: clock.t(to),
    durationNs: Number(to - from),
    id: event.id,
    text: type === "unknown" ? "" : rows.row(event).summary,
  };
}
