import { decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import type { History, HistoryInput, HistoryPoint } from "../protocol/index.ts";
import type { EventFilter, StoredEvent } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import type { MessageSources } from "./message-query.ts";

const DEFAULT_POINTS = 300;
/** Samples read in one piece. */
const PIECE = 50_000;

/** Memory, mailbox and reductions of one process over time, from its samples. */
export async function history(
  sources: MessageSources,
  input: HistoryInput,
  bounds: EventFilter,
  clock: Clock,
): Promise<History> {
  const process = sources.names.resolve(input.process);
  const filter = { ...bounds, kinds: ["sample"], pids: [process] } as const;
  const samples: HistoryPoint[] = [];
  for (let afterId = 0; ; ) {
    const order = "oldest_first" as const;
    const page = await sources.store.events({ ...filter, afterId, order, limit: PIECE });
    for (const event of page) samples.push(point(event, clock));
    const last = page.at(-1);
    if (!last || page.length < PIECE) break;
    afterId = last.id;
  }
  const points = highest(samples, input.points ?? DEFAULT_POINTS);
  return { process: sources.names.ref(process)!, points, samples: samples.length };
}

function point(event: StoredEvent, clock: Clock): HistoryPoint {
  const { term } = decodeTerm(event.payload, 0);
  const [memory, mailbox, reductions] = term instanceof Tuple ? term.elements : [];
  return {
    t: clock.t(event.ts),
    at: clock.iso(event.ts),
    memory: figure(memory),
    mailbox: figure(mailbox),
    reductions: figure(reductions),
  };
}

const figure = (term: Term | undefined): number =>
  typeof term === "bigint" ? Number(term) : typeof term === "number" ? term : 0;

/** As many points as were asked for: of neighbouring samples the highest figures, so that no peak is lost. */
function highest(samples: readonly HistoryPoint[], limit: number): readonly HistoryPoint[] {
  if (samples.length <= limit) return samples;
  return Array.from({ length: limit }, (_, i) => {
    const from = Math.floor((i * samples.length) / limit);
    const to = Math.max(from + 1, Math.floor(((i + 1) * samples.length) / limit));
    return samples.slice(from, to).reduce((a, b) => ({
      t: b.t,
      at: b.at,
      memory: Math.max(a.memory, b.memory),
      mailbox: Math.max(a.mailbox, b.mailbox),
      reductions: b.reductions,
    }));
  });
}
