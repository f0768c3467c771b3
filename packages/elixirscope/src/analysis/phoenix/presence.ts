import { type Pid, Pid as PidTerm, type Term } from "@elixirscope/etf";
import { elementsOf, nameOf, type PhoenixEvent, textOf } from "./fields.ts";

/** Somebody in a topic, as Phoenix.Presence (or a tracker) counts them: a key may be there several times, once for each process. */
export interface Presence {
  /** Of the event that it joined by. */
  readonly id: number;
  readonly topic: string;
  readonly key: string;
  /** The tracked process, as its index. */
  readonly pid: number;
  readonly joinedAt: bigint;
  /** As it was told last. */
  readonly meta: Term | undefined;
  /** How often its metadata changed since. */
  readonly updates: number;
  /** `undefined`: it is there. */
  readonly leftAt: bigint | undefined;
  /** How it left. */
  readonly by: "untracked" | "ended" | undefined;
}

/**
 * Reads events of the kinds `phoenix` and `exit`, oldest first. What was tracked before the record, or on another node, is not
 * among them.
 * @returns in the order of the joins
 */
export function presencesOf(
  events: readonly PhoenixEvent[],
  indexOf: (pid: Pid) => number,
): readonly Presence[] {
  const found: Draft[] = [];
  const leave = (of: (one: Draft) => boolean, leftAt: bigint, by: Presence["by"]): void => {
    for (const one of found) if (one.leftAt === undefined && of(one)) Object.assign(one, { leftAt, by });
  };
  for (const event of events) {
    if (event.kind === "exit") leave(({ pid }) => pid === event.pid, event.ts, "ended");
    else if (event.kind === "phoenix") {
      const told = trackedBy(event, indexOf);
      if (!told) continue;
      const { point, topic, key, pid, meta } = told;
      const isSame = (one: Draft): boolean => one.pid === pid && one.topic === topic && one.key === key;
      if (point === "track") found.push(joined(event, told));
      else if (point === "track_update") {
        const one = found.findLast((draft) => draft.leftAt === undefined && isSame(draft));
        if (one) Object.assign(one, { meta, updates: one.updates + 1 });
      } else if (point === "untrack") leave(isSame, event.ts, "untracked");
      else leave((one) => one.pid === pid, event.ts, "untracked");
    }
  }
  return found;
}

type Draft = { -readonly [K in keyof Presence]: Presence[K] };

interface Tracked {
  readonly point: string;
  readonly topic: string;
  readonly key: string;
  readonly pid: number;
  readonly meta: Term | undefined;
}

const POINTS: ReadonlySet<string> = new Set(["track", "track_update", "untrack", "untrack_all"]);

/** `{track | track_update, Topic, Key, Pid, Meta}`, `{untrack, Topic, Key, Pid}`, `{untrack_all, Pid}` */
function trackedBy(event: PhoenixEvent, indexOf: (pid: Pid) => number): Tracked | undefined {
  const [name, ...rest] = elementsOf(event.payload);
  const point = nameOf(name) ?? "";
  if (!POINTS.has(point)) return undefined;
  const [topic, key, pid, meta] = point === "untrack_all" ? [undefined, undefined, rest[0], undefined] : rest;
  if (!(pid instanceof PidTerm)) return undefined;
  return { point, topic: textOf(topic) ?? "", key: textOf(key) ?? "?", pid: indexOf(pid), meta };
}

const joined = ({ id, ts }: PhoenixEvent, { topic, key, pid, meta }: Tracked): Draft => ({
  id,
  topic,
  key,
  pid,
  joinedAt: ts,
  meta,
  updates: 0,
  leftAt: undefined,
  by: undefined,
});
