import { CallbackWalk, callShape, type EventNames, type Inside, isTimeout } from "../analysis/index.ts";
import type { CauseLink, EventRow, StateRow } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import { lookBack } from "./look-back.ts";
import { whyDoubted } from "./message-query.ts";
import { MessageWindow } from "./message-window.ts";
import type { TimeTravelSources } from "./time-travel-query.ts";

/** Links of a chain, events of a process that are looked at to know what it was at, and its last messages. */
const LINKS = 60;
const LOOK_BACK = 2_000;
const MESSAGES = 50;
/** Links that are taken for the cause for want of a better one; a guess upon guesses says nothing. */
const GUESSES = 2;

/**
 * What led to a state, backwards: the callback that left it, its message, who sent that in which callback, and so on to where
 * it began: an entry point of a flow, a timer, a process that acted on its own, or the end of what is known.
 */
export async function causeChain(
  sources: TimeTravelSources,
  event: StoredEvent,
  state: StateRow,
): Promise<readonly CauseLink[]> {
  const chain = new Chain(sources);
  await chain.from(event, state);
  return chain.links;
}

class Chain {
  readonly links: CauseLink[] = [];
  readonly #sources: TimeTravelSources;
  readonly #window: MessageWindow;
  #guesses = 0;

  constructor(sources: TimeTravelSources) {
    this.#sources = sources;
    this.#window = new MessageWindow(sources);
  }

  async from(event: StoredEvent, state: StateRow): Promise<void> {
    const occasion = state.occasion === "" ? "" : ` (${state.occasion})`;
    const summary = `${state.callback ?? state.function ?? "callback"}${occasion}`;
    this.#add("callback", event, summary, [state.id], state.cause === null || state.causeCertain, "");
    let next: StoredEvent | undefined;
    if (state.cause) next = await this.#message(state.cause, state.causeCertain);
    else if (state.occasion === "init") next = await this.#spawn(event);
    while (next && this.links.length < LINKS) next = await this.#doing(next);
  }

  #add(
    type: CauseLink["type"],
    event: StoredEvent,
    summary: string,
    events: readonly number[],
    certain: boolean,
    why: string,
  ): void {
    const { names, clock } = this.#sources;
    this.links.push({
      type,
      process: names.ref(event.pid),
      summary,
      events,
      t: clock.t(event.ts),
      at: clock.iso(event.ts),
      certain,
      why,
    });
  }

  /** @returns what was done to send it */
  async #message(cause: EventRow, certain: boolean): Promise<StoredEvent | undefined> {
    const [received] = await this.#sources.store.eventsByIds([cause.id]);
    const halves = received?.kind === "receive" ? await this.#window.halves(received) : undefined;
    if (halves?.send) {
      const { send } = halves;
      const why = whyDoubted(halves.certain);
      this.#add("message", send, cause.summary, [send.id, cause.id], certain && halves.certain, why);
      return send;
    }
    const found = await this.#sources.message(cause.id);
    const origin = found.timer ?? found.send;
    const ids = [...(origin ? [origin.id] : []), cause.id];
    const [sent] = origin ? await this.#sources.store.eventsByIds([origin.id]) : [];
    const type = found.timer ? "timer" : "message";
    this.#add(type, sent ?? received!, cause.summary, ids, certain && (found.certain || !sent), found.why);
    return sent;
  }

  /** What a process was at when it did something: an entry point, a callback, or another message that it had taken. */
  async #doing(event: StoredEvent): Promise<StoredEvent | undefined> {
    const { store, rows } = this.#sources;
    const current = await inCallback(this.#sources, event);
    const since = current?.dispatch.id ?? 0;
    const past = { pids: [event.pid], beforeId: event.id, order: "newest_first", limit: 1 } as const;
    const [entry] = await store.events({ ...past, kinds: ["flow_start", "flow_end"], afterId: since });
    if (entry?.kind === "flow_start") {
      this.#add("entry", entry, rows.row(entry).summary, [entry.id], true, "");
      return undefined;
    }
    if (current) {
      const { dispatch, cause, certain } = current;
      this.#add("callback", dispatch, rows.row(dispatch).mfa ?? "callback", [dispatch.id], true, "");
      return cause ? this.#message(rows.row(cause), certain) : this.#begun(dispatch);
    }
    const taken = await store.events({ ...past, kinds: ["receive"], limit: MESSAGES });
    const message = taken.find(({ payload }) => callShape(payload)?.type !== "reply" && !isTimeout(payload));
    if (!message) return this.#spawn(event);
    if (this.#guesses++ === GUESSES) {
      const why = `From here on it would be a guess upon guesses. What it took last before this was event ${message.id}: ask for that message to go on.`;
      this.#add("process", event, "no callback of OTP", [event.id, message.id], false, why);
      return undefined;
    }
    this.#add(
      "process",
      event,
      "no callback of OTP",
      [event.id],
      false,
      "What it took last before this, answers aside, is taken for the cause.",
    );
    return this.#message(rows.row(message), false);
  }

  /** A callback without a message: where it is the first one, whoever started the process is next. */
  #begun(dispatch: StoredEvent): Promise<StoredEvent | undefined> {
    const name = this.#sources.lookup.function(dispatch.mfa)?.function;
    return name === "init" ? this.#spawn(dispatch) : Promise.resolve(undefined);
  }

  async #spawn(event: StoredEvent): Promise<StoredEvent | undefined> {
    const { store, rows } = this.#sources;
    const first = { beforeId: event.id, order: "newest_first", limit: 1 } as const;
    const [spawn] = await store.events({ ...first, kinds: ["spawn"], peers: [event.pid] });
    if (!spawn) {
      const why = "Nothing before this is recorded: it acted on its own, or began before the record.";
      this.#add("process", event, "the beginning, as far as it is known", [event.id], false, why);
      return undefined;
    }
    this.#add("spawn", spawn, `spawned ${rows.row(spawn).summary}`, [spawn.id], true, "");
    return spawn;
  }
}

/** The callback that a process was in when it did something. */
async function inCallback(
  { store, lookup }: TimeTravelSources,
  event: StoredEvent,
): Promise<
  | { readonly dispatch: StoredEvent; readonly cause: StoredEvent | undefined; readonly certain: boolean }
  | undefined
> {
  const { pid, id } = event;
  const names: EventNames<StoredEvent> = {
    function: ({ mfa }) => lookup.function(mfa),
    tag: ({ tag }) => lookup.atomName(tag),
  };
  const insideAfter = (events: readonly StoredEvent[]): Inside<StoredEvent> | undefined => {
    const walk = new CallbackWalk(names, true);
    for (const one of events) walk.step(one);
    return walk.inside(pid);
  };
  const look = { pids: [pid], kinds: ["receive", "dispatch", "state"], beforeId: id } as const;
  const isStatem = (one: StoredEvent): boolean => names.function(one)?.module === "gen_statem";
  const own = await lookBack(store, look, LOOK_BACK, (events) => {
    const inside = insideAfter(events);
    return inside?.known === true && !events.some(isStatem);
  });
  return insideAfter(own)?.current;
}
