import { mailboxAt, type NewestKind, ON_ITS_WAY_NS, type PastTables } from "../analysis/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";
import { losesMessages } from "./message-window.ts";

/**
 * Events before the instant that are read for all processes together: at first some for each of them, then more for those of
 * which that was too little; at last for one alone, of how many that is done.
 */
const EACH = 24;
const LEAST = 500;
const GROWTH = 4;
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
    // The busiest fill what is read; the others are read once more without them, before each is read alone.
    for (let limit = LEAST + EACH * again.length, left = TOGETHER * 2; again.length > 0 && left > 0; ) {
      const read = await this.#read(again, at, beforeId, Math.min(limit, TOGETHER), firstSend(again, newest));
      again = again.filter((process) => {
        const since = firstSend([process], newest);
        const mailbox = this.#mailbox(process, at, read, since, lost);
        if (isTooLittle(read, since, mailbox.known)) return true;
        found.set(process, mailbox);
        return false;
      });
      left -= limit;
      limit *= GROWTH;
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

  /** @param since sends before this one are no longer in it */
  #mailbox(pid: number, at: bigint, read: Read, since: number, lost: readonly bigint[]): FoundMailbox {
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
    const future = {
      from: at + 1n,
      afterId: Math.max(0, beforeId - DISORDER),
      beforeId: beforeId + 100 * AFTERWARDS,
      order: "oldest_first",
      limit: AFTERWARDS,
    } as const;
    const [before, sends, after, sentAfter] = await Promise.all([
      this.#store.events({ ...past, kinds: OWN, pids: processes }),
      this.#store.events({ ...past, kinds: ["send"], peers: processes, afterId: sentSince }),
      this.#store.events({ ...future, kinds: OWN, pids: processes }),
      this.#store.events({ ...future, kinds: ["send"], peers: processes }),
    ]);
    const own = [...before, ...after].sort((a, b) => a.id - b.id);
    const young = sends.filter(({ ts }) => at - ts <= ON_ITS_WAY_NS);
    return {
      own: groupedBy(own, "pid"),
      sends: groupedBy([...sends.toReversed(), ...sentAfter], "peer"),
      movedOn: await this.#movedOn(young, at, beforeId),
      ownSince: before.length === limit ? before.at(-1)!.id : 0,
      sendsSince: sends.length === limit ? sends.at(-1)!.id : 0,
    };
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

interface Read {
  readonly own: ReadonlyMap<number, readonly StoredEvent[]>;
  readonly sends: ReadonlyMap<number, readonly StoredEvent[]>;
  readonly movedOn: ReadonlyMap<number, number>;
  /** What the processes did themselves, and what was sent to them, is read from these events on; 0: all that may matter. */
  readonly ownSince: number;
  readonly sendsSince: number;
}

/**
 * Is there more to read before a mailbox can be told? Of what its process did, what came before it was known to be empty says
 * nothing; but from its last messages on everything has to be there, or what was taken would be thought to wait.
 */
const isTooLittle = ({ ownSince, sendsSince }: Read, since: number, known: boolean): boolean =>
  ownSince > since || (ownSince > 0 && !known) || sendsSince > since;

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
