import { EVENT_KINDS, type EventKind, type FunctionEntry, type GapCause } from "../model/index.ts";
import type { EventChoice } from "../protocol/index.ts";
import {
  type EventFilter,
  openDuckDbStore,
  openStore,
  type StoredEvent,
  type TraceStore,
} from "../store/index.ts";
import { Hider, Redactor } from "../tracer/index.ts";
import { bookmarksOf, readBookmarks } from "./bookmark-file.ts";
import { writeCheckpoints } from "./merged-checkpoints.ts";
import { Recorder } from "./recorder.ts";
import { BatchMaker } from "./share-batch.ts";
import { merged, paged } from "./share-events.ts";
import { sharedMeta } from "./share-meta.ts";

export interface ShareOptions {
  readonly recording: string;
  /** The new one; must not exist. */
  readonly out: string;
  readonly choice: EventChoice;
  /** Words that make a key secret, besides those that the recording was redacted by. */
  readonly words: readonly string[];
  /** What is hidden wherever it stands, see {@link Hider}. */
  readonly hidden: readonly string[];
  readonly version: string;
  readonly onProgress: (text: string) => void;
}

export interface Shared {
  readonly events: number;
  /** Events in which something was overwritten. */
  readonly overwritten: number;
  readonly nodes: readonly string[];
}

/** Who is there and who belongs to whom: kept of everybody, so that what was chosen can be understood. */
const STRUCTURE: readonly EventKind[] = [
  "spawn",
  "spawned",
  "exit",
  "register",
  "unregister",
  "link",
  "unlink",
  "getting_linked",
  "getting_unlinked",
  "process",
  "supervisor",
  "application",
  "name",
  "session",
];
const SUBSCRIPTIONS = ["subscribe", "unsubscribe"] as const;
const LEFT_OUT: GapCause = "left_out";
/** What waits in memory at most, bytes. */
const BACKLOG = 32 * 1024 * 1024;
const CHECKPOINT_IDS = 500_000;
const TOLD_EVERY = 50_000;

/**
 * A recording to give away: what was chosen of another one, with secrets overwritten by today's rules and by what is asked to
 * be hidden. Ids begin anew; what is left out is a gap.
 *
 * @throws ElixirScopeError as `openStore`; SyntaxError of a pattern that is none
 */
export async function shareRecording(options: ShareOptions): Promise<Shared> {
  const source = await openStore(options.recording, { mode: "read" });
  try {
    const target = await openDuckDbStore(options.out, { mode: "create" });
    try {
      return await new Sharing(source, target, options).run();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

class Sharing {
  readonly #source: TraceStore;
  readonly #target: TraceStore;
  readonly #options: ShareOptions;
  readonly #hider: Hider;
  readonly #stretches: { lastId: number; ts: bigint }[] = [];
  #overwritten = 0;

  constructor(source: TraceStore, target: TraceStore, options: ShareOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#hider = new Hider(options.hidden);
  }

  async run(): Promise<Shared> {
    const { recording, out, choice, words } = this.#options;
    const { query, redaction, origin, lookup } = await Recorder.open(this.#source);
    const redactor = new Redactor([...redaction, ...words]);
    const filter = query.filter(choice);
    const nodes = await this.#source.nodes();
    for (const node of nodes) this.#target.putNode(node);
    const functions = await this.#dictionary();
    const marked = await readBookmarks(this.#source, recording);
    const bookmarked = new Map(
      marked.rows.flatMap(({ on }) => (on.type === "range" ? [] : [[on.id, 0] as const])),
    );
    const tags = SUBSCRIPTIONS.flatMap((name) => lookup.atomsNamed(name));
    const events = await this.#copy(eventsOf(this.#source, filter, tags), redactor, functions, bookmarked);
    await this.#gaps(filter);
    const before = await this.#source.meta();
    const told = {
      redactor,
      hider: this.#hider,
      version: this.#options.version,
      chosen: textOf(choice, origin),
    };
    for (const [key, value] of sharedMeta(before, told)) this.#target.putMeta(key, value);
    const bookmarks = bookmarksOf(marked, bookmarked, (text) => this.#hider.hideInText(text));
    if (bookmarks.rows.length > 0) this.#target.putMeta("bookmarks", JSON.stringify(bookmarks));
    await this.#target.close();
    await writeCheckpoints(out, this.#stretches);
    return { events, overwritten: this.#overwritten, nodes: nodes.map(({ name }) => name) };
  }

  /** All of it: numbers of processes, functions and atoms stay what they are. */
  async #dictionary(): Promise<readonly FunctionEntry[]> {
    const { processes, functions, atoms } = await this.#source.dictionary();
    const isModule = (name: string): boolean => name.startsWith("Elixir.");
    const shown = atoms.map(({ index, name }) => ({
      index,
      name: isModule(name) ? name : this.#hider.hideInText(name),
    }));
    const maker = new BatchMaker();
    this.#target.append(maker.take(), { processes, functions, atoms: shown });
    return functions;
  }

  async #copy(
    events: AsyncIterable<StoredEvent>,
    redactor: Redactor,
    functions: readonly FunctionEntry[],
    bookmarked: Map<number, number>,
  ): Promise<number> {
    const maker = new BatchMaker();
    let ts = -(2n ** 63n);
    const flush = async (): Promise<void> => {
      const batch = maker.take();
      if (batch.count === 0) return;
      const before = batch.bytes.slice();
      redactor.redact(batch, { entries: functions });
      for (let i = 0; i < batch.count; i++) {
        const [start, end] = [batch.offset[i]!, batch.offset[i]! + batch.length[i]!];
        if (!this.#hider.isIdle && batch.kind[i] !== EVENT_KINDS.sample)
          this.#hider.hideInTerm(batch.bytes, start, end);
        if (Buffer.compare(batch.bytes.subarray(start, end), before.subarray(start, end)) !== 0)
          this.#overwritten += 1;
      }
      this.#target.append(batch, { processes: [], functions: [], atoms: [] });
      if (this.#target.backlog > BACKLOG) await this.#target.flush();
      const lastId = batch.firstId + batch.count - 1;
      if (lastId - (this.#stretches.at(-1)?.lastId ?? 0) >= CHECKPOINT_IDS)
        this.#stretches.push({ lastId, ts });
    };
    for await (const event of events) {
      if (!maker.takes(event)) await flush();
      const id = maker.add(event);
      if (event.ts > ts) ts = event.ts;
      if (bookmarked.has(event.id)) bookmarked.set(event.id, id);
      if (id % TOLD_EVERY === 0) this.#options.onProgress(`${id} events`);
    }
    await flush();
    return maker.made;
  }

  /** What was missing in it already, and what was left out. */
  async #gaps(filter: EventFilter): Promise<void> {
    for (const gap of await this.#source.gaps()) this.#target.addGap(gap);
    if (Object.keys(filter).length === 0) return;
    const { first, last } = await this.#source.totals();
    if (first === undefined || last === undefined) return;
    const { from = first, to = last } = filter;
    for (const { index: node } of await this.#source.nodes()) {
      for (const [start, end] of [
        [first, from - 1n],
        [from, to],
        [to + 1n, last],
      ] as const) {
        if (start > end) continue;
        const stretch = { node, from: start, to: end };
        const dropped = difference(
          await this.#source.countByKind(stretch),
          await this.#target.countByKind(stretch),
        );
        if (Object.keys(dropped).length > 0) this.#target.addGap({ ...stretch, cause: LEFT_OUT, dropped });
      }
    }
  }
}

type Counts = Readonly<Partial<Record<EventKind, number>>>;

const difference = (all: Counts, kept: Counts): Counts =>
  Object.fromEntries(
    (Object.entries(all) as [EventKind, number][])
      .map(([kind, count]) => [kind, count - (kept[kind] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );

/** What was chosen, and of the time up to its end whatever tells who is there. */
function eventsOf(
  store: TraceStore,
  filter: EventFilter,
  tags: readonly number[],
): AsyncIterable<StoredEvent> {
  if (Object.keys(filter).length === 0) return paged(store, {});
  const until = filter.to === undefined ? {} : { to: filter.to };
  return merged([
    paged(store, filter),
    paged(store, { ...until, kinds: STRUCTURE }),
    paged(store, { ...until, kinds: ["pubsub"], tags }),
  ]);
}

/** For whoever opens it: that it is not all, and of what it is a part. */
function textOf(choice: EventChoice, origin: bigint): string {
  const { from, to, ...others } = choice;
  const at = (t: number): string =>
    new Date(Number((origin + BigInt(Math.trunc(t))) / 1_000_000n)).toISOString();
  const parts = [
    ...(from === undefined ? [] : [`from ${at(from)}`]),
    ...(to === undefined ? [] : [`to ${at(to)}`]),
    ...(Object.keys(others).length > 0 ? ["only some events"] : []),
  ];
  return parts.join(", ");
}
