import { type LevelState, type PastTables, type ProcessState, processTree } from "../analysis/index.ts";
import { type Gap, NONE } from "../model/index.ts";
import type { ProcessRef, Snapshot, SnapshotInput, SnapshotNode, SnapshotRow } from "../protocol/index.ts";
import { Pace, type StoredEvent } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { nodeFilter } from "./event-filter.ts";
import { EventRows } from "./event-rows.ts";
import { atomText } from "./lookup.ts";
import { MailboxQuery } from "./mailbox-query.ts";
import type { MessageSources } from "./message-query.ts";
import { MonitorsQuery } from "./monitors-query.ts";
import { Past } from "./past.ts";
import { ProcessNames } from "./process-names.ts";
import { mailboxAnswer, stateAnswer } from "./snapshot-row.ts";
import { TreeRows } from "./tree-rows.ts";

const DEFAULT_ROWS = 200;
/** Characters of a state in the list, and of one that was asked for alone. */
const SHORT = 300;
const LONG = 20_000;

/** What is told of one process is made with. */
export interface SnapshotParts {
  readonly ts: bigint;
  readonly tables: PastTables;
  readonly rows: EventRows;
  readonly names: ProcessNames;
  readonly clock: Clock;
  readonly gaps: readonly Gap[];
  readonly stateLength: number;
  atom(index: number): string;
}

/** How everything stood at an instant. */
export class SnapshotQuery {
  readonly #sources: MessageSources;
  readonly #clock: Clock;

  constructor(sources: MessageSources, clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_NODE` */
  async at(input: SnapshotInput): Promise<Snapshot> {
    const { store, lookup } = this.#sources;
    const ts = this.#clock.ts(input.t);
    const { tables, beforeId, findNewest } = await new Past(store, lookup).at(ts);
    const gaps = await store.gaps();
    const nodes = await this.#nodes(ts, tables.levels, gaps);
    const names = new ProcessNames(tables.table, lookup);
    const rows = new EventRows(lookup, names, this.#clock);
    const observed = new Set(nodes.filter((node) => node.observed).map(({ index }) => index));
    const { nodes: meant } = nodeFilter(input.node, lookup);
    const alive = [...tables.table.processes.values()].filter(
      ({ alive: lives, node }) => lives && observed.has(node) && (meant?.includes(node) ?? true),
    );
    const wanted = this.#wanted(alive, input, names);
    const page = wanted.slice(input.offset ?? 0, (input.offset ?? 0) + (input.limit ?? DEFAULT_ROWS));
    await findNewest(page.map(({ index }) => index));
    const stateLength = input.process === undefined ? SHORT : LONG;
    const atom = (index: number): string => lookup.atomName(index);
    const parts = { ts, tables, rows, names, clock: this.#clock, gaps, stateLength, atom };
    const tree = new TreeRows({ table: tables.table, lookup, now: () => ts }, names, this.#clock);
    return {
      t: input.t,
      at: this.#clock.iso(ts),
      nodes,
      alive: alive.length,
      total: wanted.length,
      rows: await this.#rows(page, parts, beforeId),
      tree: input.tree === true ? await tree.roots(processTree(tables.table), meant) : null,
    };
  }

  /** Was a node looked at then? */
  async #nodes(
    ts: bigint,
    levels: ReadonlyMap<number, LevelState>,
    gaps: readonly Gap[],
  ): Promise<readonly SnapshotNode[]> {
    return (await this.#sources.store.nodes()).map(({ index, name }) => {
      const away = gaps.find(
        ({ node, cause, from, to }) => node === index && cause === "detached" && from <= ts && ts < to,
      );
      const level = levels.get(index);
      const why = away
        ? "It was not attached to at this instant."
        : level
          ? ""
          : "It had not been attached to yet, or the record begins later.";
      return { index, name, observed: why === "", level: level?.level ?? "", why };
    });
  }

  #wanted(
    alive: readonly ProcessState[],
    input: SnapshotInput,
    names: ProcessNames,
  ): readonly ProcessState[] {
    if (input.process !== undefined) {
      // Who is called so now, where nobody was then: the answer says that it was not alive.
      const then = [names, this.#sources.names].flatMap((known) => resolved(known, input.process!));
      const index = then[0] ?? this.#sources.names.resolve(input.process);
      return alive.filter((process) => process.index === index);
    }
    const search = input.search?.toLowerCase() ?? "";
    if (search === "") return alive;
    return alive.filter((process) => {
      const ref = names.ref(process.index)!;
      const texts = [ref.pid, ref.label, names.initialCall(process), process.application];
      return texts.some((text) => text.toLowerCase().includes(search));
    });
  }

  async #rows(
    page: readonly ProcessState[],
    parts: SnapshotParts,
    beforeId: number,
  ): Promise<readonly SnapshotRow[]> {
    const { store, lookup } = this.#sources;
    const { newest, levels } = parts.tables;
    const callbacks = page.filter(
      ({ index, node }) =>
        levels.get(node)?.statesSince !== undefined &&
        (newest.of(index, "dispatch") > 0 || newest.of(index, "state") > 0),
    );
    // A dispatch before the state is that of a callback that is over.
    const ids = page.flatMap(({ index }) => {
      const [state, dispatch] = [newest.of(index, "state"), newest.of(index, "dispatch")];
      return dispatch > state ? [state, dispatch] : [state];
    });
    const [events, mailboxes] = await Promise.all([
      store.eventsByIds(ids.filter((id) => id > 0)),
      new MailboxQuery(store, lookup).at(
        parts.ts,
        beforeId,
        newest,
        callbacks.map(({ index }) => index),
      ),
    ]);
    const byId = new Map(events.map((event) => [event.id, event]));
    const looked = new Set(callbacks.map(({ index }) => index));
    const rows = await new Pace().map(page, (process) => {
      const mailbox = looked.has(process.index) ? (mailboxes.get(process.index) ?? "empty") : "no_callbacks";
      return this.#row(process, parts, byId, mailbox);
    });
    if (parts.stateLength !== LONG) return rows;
    const { names, clock } = parts;
    const until = { to: parts.ts, beforeId };
    const monitors = new MonitorsQuery({ store, lookup, table: parts.tables.table, names, clock, until });
    return Promise.all(rows.map(async (row, i) => ({ ...row, monitors: await monitors.of(page[i]!) })));
  }

  #row(
    process: ProcessState,
    parts: SnapshotParts,
    byId: ReadonlyMap<number, StoredEvent>,
    mailbox: Parameters<typeof mailboxAnswer>[2],
  ): SnapshotRow {
    const { names, tables, clock, rows } = parts;
    const { newest } = tables;
    const ref = (index: number): ProcessRef | null => (index === NONE ? null : names.ref(index));
    const [state, dispatch] = [
      byId.get(newest.of(process.index, "state")),
      byId.get(newest.of(process.index, "dispatch")),
    ];
    const busy = dispatch && (!state || dispatch.id > state.id) ? dispatch : undefined;
    return {
      ...names.ref(process.index)!,
      names: tables.table.names.namesOf(process.index).map(({ text }) => text),
      parent: ref(process.parent),
      supervisor: ref(process.child?.supervisor ?? NONE),
      links: [...process.links].flatMap((link) => names.ref(link) ?? []),
      monitors: null,
      initialCall: names.initialCall(process),
      application: process.application === "" ? null : atomText(process.application),
      spawnedAt: process.spawnedAt === undefined ? null : clock.t(process.spawnedAt),
      ...stateAnswer(process, parts, state),
      callback: busy ? rows.row(busy) : null,
      mailbox: mailboxAnswer(process, parts, mailbox),
      subscriptions: tables.subscriptions
        .of(process.index)
        .map(({ pubsub, topic }) => ({ pubsub: atomText(pubsub), topic })),
    };
  }
}

function resolved(names: ProcessNames, text: string): readonly number[] {
  try {
    return [names.resolve(text)];
  } catch {
    return [];
  }
}
