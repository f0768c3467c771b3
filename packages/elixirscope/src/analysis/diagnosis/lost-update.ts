import type { CallFact } from "./facts.ts";
import { cite, type Detector, type Finding, grouped, times, warn } from "./finding.ts";

const NAME = "lost_update";
/** Words of what is asked for, and of what is changed. */
const READS = /(?:^|[^a-z])(?:get|read|fetch|value|balance|count|state|current|lookup|find)/;
const WRITES = /(?:^|[^a-z])(?:set|put|write|update|store|save|replace|cas)/;
/** Between reading and writing, at most. */
const TOGETHER_NS = 5e9;

interface Turn {
  readonly read: CallFact;
  readonly write: CallFact;
}

/** Two callers that read the same value, and of which the later one writes over what the earlier one wrote. */
export const lostUpdate: Detector = {
  name: NAME,
  looksFor: "updates that were written over",
  level: "messages",
  sees: ({ calls }) => calls.length > 0,
  detect: (facts) =>
    [...grouped(facts.calls, ({ to }) => to.handle).values()].flatMap((calls) => overwritten(calls)),
};

function overwritten(calls: readonly CallFact[]): readonly Finding[] {
  const turns = turnsOf(calls);
  const pairs = turns.flatMap((first, i) =>
    turns.slice(i + 1, i + 20).flatMap((second) => (isLost(first, second) ? [[first, second] as const] : [])),
  );
  const [pair] = pairs;
  if (!pair) return [];
  const [a, b] = pair[0].write.t <= pair[1].write.t ? pair : [pair[1], pair[0]];
  const server = a.write.to;
  return [
    warn(NAME, {
      summary: `${a.write.from.label} and ${b.write.from.label} both read ${a.read.reply} from ${server.label} (${a.read.request}), then one wrote ${a.write.request} and the other ${b.write.request} over it: what the first one did is lost. It happened ${times(pairs.length)}.`,
      processes: [server, a.write.from, b.write.from],
      t: a.read.t,
      until: pairs.at(-1)![1].write.t,
      evidence: cite(a.read.id, b.read.id, a.write.id, b.write.id),
      todo: `Let ${server.label} do both at once: one call that reads and writes (Agent.get_and_update/2, or a handle_call that says what to add, not what it is then).`,
      score: 0.87,
    }),
  ];
}

/** A write right after a read, of each caller. */
function turnsOf(calls: readonly CallFact[]): readonly Turn[] {
  return [...grouped(calls, ({ from }) => from.handle).values()]
    .flatMap((own) =>
      own.flatMap((write, i): readonly Turn[] => {
        const read = own[i - 1];
        if (!read?.answered || !isRead(read) || !isWrite(write) || read.until === null) return [];
        return write.t - read.t <= TOGETHER_NS ? [{ read, write }] : [];
      }),
    )
    .toSorted((a, b) => a.read.t - b.read.t);
}

const isRead = ({ request, reply }: CallFact): boolean =>
  READS.test(request) && !WRITES.test(request) && reply !== null && reply !== ":ok";
const isWrite = ({ request }: CallFact): boolean => WRITES.test(request) && !/get_and_update/.test(request);

/** Both had read before either wrote, and read the same. */
function isLost(a: Turn, b: Turn): boolean {
  if (a.read.from.handle === b.read.from.handle || a.read.reply !== b.read.reply) return false;
  if (a.read.request !== b.read.request) return false;
  const firstWrite = Math.min(a.write.t, b.write.t);
  return a.read.until! <= firstWrite && b.read.until! <= firstWrite;
}
