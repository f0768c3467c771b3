import { decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import { callShape, sameBytes, type TurnFact } from "../analysis/index.ts";
import { Pace, type StoredEvent } from "../store/index.ts";
import { type DiagnoseSources, who } from "./diagnose-sources.ts";

/** Newest events that are walked through. */
const EVENTS = 40_000;
/** Callbacks of a message; `init` and `terminate` stand at the ends. */
const OF_MESSAGES = /^(?:handle_call\/3|handle_cast\/2|handle_info\/2|handle_continue\/2)$/;
const SENDING: ReadonlySet<string> = new Set(["send", "send_to_dead"]);
const EFFECTS: ReadonlySet<string> = new Set([
  "spawn",
  "timer",
  "monitor",
  "log",
  "exit",
  "telemetry",
  "pubsub",
  "phoenix",
]);

interface Open {
  readonly dispatch: StoredEvent;
  readonly before: StoredEvent | undefined;
  effects: number;
}

/** The newest callbacks, each from its beginning to the state that it left, oldest first. From the level `state` on. */
export async function turnFacts(sources: DiagnoseSources): Promise<readonly TurnFact[]> {
  const { store } = sources;
  const counts = await store.countByKind({ kinds: ["dispatch"] });
  if ((counts.dispatch ?? 0) === 0) return [];
  const events = await store.events({
    kinds: [
      "dispatch",
      "state",
      "send",
      "send_to_dead",
      "spawn",
      "timer",
      "monitor",
      "log",
      "telemetry",
      "pubsub",
      "phoenix",
    ],
    order: "newest_first",
    limit: EVENTS,
  });
  const turns: TurnFact[] = [];
  const open = new Map<number, Open>();
  const states = new Map<number, StoredEvent>();
  const pace = new Pace();
  for (const event of events.toReversed()) {
    if (pace.isOver) await pace.rest();
    const { kind, pid } = event;
    const own = open.get(pid);
    if (kind === "dispatch") open.set(pid, { dispatch: event, before: states.get(pid), effects: 0 });
    else if (kind === "state") {
      if (own) turns.push(...turn(own, event, sources));
      open.delete(pid);
      states.set(pid, event);
    } else if (own && (SENDING.has(kind) ? !isAnswer(event) : EFFECTS.has(kind))) own.effects++;
  }
  return turns;
}

const isAnswer = ({ payload }: StoredEvent): boolean => callShape(payload)?.type === "reply";

function turn(
  { dispatch, before, effects }: Open,
  after: StoredEvent,
  sources: DiagnoseSources,
): readonly TurnFact[] {
  const { lookup, clock } = sources;
  const process = who(dispatch.pid, sources);
  const callback = lookup.function(dispatch.mfa);
  const name = callback ? `${callback.function}/${callback.arity}` : "";
  if (!process || !before || !OF_MESSAGES.test(name)) return [];
  return [
    {
      id: dispatch.id,
      t: clock.t(dispatch.ts),
      process,
      callback: name,
      name: lookup.atomName(dispatch.tag),
      durationNs: Number(after.ts - dispatch.ts),
      // What was cut shows its size alone.
      changed: isCut(before) || isCut(after) || !sameBytes(before.payload, after.payload),
      effects,
    },
  ];
}

function isCut({ payload }: StoredEvent): boolean {
  if (payload[0] !== 104 || payload[1] !== 3) return false;
  const term: Term = decodeTerm(payload, 0).term;
  const head = term instanceof Tuple ? term.elements[0] : undefined;
  return typeof head === "object" && "name" in head && head.name === "$elixirscope_cut";
}
