import type { CallFact, CrashFact } from "../analysis/index.ts";
import type { CallRow, CrashRow } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { type DiagnoseSources, gistOf, messageFact, replyOf, whoOf } from "./diagnose-sources.ts";

const CALLS = 2_000;
/** Calls without an answer whose callers are looked at. */
const UNANSWERED = 100;
const CRASHES = 200;
/** Crashes that are looked at closely: the newest of each sort. */
const CLOSELY = 16;

/** The newest calls, oldest first. */
export async function callFacts(sources: DiagnoseSources): Promise<readonly CallFact[]> {
  const { rows } = await sources.calls({ limit: CALLS, sort: "newest" });
  const told = rows.filter(({ type, from, to, request }) => type === "call" && from && to && request);
  const ids = told.flatMap(({ request, reply }) => [request!.id, ...(reply ? [reply.id] : [])]);
  const events = new Map((await sources.store.eventsByIds(ids)).map((event) => [event.id, event]));
  const unanswered = told.filter((row) => row.outcome !== "answered").slice(0, UNANSWERED);
  const after = new Map(
    await Promise.all(unanswered.map(async (row) => [row.request!.id, await wentOn(row, sources)] as const)),
  );
  return told
    .flatMap((row): readonly CallFact[] => {
      const request = events.get(row.request!.id);
      // What is unknown is neither answered nor not.
      if (!request || row.outcome === "unknown") return [];
      return [callFact(row, request, events.get(row.reply?.id ?? -1), after.get(request.id), sources)];
    })
    .toReversed();
}

function callFact(
  row: CallRow,
  request: StoredEvent,
  reply: StoredEvent | undefined,
  after: StoredEvent | undefined,
  { lookup, clock }: DiagnoseSources,
): CallFact {
  const answered = row.outcome === "answered";
  return {
    id: request.id,
    from: whoOf(row.from!),
    to: whoOf(row.to!),
    t: row.request!.t,
    request: gistOf(request, lookup),
    until: answered ? (row.replyReceived?.t ?? row.reply?.t ?? null) : after ? clock.t(after.ts) : null,
    untilId: answered ? (row.replyReceived?.id ?? row.reply?.id ?? null) : (after?.id ?? null),
    answered,
    queueNs: row.queueNs,
    replyId: reply?.id ?? null,
    reply: reply ? replyOf(reply, lookup) : null,
    takenAt: answered ? null : (row.dispatched?.t ?? row.received?.t ?? null),
  };
}

/** What a caller did first after its request: it was not waiting any more then. */
async function wentOn(
  { request, from }: CallRow,
  { store, names }: DiagnoseSources,
): Promise<StoredEvent | undefined> {
  const [next] = await store.events({
    kinds: ["send", "send_to_dead", "exit", "state", "spawn"],
    pids: [names.resolve(from!.handle)],
    afterId: request!.id,
    order: "oldest_first",
    limit: 1,
    withoutPayload: true,
  });
  return next;
}

/** Crashes, oldest first: those of the same sort with one that was looked at closely. */
export async function crashFacts(sources: DiagnoseSources): Promise<readonly CrashFact[]> {
  const { rows } = await sources.crashes({ limit: CRASHES });
  const seen = new Set<string>();
  const facts: CrashFact[] = [];
  for (const row of rows) {
    const sort = `${row.process.label} ${row.reason.text.slice(0, 60)}`;
    const closely = !seen.has(sort) && seen.size < CLOSELY;
    seen.add(sort);
    facts.push(await crashFact(row, closely, sources));
  }
  return facts.toReversed();
}

async function crashFact(row: CrashRow, closely: boolean, sources: DiagnoseSources): Promise<CrashFact> {
  const { process, exit, reason, supervision } = row;
  const detail = closely ? await sources.crash({ process: process.handle, messages: 5 }) : undefined;
  const cause = detail?.lastMessage;
  return {
    id: exit.id,
    t: exit.t,
    process: whoOf(process),
    reason: reason.text,
    supervisor: supervision?.supervisor ?? null,
    childId: supervision?.childId ?? null,
    reaction: supervision?.reaction ?? null,
    cause: cause ? await messageFact(cause.id, sources) : null,
    logs: (detail?.logs ?? []).map(({ event }) => event.id).slice(0, 2),
  };
}
