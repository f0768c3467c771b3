import { decodeTerm } from "@elixirscope/etf";
import { callShape, type LostSendFact, nearestTopic, type UnhandledFact } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import { Pace, type StoredEvent } from "../store/index.ts";
import { type DiagnoseSources, gistOf, messageFact, who } from "./diagnose-sources.ts";
import { logPartsOf } from "./log-text.ts";
import { atomText } from "./lookup.ts";

const LOST = 2_000;
const LOGS = 2_000;
const UNHANDLED = 100;
/** Of these the message itself is looked for. */
const CLOSELY = 10;
/** Messages before a log event, among which is the one that it is about. */
const BEFORE = 20;

/** Messages that reached nobody, oldest first; not answers, which nobody may wait for any more, and not calls, which exit. */
export async function lostSends(sources: DiagnoseSources): Promise<readonly LostSendFact[]> {
  const { store, table, lookup, clock } = sources;
  const found = await store.events({ kinds: ["send_to_dead"], order: "newest_first", limit: LOST });
  const names = [...table.processes.values()].flatMap(({ name, formerName }) => [name, formerName]);
  const held = new Set(names.filter((name) => name !== NONE));
  const facts = await new Pace().map(found.toReversed(), (event): readonly LostSendFact[] => {
    const from = who(event.pid, sources);
    const shape = callShape(event.payload)?.type;
    if (!from || (shape !== undefined && shape !== "cast")) return [];
    if (event.peer === NONE && event.tag === NONE) return [];
    const to = event.peer === NONE ? undefined : table.processes.get(event.peer);
    const isName = event.peer === NONE;
    const wasHeld = isName && held.has(event.tag);
    const texts = isName && !wasHeld ? [...held].map((name) => atomText(lookup.atomName(name))) : [];
    const name = isName ? atomText(lookup.atomName(event.tag)) : null;
    const end = to?.exitedAt;
    return [
      {
        id: event.id,
        t: clock.t(event.ts),
        from,
        message: gistOf(event, lookup),
        name,
        wasHeld,
        nearestName: name === null ? null : (nearestTopic(name, texts) ?? null),
        to: isName ? null : (who(event.peer, sources) ?? null),
        endedAt: end === undefined ? null : clock.t(end),
        endId: null,
        successor: isName ? null : successorOf(event.peer, sources),
      },
    ];
  });
  return facts.flat();
}

/** Who lives under the name that somebody had before. */
function successorOf(index: number, sources: DiagnoseSources): LostSendFact["successor"] {
  const label = who(index, sources)?.label;
  const dead = sources.table.processes.get(index);
  if (label === undefined || dead?.formerName === undefined || dead.formerName === NONE) return null;
  for (const { index: other, alive, name } of sources.table.processes.values())
    if (alive && other !== index && name === dead.formerName) return who(other, sources) ?? null;
  return null;
}

/** What the default callbacks of GenServer (`no_handle_info`) and LiveView log, oldest first. */
export async function unhandledFacts(sources: DiagnoseSources): Promise<readonly UnhandledFact[]> {
  const logs = await sources.store.events({ kinds: ["log"], order: "newest_first", limit: LOGS });
  const found: UnhandledFact[] = [];
  const pace = new Pace();
  for (const event of logs) {
    if (pace.isOver) await pace.rest();
    const told = readLog(event);
    const process = who(event.pid, sources);
    if (!told || !process) continue;
    const received = found.length < CLOSELY ? await receiveOf(event, told.message, sources) : undefined;
    found.push({
      id: event.id,
      t: sources.clock.t(event.ts),
      process,
      ...told,
      received: received ? await messageFact(received.id, sources) : null,
    });
    if (found.length === UNHANDLED) break;
  }
  return found.toReversed();
}

/** @returns the callback and the message as it printed; `undefined` for any other log */
export function unhandledLog(text: string): Pick<UnhandledFact, "callback" | "message"> | undefined {
  const server = /^(?:GenServer|gen_server) no_(handle_\w+)\n/.exec(text);
  if (server) {
    const message = /\bmessage: (.*?)(?:, (?:module|name|process_label): |\}?$|\n)/s.exec(text)?.[1];
    return { callback: `${server[1]}/2`, message: message ?? "a message" };
  }
  const view = /undefined (handle_\w+) in (\S+)\. Unhandled message: (.*)/is.exec(
    text.trim().replace(/\s*\n\s*(?:\*\*)?\s*/g, ". "),
  );
  return view ? { callback: `${view[1]}/2`, message: view[3]!.trim() } : undefined;
}

function readLog({ payload }: StoredEvent): ReturnType<typeof unhandledLog> {
  return unhandledLog(logPartsOf(decodeTerm(payload, 0).term, 4_000).text);
}

/** The newest message of that text that it took in before it logged. */
async function receiveOf(
  log: StoredEvent,
  message: string,
  { store, lookup }: DiagnoseSources,
): Promise<StoredEvent | undefined> {
  const before = await store.events({
    kinds: ["receive"],
    pids: [log.pid],
    beforeId: log.id,
    order: "newest_first",
    limit: BEFORE,
  });
  return before.find((event) => gistOf(event, lookup) === message);
}
