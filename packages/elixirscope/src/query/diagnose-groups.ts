import { decodeTerm, isTagged, type Term, Tuple } from "@elixirscope/etf";
import { type BroadcastFact, grouped, nearestTopic } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { type DiagnoseSources, who } from "./diagnose-sources.ts";

/** Newest events about names and groups that are read. */
const NAMES = 20_000;
/** Lookups that become facts. */
const LOOKUPS = 2_000;
const JOINS: ReadonlySet<string> = new Set(["join", "register"]);
const LEAVES: ReadonlySet<string> = new Set(["leave", "unregister"]);
const LOOKS: ReadonlySet<string> = new Set(["dispatch", "lookup"]);

/** What a `name` event says of a key of a registry or a group. */
interface Told {
  readonly event: StoredEvent;
  readonly what: string;
  /** The registry or scope. */
  readonly scope: string;
  readonly key: string;
}

interface Stay {
  readonly pid: number;
  readonly from: bigint;
  to: bigint | undefined;
}

/**
 * Messages to whoever is in a group (`pg`) or has a key of a `Registry`, as broadcasts: they reach who is there then. Not
 * those where it is not known who that was.
 */
export async function groupFacts(sources: DiagnoseSources): Promise<readonly BroadcastFact[]> {
  const { store } = sources;
  const events = await store.events({ kinds: ["name"], order: "newest_first", limit: NAMES });
  const told = events.toReversed().flatMap((event) => read(event, sources));
  if (!told.some(({ what }) => LOOKS.has(what))) return [];
  return [...grouped(told, ({ scope }) => scope).values()].flatMap((ofScope) =>
    broadcastsOf(ofScope, sources),
  );
}

function read(event: StoredEvent, { lookup }: DiagnoseSources): readonly Told[] {
  const { term } = decodeTerm(event.payload, 0);
  if (!(term instanceof Tuple) || term.elements.length !== 2) return [];
  const [what, name] = term.elements;
  if (!(name instanceof Tuple) || !isTagged(name, "via", 3)) return [];
  const key = name.elements[2]!;
  if (typeof what !== "object" || !("name" in what) || typeof what.name !== "string") return [];
  if (!(key instanceof Tuple) || key.elements.length !== 2) return [];
  const text = (part: Term): string => lookup.inspect(part, 200, event.node).text;
  return [{ event, what: what.name, scope: text(key.elements[0]!), key: keyText(key.elements[1]!, text) }];
}

/** A text as it is: so people write topics. */
const keyText = (key: Term, text: (part: Term) => string): string =>
  key instanceof Uint8Array ? new TextDecoder().decode(key) : text(key);

function broadcastsOf(told: readonly Told[], sources: DiagnoseSources): readonly BroadcastFact[] {
  const stays = staysOf(told, sources);
  const at = (key: string, ts: bigint): readonly number[] =>
    (stays.get(key) ?? []).flatMap(({ pid, from, to }) => (from <= ts && (to ?? ts) >= ts ? [pid] : []));
  const looks = told.filter(({ what }) => LOOKS.has(what)).slice(-LOOKUPS);
  return looks.map(({ event, what, key }) => {
    const members = at(key, event.ts);
    const heard = [...stays.keys()].filter((other) => at(other, event.ts).length > 0);
    const near = members.length === 0 ? nearestTopic(key, heard) : undefined;
    return {
      id: event.id,
      t: sources.clock.t(event.ts),
      process: who(event.pid, sources) ?? null,
      topic: key,
      by: what === "lookup" ? "lookup" : "dispatch",
      unheard: members.length === 0,
      receivers: members.flatMap((pid) => who(pid, sources) ?? []),
      nearest: near === undefined ? null : { topic: near, subscribers: at(near, event.ts).length },
    };
  });
}

/** Who was where, from when to when: up to leaving it or the end of the process. */
function staysOf(told: readonly Told[], { table }: DiagnoseSources): ReadonlyMap<string, readonly Stay[]> {
  const stays = new Map<string, Stay[]>();
  for (const { event, what, key } of told) {
    const own = stays.get(key) ?? [];
    const isThere = own.some(({ pid, to }) => pid === event.pid && (to ?? event.ts) >= event.ts);
    // Who is listed may have been seen to join before.
    if (JOINS.has(what) && event.mfa === NONE && isThere) continue;
    if (JOINS.has(what)) {
      own.push({ pid: event.pid, from: event.ts, to: table.processes.get(event.pid)?.exitedAt });
      stays.set(key, own);
    } else if (LEAVES.has(what)) {
      const stay = own.findLast(({ pid, to }) => pid === event.pid && (to ?? event.ts) >= event.ts);
      if (stay) stay.to = event.ts;
    }
  }
  return stays;
}
