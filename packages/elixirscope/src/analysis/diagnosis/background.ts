import { nearestTopic } from "../phoenix/topic-distance.ts";
import type { Facts, Who } from "./facts.ts";
import { duration } from "./finding.ts";
import { parts } from "./parts.ts";
import { reasonOf } from "./reason.ts";

// What the rest of the record knows of an exit reason.

export interface Background {
  /** A sentence with a space before it; "" where nothing more is known. */
  readonly text: string;
  readonly processes: readonly Who[];
  readonly evidence: readonly number[];
  /** What to do, where that is known better now. */
  readonly todo: string | undefined;
}

const NOTHING: Background = { text: "", processes: [], evidence: [], todo: undefined };

/** @param t when it ended of it */
export function backgroundOf(reason: string, t: number, facts: Facts): Background {
  const { type, callee } = reasonOf(reason);
  if (type === "nobody" && callee !== null) return nearName(callee, facts);
  return lostTable(reason, t, facts);
}

/** Nobody has the name that was called: is there one that differs by a slip, or by its type? */
function nearName(callee: string, { names }: Facts): Background {
  if (names.some(({ text }) => text === callee)) return NOTHING;
  const nearest = nearestTopic(
    callee,
    names.map(({ text }) => text),
  );
  const holder = names.find(({ text }) => text === nearest);
  if (!holder) return NOTHING;
  return {
    text: ` Nobody ever had that name; ${holder.text} is the name of ${holder.who.label}.`,
    processes: [holder.who],
    evidence: [],
    todo: `Call it by the name that it is registered under: ${callee} and ${holder.text} differ. Build both in one function.`,
  };
}

/** A table ends with its owner. */
function lostTable(reason: string, t: number, { lostTables }: Facts): Background {
  const given = /^\{+:badarg, \[\{:ets, :?"?[\w?!]+"?, \[(.+)/s.exec(reason);
  const table = given && parts(given[1]!)[0];
  const lost = lostTables.findLast(({ name, endedAt }) => name === table && endedAt <= t);
  if (!lost) return NOTHING;
  const { name, owner, endedAt, seenId, endId } = lost;
  return {
    text: ` There was an ETS table ${name}, which belonged to ${owner.label}: it went when that process ended, ${duration(t - endedAt)} before.`,
    processes: [owner],
    evidence: endId === null ? [seenId] : [seenId, endId],
    todo: `Let a process that stays create ${name} (a GenServer that does little else, in its init), or hand it over before its owner ends (the option heir, :ets.give_away/3).`,
  };
}
