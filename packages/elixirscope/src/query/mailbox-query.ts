import { mailboxAt, type NewestKind, ON_ITS_WAY_NS, type PastTables } from "../analysis/index.ts";
import { Pace, type StoredEvent, type TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";
import { losesMessages } from "./message-window.ts";

/** Of each process so many of its last events are read, out of so many ids: more of those of which that was too little. */
const ROUNDS = [
  { most: 96, near: 131_072 },
  { most: 300, near: 524_288 },
] as const;
/** Of all together; at last of one alone, and of how many that is done. */
const TOGETHER = 20_000;
const ALONE = 5_000;
const ALONE_MOST = 30;
/** Events after it, for what became of messages. */
const AFTERWARDS = 2_000;
/** Ids may stand in another order than what they tell of happened, by less than this. */
const DISORDER = 5_000;

const OWN = ["receive", "dispatch", "state"] as const;
/** What only a process does that has its last message behind it. */
const ACTS = [...OWN, "send"] as const;

export type FoundMailbox = ReturnType<typeof mailboxAt<StoredEvent>>;

/** Mailboxes of many processes at an instant, by few reads of the store. */
export class MailboxQuery {
  readonly #store: TraceStore;
  readonly #lookup: Lookup;

  constructor(store: TraceStore, lookup: Lookup) {
    this.#store = store;
    this.#lookup = lookup;
  }

  /**
   * @param processes that run callbacks of OTP
   * @returns those of processes that there was something to look at; who is not in it was idle, and had nothing in it
   */
  async at(
    at: bigint,
    beforeId: number,
    newest: PastTables["newest"],
    processes: readonly number[],
  ): Promise<ReadonlyMap<number, FoundMailbox | "not_looked_at">> {
    const lost = (await this.#store.gaps()).filter(losesMessages).map(({ to }) => to);
    const open = processes.filter((process) => mayHold(process, newest, beforeId));
    const found = new Map<number, FoundMailbox | "not_looked_at">();
    let again: readonly number[] = open;
    for (const round of ROUNDS) {
      if (again.length === 0) break;
      again = await this.#together(again, { at, beforeId, newest, lost }, round, found);
    }
    for (const [i, process] of again.entries()) {
      if (i >= ALONE_MOST) {
        found.set(process, "not_looked_at");
        continue;
      }
      const limit = again.length === 1 ? TOGETHER : ALONE;
      const since = firstSend([process], newest);
      const alone = await this.#read([process], at, beforeId, limit, since);
      const mailbox = this.#mailbox(process, at, alone, since, lost);
      found.set(process, { ...mailbox, known: !isTooLittle(alone, since, mailbox.known) && mailbox.known });
    }
    return found;
  }

  /**
   * Most mailboxes can be told from the last events of their processes, and most of these are empty: what came after the instant
   * is looked at for the others alone.
   * @param found takes in those that can be told
   * @returns the processes of which more has to be read
   */
  async #together(
    processes: readonly number[],
    { at, beforeId, newest, lost }: Instant,
    { most, near }: (typeof ROUNDS)[number],
    found: Map<number, FoundMailbox | "not_looked_at">,
  ): Promise<readonly number[]> {
    const each = Math.min(most, Math.ceil(TOGETHER / processes.length));
    const afterId = Math.max(0, beforeId - near);
    const sentAfter = Math.max(afterId, firstSend(processes, newest));
    const past = { to: at, beforeId };
    const [own, sends] = await Promise.all([
      this.#store.newestEach({ ...past, afterId, kinds: OWN, pids: processes }, "pid", each),
      this.#store.newestEach(
        { ...past, afterId: sentAfter, kinds: ["send"], peers: processes },
        "peer",
        each,
      ),
    ]);
    const horizon = (least: number, events: readonly StoredEvent[] = []): number =>
      events.length < each ? least : events[0]!.id;
    const before = { own: groupedBy(own, "pid"), sends: groupedBy(sends, "peer"), movedOn: new Map() };
    const [again, full]: [number[], number[]] = [[], []];
    const pace = new Pace(1);
    for (const process of processes) {
      if (pace.isOver) await pace.rest();
      const since = firstSend([process], newest);
      const ownSince = horizon(afterId, before.own.get(process));
      const sendsSince = horizon(sentAfter, before.sends.get(process));
      const mailbox = this.#mailbox(process, at, before, since, lost);
      if (isTooLittle({ ownSince, sendsSince }, since, mailbox.known)) again.push(process);
      else if (mailbox.known && !mailbox.dispatch && mailbox.messages.length === 0)
        found.set(process, mailbox);
      else full.push(process);
    }
    if (full.length === 0) return again;
    const wanted = new Set(full);
    const after = await this.#after(full, at, beforeId);
    const young = sends.filter(({ peer, ts }) => wanted.has(peer) && at - ts <= ON_ITS_WAY_NS);
    const read = {
      own: groupedBy(
        [...own, ...after.own].sort((a, b) => a.id - b.id),
        "pid",
      ),
      sends: groupedBy([...sends, ...after.sends], "peer"),
      movedOn: await this.#movedOn(young, at, beforeId),
    };
    await pace.map(full, (process) =>
      found.set(process, this.#mailbox(process, at, read, firstSend([process], newest), lost)),
    );
    return again;
  }

  /** @param since sends before this one are no longer in it */
  #mailbox(pid: number, at: bigint, read: Known, since: number, lost: readonly bigint[]): FoundMailbox {
    return mailboxAt<StoredEvent>({
      pid,
      at,
      own: read.own.get(pid) ?? [],
      sends: (read.sends.get(pid) ?? []).filter(({ id }) => id > since),
      movedOn: read.movedOn,
      lost,
      names: {
        function: (event) => this.#lookup.function(event.mfa),
        tag: (event) => this.#lookup.atomName(event.tag),
      },
    });
  }

  async #read(
    processes: readonly number[],
    at: bigint,
    beforeId: number,
    limit: number,
    sentSince: number,
  ): Promise<Read> {
    const past = { to: at, beforeId, order: "newest_first", limit } as const;
    const [before, sends, after] = await Promise.all([
      this.#store.events({ ...past, kinds: OWN, pids: processes }),
      this.#store.events({ ...past, kinds: ["send"], peers: processes, afterId: sentSince }),
      this.#after(processes, at, beforeId),
    ]);
    const own = [...before, ...after.own].sort((a, b) => a.id - b.id);
    const young = sends.filter(({ ts }) => at - ts <= ON_ITS_WAY_NS);
    return {
      own: groupedBy(own, "pid"),
      sends: groupedBy([...sends.toReversed(), ...after.sends], "peer"),
      movedOn: await this.#movedOn(young, at, beforeId),
      ownSince: before.length === limit ? before.at(-1)!.id : 0,
      sendsSince: sends.length === limit ? sends.at(-1)!.id : 0,
    };
  }

  /** What came behind the instant. */
  async #after(
    processes: readonly number[],
    at: bigint,
    beforeId: number,
  ): Promise<{ readonly own: readonly StoredEvent[]; readonly sends: readonly StoredEvent[] }> {
    const future = {
      from: at + 1n,
      afterId: Math.max(0, beforeId - DISORDER),
      beforeId: beforeId + 100 * AFTERWARDS,
      order: "oldest_first",
      limit: AFTERWARDS,
    } as const;
    const [own, sends] = await Promise.all([
      this.#store.events({ ...future, kinds: OWN, pids: processes }),
      this.#store.events({ ...future, kinds: ["send"], peers: processes }),
    ]);
    return { own, sends };
  }

  /** What the senders of these did last. */
  async #movedOn(
    sends: readonly StoredEvent[],
    at: bigint,
    beforeId: number,
  ): Promise<ReadonlyMap<number, number>> {
    if (sends.length === 0) return new Map();
    const afterId = Math.min(...sends.map(({ id }) => id)) - 1;
    const pids = [...new Set(sends.map(({ pid }) => pid))];
    return this.#store.newestIds({ kinds: ACTS, pids, to: at, afterId, beforeId }, "pid");
  }
}

interface Instant {
  readonly at: bigint;
  readonly beforeId: number;
  readonly newest: PastTables["newest"];
  readonly lost: readonly bigint[];
}

interface Known {
  readonly own: ReadonlyMap<number, readonly StoredEvent[]>;
  readonly sends: ReadonlyMap<number, readonly StoredEvent[]>;
  readonly movedOn: ReadonlyMap<number, number>;
}

interface Read extends Known {
  /** What the processes did themselves, and what was sent to them, is read from these events on; 0: all that may matter. */
  readonly ownSince: number;
  readonly sendsSince: number;
}

/**
 * Is there more to read before a mailbox can be told? Of what its process did, what came before it was known to be empty says
 * nothing; but from its last messages on everything has to be there, or what was taken would be thought to wait.
 */
const isTooLittle = (
  { ownSince, sendsSince }: Pick<Read, "ownSince" | "sendsSince">,
  since: number,
  known: boolean,
): boolean => ownSince > since || (ownSince > 0 && !known) || sendsSince > since;

function groupedBy(
  events: readonly StoredEvent[],
  role: "pid" | "peer",
): ReadonlyMap<number, readonly StoredEvent[]> {
  const groups = new Map<number, StoredEvent[]>();
  for (const event of events) {
    const group = groups.get(event[role]);
    if (group) group.push(event);
    else groups.set(event[role], [event]);
  }
  return groups;
}

/** Not one that went idle some time ago, with nothing sent to it since. */
function mayHold(process: number, newest: PastTables["newest"], beforeId: number): boolean {
  const id = (kind: NewestKind): number => newest.of(process, kind);
  const idle = id("state");
  const recently = Math.max(idle, id("send")) > beforeId - DISORDER;
  return recently || idle < id("dispatch") || idle < id("receive") || id("receive") < id("send") + DISORDER;
}

/** Sends are looked at from a little before the oldest of the last receives on. */
function firstSend(processes: readonly number[], newest: PastTables["newest"]): number {
  const last = processes.map((process) => newest.of(process, "receive"));
  return Math.max(0, Math.min(...last) - DISORDER);
}
