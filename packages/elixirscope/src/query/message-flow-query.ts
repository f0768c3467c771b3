import { type ProcessTable, pairMessageSteps } from "../analysis/index.ts";
import { type EventKind, glob, isNodeEntry, NONE } from "../model/index.ts";
import type { Grouping, MessageFlowAnswer, MessageFlowInput, MessageFlowRow } from "../protocol/index.ts";
import { type AggregateRow, type EventFilter, Pace, type StoredEvent } from "../store/index.ts";
import { storeFilter } from "./event-filter.ts";
import { atomText } from "./lookup.ts";
import { timeSpan } from "./time-span.ts";
import { statistics, type WorkSources } from "./work-reader.ts";

const LIMIT = 30;
/** Most pairs of processes that are looked at, and messages of each end that are read for how long they waited. */
const PAIRS = 200_000;
const READ = 5_000;

const MESSAGES: readonly EventKind[] = ["send", "send_to_dead"];

/** Who sent whom how many messages. */
export class MessageFlowQuery {
  readonly #sources: WorkSources & { readonly table: ProcessTable };

  constructor(sources: WorkSources & { readonly table: ProcessTable }) {
    this.#sources = sources;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS` */
  async answer(input: MessageFlowInput): Promise<MessageFlowAnswer> {
    const { store } = this.#sources;
    const { by = "process", groups = [] } = input;
    const all = storeFilter(input, this.#sources);
    const pairsOf = (kinds: readonly EventKind[]): Promise<readonly AggregateRow[]> =>
      store.aggregate({ ...all, kinds, by: ["pid", "peer"], limit: PAIRS });
    const messages = await pairsOf(MESSAGES);
    const kinds: readonly EventKind[] = messages.length > 0 ? MESSAGES : ["flow_send"];
    const pairs = messages.length > 0 ? messages : await pairsOf(kinds);
    const filter: EventFilter = { ...all, kinds };
    const total = await this.#total(filter, pairs);
    const group = this.#grouping(by, groups);
    const edges = new Map<string, Edge>();
    const pace = new Pace();
    for (const { key, count, bytes } of pairs) {
      if (pace.isOver) await pace.rest();
      const edge = edgeOf(edges, group(key[0]!), group(key[1]!));
      edge.count += count;
      edge.bytes += bytes;
    }
    const waits = await this.#waits(filter, edges, group);
    const sorted = await pace.sorted([...edges.values()], (a, b) => b.count - a.count || b.bytes - a.bytes);
    const shown = sorted.slice(0, input.limit ?? LIMIT);
    return {
      by,
      source: messages.length > 0 || pairs.length === 0 ? "messages" : "flows",
      ...(await timeSpan(input, this.#sources)),
      rows: await pace.map(shown, rowOf),
      other: {
        count: total.count - shown.reduce((sum, { count }) => sum + count, 0),
        bytes: total.bytes - shown.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      total,
      scanned: waits.scanned,
      complete: waits.complete && pairs.length < PAIRS,
    };
  }

  /** Asked for by itself only where there are more pairs than were looked at. */
  async #total(filter: EventFilter, pairs: readonly AggregateRow[]): Promise<Total> {
    if (pairs.length < PAIRS) return totalOf(pairs);
    return totalOf(await this.#sources.store.aggregate({ ...filter, by: [], limit: 1 }));
  }

  /** Of the newest messages, from the send to the receive. */
  async #waits(
    filter: EventFilter,
    edges: Map<string, Edge>,
    group: (process: number) => End,
  ): Promise<{ readonly scanned: number; readonly complete: boolean }> {
    const { store } = this.#sources;
    const newest = { order: "newest_first", limit: READ } as const;
    const { pids, peers, processes, nodes: _, ...bounds } = filter;
    const sends = await store.events({ ...filter, kinds: ["send"], ...newest });
    // Whoever received it is no peer of a receive, and may have been sent it by an alias.
    const receivers = peers && !processes && !pids ? { pids: peers } : {};
    const receives = await store.events({ ...bounds, ...receivers, kinds: ["receive"], ...newest });
    const complete = sends.length < READ && receives.length < READ;
    const fromStart = complete && bounds.from === undefined && bounds.afterId === undefined;
    const wanted = new Set(sends.map(({ id }) => id));
    const found = new Set<StoredEvent>();
    const pairs = await new Pace().run(pairMessageSteps([...sends, ...receives], { fromStart }));
    for (const { send, receive } of pairs.values()) {
      if (found.has(send) || !wanted.has(send.id)) continue;
      found.add(send);
      edgeOf(edges, group(send.pid), group(send.peer)).waits.push(Number(receive.ts - send.ts));
    }
    return { scanned: sends.length + receives.length, complete };
  }

  /** What stands for a process, remembered: many messages have the same ends. */
  #grouping(by: Grouping, patterns: readonly string[]): (process: number) => End {
    const globs = patterns.map((pattern) => [pattern, glob(pattern)] as const);
    const known = new Map<number, End>();
    return (process) => {
      const found = known.get(process);
      if (found) return found;
      const names = this.#namesOf(process);
      const named = globs.find(([, isLike]) => names.some(isLike));
      const end = named ? { text: named[0], handle: null } : this.#end(process, by);
      known.set(process, end);
      return end;
    };
  }

  #namesOf(process: number): readonly string[] {
    const { names, table } = this.#sources;
    const ref = names.ref(process);
    const told = table.names.namesOf(process).flatMap(({ text, short }) => [text, short]);
    return [...(ref ? [ref.label] : []), ...(ref?.name ? [ref.name] : []), ...told];
  }

  #end(process: number, by: Grouping): End {
    const { names, table, lookup } = this.#sources;
    const plain = (text: string): End => ({ text, handle: null });
    if (process === NONE) return plain("(unknown)");
    const state = table.processes.get(process);
    const entry = lookup.process(process);
    switch (by) {
      case "process":
        return { text: names.ref(process)?.label ?? "", handle: `p-${process}` };
      case "name":
        return plain(names.ref(process)?.label ?? "");
      case "application":
        return plain(state && state.application !== "" ? atomText(state.application) : "(none)");
      case "supervisor":
        return plain((state?.child && names.ref(state.child.supervisor)?.label) ?? "(none)");
      case "node":
        return plain(entry && (isNodeEntry(entry) || entry.node !== "") ? entry.node : "(unknown)");
    }
  }
}

type Total = MessageFlowAnswer["total"];

const totalOf = (rows: readonly AggregateRow[]): Total => ({
  count: rows.reduce((sum, { count }) => sum + count, 0),
  bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
});

interface End {
  readonly text: string;
  readonly handle: string | null;
}

interface Edge {
  readonly from: End;
  readonly to: End;
  count: number;
  bytes: number;
  readonly waits: number[];
}

function edgeOf(edges: Map<string, Edge>, from: End, to: End): Edge {
  const name = `${from.handle ?? ""} ${from.text}\n${to.handle ?? ""} ${to.text}`;
  const edge = edges.get(name) ?? { from, to, count: 0, bytes: 0, waits: [] };
  edges.set(name, edge);
  return edge;
}

const rowOf = ({ from, to, count, bytes, waits }: Edge): MessageFlowRow => ({
  from: from.text,
  to: to.text,
  fromHandle: from.handle,
  toHandle: to.handle,
  count,
  bytes,
  waits: statistics(waits),
});
