import { decodeTerm, inspect, type Term } from "@elixirscope/etf";
import { compileExpression, compileTermPattern } from "../analysis/index.ts";
import { ElixirScopeError } from "../model/index.ts";
import type { ChangeAnswer, ChangeInput, UntilAnswer, UntilInput } from "../protocol/index.ts";
import type { EventFilter, StoredEvent } from "../store/index.ts";
import { causeChain } from "./cause-chain.ts";
import { boundOf } from "./step-query.ts";
import type { TimeTravelSources } from "./time-travel-query.ts";

/** Events of the first read, and of the largest: most answers are near. How many are looked at for one answer. */
const FIRST_PAGE = 16;
const PAGE = 2_048;
const MOST = 200_000;
/** Longest text of a value. */
const VALUE_LENGTH = 2_000;

type Search = EventFilter & { readonly order: "oldest_first" | "newest_first" };

/**
 * Runs to the next (or previous) event where a condition on a state becomes true, or a message of some look comes.
 * @throws ElixirScopeError `BAD_TERM_PATTERN`, `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_CONDITION`
 */
export async function until(sources: TimeTravelSources, input: UntilInput): Promise<UntilAnswer> {
  if ((input.state === undefined) === (input.message === undefined)) {
    throw new ElixirScopeError(
      "QUERY_NO_CONDITION",
      "Give one condition: on a state (state.count == 5) or on a message ({:set, n} when n > 5).",
    );
  }
  const processes = input.process === undefined ? undefined : sources.names.resolveAll(input.process);
  const bound = await boundOf(sources, input);
  const found =
    input.state === undefined
      ? await untilMessage(sources, input.message!, bound, processes)
      : await untilState(sources, input.state, bound, processes);
  const { event, searched, more } = found;
  return {
    event: event ? sources.rows.row(event) : null,
    state: event?.kind === "state" ? await sources.state(event.id) : null,
    cursor: event?.id ?? null,
    searched,
    more,
    why: event ? "" : more ? "Not among the events searched; go on from there." : found.why,
  };
}

interface Found {
  readonly event: StoredEvent | undefined;
  /** The search went as far as this event. */
  readonly searched: number | null;
  readonly more: boolean;
  readonly why: string;
}

async function untilMessage(
  sources: TimeTravelSources,
  pattern: string,
  bound: Search,
  pids: readonly number[] | undefined,
): Promise<Found> {
  const matcher = compileTermPattern(pattern);
  const kinds = pids ? (["receive"] as const) : (["send"] as const);
  const filter = { ...bound, kinds, ...(pids ? { pids } : {}) };
  return walk(sources, filter, "No such message in this part of the record.", (event) => {
    const term = decoded(event);
    return term !== undefined && matcher.matches(term) ? event : undefined;
  });
}

/** Becomes true: it did not hold in the version before, or there is none. */
async function untilState(
  sources: TimeTravelSources,
  condition: string,
  bound: Search,
  pids: readonly number[] | undefined,
): Promise<Found> {
  const { store } = sources;
  const expression = compileExpression(condition);
  let told = false;
  const holds = (event: StoredEvent): boolean => {
    const term = decoded(event);
    if (term === undefined) return false;
    told ||= expression.value(term) !== undefined;
    return expression.holds(term);
  };
  const filter = { ...bound, kinds: ["state"] as const, ...(pids ? { pids } : {}) };
  const newest = new Map<number, StoredEvent | false>();
  const before = async (event: StoredEvent): Promise<boolean> => {
    const past = { kinds: ["state"], pids: [event.pid], beforeId: event.id } as const;
    const [version] = await store.events({ ...past, order: "newest_first", limit: 1 });
    return version !== undefined && holds(version);
  };
  const found = await walk(sources, filter, "", async (event) => {
    const now = holds(event);
    if (bound.order === "newest_first") {
      const later = newest.get(event.pid);
      newest.set(event.pid, now && event);
      return later && !now ? later : undefined;
    }
    const known = newest.get(event.pid);
    const was = known === undefined ? now && (await before(event)) : known !== false;
    newest.set(event.pid, now && event);
    return now && !was ? event : undefined;
  });
  // Backwards the first version of all has none before it.
  const first = found.event || found.more ? undefined : latest(newest);
  const why = told
    ? "It became true nowhere in this part of the record."
    : "Nothing that it speaks of is in any state of this part of the record: look at the names (elixirscope states).";
  return { ...found, event: found.event ?? (bound.order === "newest_first" ? first : undefined), why };
}

function latest(versions: ReadonlyMap<number, StoredEvent | false>): StoredEvent | undefined {
  const held = [...versions.values()].filter((event): event is StoredEvent => event !== false);
  return held.sort((a, b) => b.id - a.id)[0];
}

async function walk(
  { store }: TimeTravelSources,
  filter: Search,
  why: string,
  take: (event: StoredEvent) => StoredEvent | undefined | Promise<StoredEvent | undefined>,
): Promise<Found> {
  let searched: number | undefined;
  for (
    let looked = 0, limit = FIRST_PAGE;
    looked < MOST;
    looked += limit, limit = Math.min(limit * 4, PAGE)
  ) {
    const from =
      searched === undefined
        ? {}
        : filter.order === "oldest_first"
          ? { afterId: searched }
          : { beforeId: searched };
    const page = await store.events({ ...filter, ...from, limit });
    for (const event of page) {
      const found = await take(event);
      if (found) return { event: found, searched: event.id, more: true, why: "" };
    }
    searched = page.at(-1)?.id ?? searched;
    if (page.length < limit) return { event: undefined, searched: searched ?? null, more: false, why };
  }
  return { event: undefined, searched: searched ?? null, more: true, why };
}

/**
 * When a value in the state of a process changed last, from what to what, and what led to it.
 * @throws ElixirScopeError `BAD_TERM_PATTERN`, `QUERY_NO_SUCH_PROCESS`
 */
export async function lastChange(sources: TimeTravelSources, input: ChangeInput): Promise<ChangeAnswer> {
  const pids = sources.names.resolveAll(input.process);
  const expression = compileExpression(input.path);
  const bound = await boundOf(sources, { ...input, direction: "backward" });
  let later: { readonly event: StoredEvent; readonly text: string | null } | undefined;
  let change:
    | { readonly event: StoredEvent; readonly before: string | null; readonly after: string | null }
    | undefined;
  let known = false;
  const found = await walk(sources, { ...bound, kinds: ["state"], pids }, "", (event) => {
    const term = decoded(event);
    const value = term === undefined ? undefined : expression.value(term);
    const text = value === undefined ? null : inspect(value, { maxLength: VALUE_LENGTH });
    known ||= text !== null;
    const after = later;
    later = { event, text };
    if (!after || after.event.pid !== event.pid || after.text === text) return undefined;
    change = { event: after.event, before: text, after: after.text };
    return after.event;
  });
  // Nothing else before the first version: it came with that one.
  if (!change && !found.more && later && later.text !== null)
    change = { event: later.event, before: null, after: later.text };
  if (!change) {
    const why = found.more
      ? "It did not change in the states searched; go on before them."
      : known
        ? "It did not change in this part of the record."
        : "It is in no state of this process: look at the names (elixirscope states), or its states are not recorded.";
    return {
      state: null,
      before: null,
      after: null,
      chain: [],
      searched: found.searched,
      more: found.more,
      why,
    };
  }
  const state = await sources.state(change.event.id);
  return {
    state,
    before: change.before,
    after: change.after,
    chain: state ? await causeChain(sources, change.event, state) : [],
    searched: found.searched,
    more: found.more,
    why: "",
  };
}

function decoded({ payload }: StoredEvent): Term | undefined {
  try {
    return decodeTerm(payload, 0).term;
  } catch {
    return undefined;
  }
}
