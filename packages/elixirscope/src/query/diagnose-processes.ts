import { decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import {
  grouped,
  type MailboxFact,
  type MessageFact,
  type SamplePoint,
  type SpawnFact,
  type TimerFact,
} from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import { Pace, type StoredEvent } from "../store/index.ts";
import { type DiagnoseSources, gistOf, who } from "./diagnose-sources.ts";
import { isSetting } from "./timer-query.ts";

const SAMPLES = 40_000;
const SENDS = 20_000;
const SPAWNS = 20_000;
const TIMERS = 20_000;
/** Mailboxes with fewer messages are not looked at. */
const WAITING = 50;
const MAILBOXES = 10;
/** Processes that one has to have started. */
const STARTED = 20;

/** Samples by process, oldest first. */
export type Samples = ReadonlyMap<number, readonly SamplePoint[]>;

export async function readSamples({ store, lookup, clock }: DiagnoseSources): Promise<Samples> {
  const found = await store.events({ kinds: ["sample"], order: "newest_first", limit: SAMPLES });
  const samples = new Map<number, SamplePoint[]>();
  const pace = new Pace();
  for (const event of found.toReversed()) {
    if (pace.isOver) await pace.rest();
    const { term } = decodeTerm(event.payload, 0);
    const [memory, mailbox, reductions] = term instanceof Tuple ? term.elements.map(Number) : [];
    const point = {
      id: event.id,
      t: clock.t(event.ts),
      mailbox: mailbox ?? 0,
      memory: memory ?? 0,
      reductions: reductions ?? 0,
      at: lookup.mfa(event.mfa),
      status: lookup.atomName(event.tag),
    };
    const list = samples.get(event.pid);
    if (list) list.push(point);
    else samples.set(event.pid, [point]);
  }
  return samples;
}

/** The fullest mailboxes, with who filled them. */
export function mailboxFacts(samples: Samples, sources: DiagnoseSources): Promise<readonly MailboxFact[]> {
  const most = (points: readonly SamplePoint[]): number =>
    points.reduce((sum, { mailbox }) => Math.max(sum, mailbox), 0);
  const full = [...samples]
    .filter(([, points]) => most(points) >= WAITING)
    .toSorted(([, a], [, b]) => most(b) - most(a))
    .slice(0, MAILBOXES);
  return Promise.all(
    full.map(async ([pid, points]) => ({
      process: who(pid, sources)!,
      samples: points,
      senders: await sendersTo(pid, sources),
    })),
  );
}

async function sendersTo(pid: number, sources: DiagnoseSources): Promise<MailboxFact["senders"]> {
  const sends = await sources.store.events({
    kinds: ["send"],
    peers: [pid],
    order: "newest_first",
    limit: SENDS,
    withoutPayload: true,
  });
  return [...grouped(sends, (event) => event.pid)]
    .flatMap(([sender, events]) => {
      const known = who(sender, sources);
      return known ? [{ who: known, count: events.length, id: events[0]!.id }] : [];
    })
    .toSorted((a, b) => b.count - a.count);
}

/** Who started many processes of one sort. */
export async function spawnFacts(sources: DiagnoseSources): Promise<readonly SpawnFact[]> {
  const { store, table, lookup, clock } = sources;
  const spawns = await store.events({
    kinds: ["spawn"],
    order: "newest_first",
    limit: SPAWNS,
    withoutPayload: true,
  });
  const counts = await store.countByKind({ kinds: ["receive"] });
  const facts: SpawnFact[] = [];
  for (const [parent, own] of grouped(spawns.toReversed(), ({ pid }) => pid)) {
    for (const [, group] of grouped(own, ({ mfa, peer }) => sortOf(peer, mfa, sources))) {
      const known = who(parent, sources);
      if (group.length < STARTED || !known) continue;
      const living = group.filter(({ peer }) => table.processes.get(peer)?.alive ?? false);
      facts.push({
        parent: known,
        what: sortOf(group[0]!.peer, group[0]!.mfa, sources) || (lookup.mfa(group[0]!.mfa) ?? "?"),
        spawned: group.map(({ id, ts }) => ({ id, t: clock.t(ts) })),
        ended: group.length - living.length,
        receivedLately: (counts.receive ?? 0) === 0 ? null : await receivedLately(living, sources),
      });
    }
  }
  return facts;
}

/** The initial call, of OTP's processes that of the callback module. */
function sortOf(pid: number, mfa: number, { table, names, lookup }: DiagnoseSources): string {
  const state = table.processes.get(pid);
  return (state ? names.initialCall(state) : "") || (lookup.mfa(mfa) ?? "");
}

async function receivedLately(living: readonly StoredEvent[], { store }: DiagnoseSources): Promise<number> {
  const { first = 0n, last = 0n } = await store.totals();
  return store.count({
    kinds: ["receive"],
    pids: living.slice(0, 1_000).map(({ peer }) => peer),
    from: first + (last - first) / 2n,
  });
}

/** Timers that processes set for themselves, by the message. */
export async function timerFacts(sources: DiagnoseSources): Promise<readonly TimerFact[]> {
  const { store, lookup, clock, table } = sources;
  const found = await store.events({ kinds: ["timer"], order: "newest_first", limit: TIMERS });
  const pace = new Pace();
  const own = await pace.filter(
    found.toReversed(),
    (event) => isSetting(event) && [NONE, event.pid].includes(event.peer),
  );
  const facts: TimerFact[] = [];
  for (const group of grouped(own, (event) => `${event.pid} ${event.tag}`).values()) {
    const { pid, node } = group[0]!;
    const process = who(pid, sources);
    const [, message] = elementsOf(group[0]!);
    if (!process || message === undefined) continue;
    facts.push({
      process,
      message: lookup.inspect(message, 120, node).text,
      set: group.map(({ id, ts }) => ({ id, t: clock.t(ts) })),
      alive: table.processes.get(pid)?.alive ?? false,
      lastMessage: await takenLast(pid, sources),
    });
  }
  return facts;
}

/** What a process took in last. */
async function takenLast(pid: number, sources: DiagnoseSources): Promise<MessageFact | null> {
  const [last] = await sources.store.events({
    kinds: ["receive"],
    pids: [pid],
    order: "newest_first",
    limit: 1,
  });
  if (!last) return null;
  return { id: last.id, text: gistOf(last, sources.lookup), sender: null, sendId: null };
}

function elementsOf({ payload }: StoredEvent): readonly Term[] {
  const { term } = decodeTerm(payload, 0);
  return term instanceof Tuple ? term.elements : [];
}
