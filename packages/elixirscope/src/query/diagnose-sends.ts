import { Atom, decodeTerm, type Term, Tuple } from "@elixirscope/etf";
import { callShape, type LogFact, type SendFact } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import { Pace, type StoredEvent } from "../store/index.ts";
import { type DiagnoseSources, innerOf, who } from "./diagnose-sources.ts";
import { logPartsOf } from "./log-text.ts";

/** Newest messages that are read closely. */
const SENDS = 15_000;
/** Longer ones are left to other questions. */
const MOST_BYTES = 20_000;
const GIST = 120;
const LOGS = 500;
const SERIOUS: ReadonlySet<string> = new Set(["emergency", "alert", "critical", "error", "warning", "warn"]);

/** The newest messages between processes, oldest first; not answers, but what tasks came to by itself. */
export async function sendFacts(
  sources: DiagnoseSources,
): Promise<{ readonly sends: readonly SendFact[]; readonly results: readonly SendFact[] }> {
  const found = await sources.store.events({
    kinds: ["send"],
    maxBytes: MOST_BYTES,
    order: "newest_first",
    limit: SENDS,
  });
  const told = (await new Pace().map(found.toReversed(), (event) => sendFact(event, sources))).flat();
  const some = (isResult: boolean): readonly SendFact[] =>
    told.flatMap((one) => (one.isResult === isResult ? [one.fact] : []));
  return { sends: some(false), results: some(true) };
}

interface Told {
  readonly fact: SendFact;
  readonly isResult: boolean;
}

function sendFact(event: StoredEvent, sources: DiagnoseSources): readonly Told[] {
  const shape = callShape(event.payload)?.type;
  if (shape === "system") return [];
  const isResult = shape === "reply";
  const receiver = isResult ? starterOf(event, sources) : event.peer;
  const [from, to] = [who(event.pid, sources), who(receiver, sources)];
  if (!from || !to) return [];
  const message = innerOf(event);
  const elements = message instanceof Tuple ? message.elements : [];
  const head = message instanceof Tuple ? elements[0] : message;
  const fact: SendFact = {
    id: event.id,
    t: sources.clock.t(event.ts),
    from,
    to,
    type: shape === undefined || isResult ? "info" : shape,
    text: sources.lookup.inspect(message, GIST, event.node).text,
    name: head instanceof Atom ? head.name : null,
    arity: elements.length,
    numbers: wholeNumbers(elements),
  };
  return [{ fact, isResult }];
}

/**
 * Of what looks like an answer: who started its sender, if that is a task, which tells in this way what it came to (to an alias,
 * where Elixir is new). Servers answer whoever called them.
 */
function starterOf({ pid, peer }: StoredEvent, { table }: DiagnoseSources): number {
  const sender = table.processes.get(pid);
  if (!sender || sender.initialCall?.function === "init") return NONE;
  return peer === NONE || peer === sender.parent ? sender.parent : NONE;
}

const wholeNumbers = (elements: readonly Term[]): ReadonlyMap<number, number> =>
  new Map(
    elements.flatMap((element, i) =>
      typeof element === "number" && Number.isInteger(element) ? [[i, element] as const] : [],
    ),
  );

/** What the application logged as gone wrong, oldest first; not what OTP reports of crashes, which are told as such. */
export async function logFacts(sources: DiagnoseSources): Promise<readonly LogFact[]> {
  const { store, lookup, clock } = sources;
  const tags = [...SERIOUS].map((level) => lookup.atom(level)).filter((tag) => tag !== NONE);
  if (tags.length === 0) return [];
  const found = await store.events({ kinds: ["log"], tags, order: "newest_first", limit: LOGS });
  const facts = await new Pace().map(found.toReversed(), (event): readonly LogFact[] => {
    const process = who(event.pid, sources);
    const { text, domain, crashReason } = logPartsOf(decodeTerm(event.payload, 0).term, 1_000);
    const isReport =
      domain.includes("otp") ||
      crashReason !== undefined ||
      /^(?:GenServer|gen_server|gen_statem|Process|Task|State machine|Child|Supervisor) /.test(text);
    if (!process || isReport || text === "") return [];
    const level = lookup.atomName(event.tag);
    return [{ id: event.id, t: clock.t(event.ts), process, level, text: text.split("\n")[0]! }];
  });
  return facts.flat();
}
