import { decodeTerm, type Term } from "@elixirscope/etf";
import { type MessagePair, pairMessageSteps } from "../analysis/index.ts";
import type { ExportEventRow, ExportEvents, ExportEventsInput } from "../protocol/index.ts";
import { Pace, type StoredEvent, type TraceStore } from "../store/index.ts";
import { type EventRows, shown } from "./event-rows.ts";
import { type EventsSources, findEvents } from "./events-query.ts";
import type { Lookup } from "./lookup.ts";
import { termValue } from "./term-value.ts";

/** Events of one answer at most, and bytes of terms after which it ends. */
const ROWS = 2_000;
const BRIEF_ROWS = 10_000;
const BYTES = 1_000_000;
/** Larger terms are told as text only. */
const VALUE_BYTES = 200_000;

/** The next events of all that were chosen, oldest first, as many as one answer takes. */
export async function exportEvents(
  { brief, ...choice }: ExportEventsInput,
  sources: EventsSources,
): Promise<ExportEvents> {
  const { store, rows, lookup } = sources;
  const limit = brief ? BRIEF_ROWS : ROWS;
  const { events, more, searched } = await findEvents({ ...choice, order: "oldest_first", limit }, sources);
  const next = more ? (searched ?? events.at(-1)?.id ?? null) : null;
  if (brief) return { rows: await briefRows(store, rows, events), next };
  const taken: ExportEventRow[] = [];
  let bytes = 0;
  const pace = new Pace();
  for (const event of events) {
    if (pace.isOver) await pace.rest();
    if (bytes > BYTES) return { rows: taken, next: taken.at(-1)!.id };
    taken.push(withTerm(rows, lookup, event));
    bytes += event.payload.length;
  }
  return { rows: taken, next };
}

async function briefRows(
  store: TraceStore,
  rows: EventRows,
  events: readonly StoredEvent[],
): Promise<readonly ExportEventRow[]> {
  const messages = events.filter(({ kind }) => kind === "send" || kind === "receive");
  const pairs = messages.length === 0 ? new Map() : await pairsAround(store, messages);
  return new Pace().map(events, (event) => {
    const pair = pairs.get(event.id);
    if (!pair?.certain) return rows.row(event);
    return { ...rows.row(event), pair: event.kind === "send" ? pair.receive.id : pair.send.id };
  });
}

/** The other half of a message is looked for among so many ids on either side. */
const AROUND = 10_000;
/** And so many messages at most. */
const WINDOW = 60_000;

async function pairsAround(
  store: TraceStore,
  messages: readonly StoredEvent[],
): Promise<ReadonlyMap<number, MessagePair<StoredEvent>>> {
  const afterId = messages[0]!.id - AROUND;
  const beforeId = messages.at(-1)!.id + AROUND;
  const window = await store.events({
    kinds: ["send", "receive"],
    afterId,
    beforeId,
    order: "oldest_first",
    limit: Math.min(beforeId - afterId, WINDOW),
  });
  return new Pace().run(pairMessageSteps(window, { fromStart: afterId <= 0 }));
}

function withTerm(rows: EventRows, lookup: Lookup, event: StoredEvent): ExportEventRow {
  const detail = rows.detail(event);
  const bytes = shown(event);
  if (bytes.length === 0 || bytes.length > VALUE_BYTES) return detail;
  const term = decoded(bytes);
  if (term === undefined) return detail;
  return { ...detail, value: termValue(term, (one) => lookup.inspect(one, VALUE_BYTES, event.node).text) };
}

/** A term that cannot be read says so in its text. */
function decoded(bytes: Uint8Array): Term | undefined {
  try {
    return decodeTerm(bytes, 0).term;
  } catch {
    return undefined;
  }
}
