import type { Facts } from "./facts.ts";
import { cite, type Detector, type Finding, grouped, recheck, times, warn } from "./finding.ts";
import type { ClauseFact, SendFact, ServerFact } from "./more-facts.ts";
import { parts } from "./parts.ts";

const NAME = "message_swallowed";
const CALLBACK = { call: "handle_call", cast: "handle_cast", info: "handle_info" } as const;
/** What the runtime sends: to leave it to the last clause is usual. */
const USUAL = new Set([
  "DOWN",
  "EXIT",
  "nodeup",
  "nodedown",
  "timeout",
  "tcp_closed",
  "ssl_closed",
  "io_reply",
  "code_server",
]);

/** A callback begins so soon after a message at the latest, where nothing else is in its way. */
const SOON_NS = 50e6;
/** On a machine that stands still now and then. */
const LATE_NS = 2e9;
/** Results of tasks that are a habit. */
const FEWEST_RESULTS = 3;

/** Messages that only a clause for everything takes: `def handle_info(_, state)`. It hides what is spelled wrong. */
export const messageSwallowed: Detector = {
  name: NAME,
  looksFor: "messages that only a clause for everything takes",
  level: "messages",
  sees: ({ servers }) => servers.length > 0,
  detect: (facts) => facts.servers.flatMap((server) => swallowed(server, facts)),
};

function swallowed(server: ServerFact, facts: Facts): readonly Finding[] {
  const own = facts.sends.filter(({ to, name }) => to.handle === server.process.handle && name !== null);
  return [
    ...[...grouped(own, ({ type, name, arity }) => `${type} ${name} ${arity}`).values()].flatMap((group) =>
      onlyByAll(server, group),
    ),
    ...resultsThrownAway(server, facts),
  ];
}

/** What tasks came to, of which no callback makes anything: nobody awaits them either, since a callback got it. */
function resultsThrownAway({ process, clauses }: ServerFact, facts: Facts): readonly Finding[] {
  const results = facts.results.filter(({ to }) => to.handle === process.handle);
  const own = clauses.filter(({ callback }) => callback === "handle_info");
  const rest = own.find(({ takesAll }) => takesAll);
  const [first] = results;
  if (!first || !rest || own.some((one) => !one.takesAll && headOf(one.pattern) === undefined)) return [];
  const idle = facts.turns.filter(
    (one) => one.process.handle === process.handle && one.callback === "handle_info/2" && !one.changed,
  );
  // Of those that are awaited no callback is called. Both are in the order of time.
  let next = 0;
  const thrown = results.filter(({ t }) => {
    while (next < idle.length && idle[next]!.t < t) next++;
    const turn = idle[next];
    // No atom stands in front of a result: a turn of such a message may well be late.
    return turn !== undefined && turn.t - t <= (turn.name === "" ? LATE_NS : SOON_NS);
  });
  if (thrown.length < FEWEST_RESULTS || thrown.length < results.length / 2) return [];
  return [
    recheck(NAME, {
      processes: [process, first.from],
      t: first.t,
      until: thrown.at(-1)!.t,
      evidence: cite(...thrown.slice(0, 4).map(({ id }) => id)),
      summary: `${process.label} started tasks and got what they came to (${first.text}) ${times(thrown.length)}, and nobody awaits them: only the clause of its handle_info that takes everything (line ${rest.line}) took it, and nothing changed.`,
      confirm: "Whether it is meant to be ignored.",
      todo: "Take the result: Task.await/2, or a clause handle_info({ref, result}, state) that demonitors the ref. Where nobody wants it, start the task with Task.Supervisor.start_child/2.",
      score: 0.6,
    }),
  ];
}

function onlyByAll({ process, clauses }: ServerFact, group: readonly SendFact[]): readonly Finding[] {
  const [first] = group;
  if (!first || USUAL.has(first.name ?? "")) return [];
  const callback = CALLBACK[first.type];
  const own = clauses.filter((one) => one.callback === callback);
  const rest = own.find(({ takesAll }) => takesAll);
  if (!rest || own.some((one) => !one.takesAll && mayMatch(one, first))) return [];
  const near = nearest(
    first,
    clauses.filter((one) => !one.takesAll),
    callback,
  );
  const told = {
    processes: [process, first.from],
    t: first.t,
    until: group.at(-1)!.t,
    evidence: cite(...group.slice(0, 4).map(({ id }) => id)),
    summary: `${first.from.label} sent ${first.text} to ${process.label} ${times(group.length)}, and no clause of its ${callback} is for that but the one that takes everything (line ${rest.line}), which hides it.${near === undefined ? "" : ` There is a clause ${near.callback}(${near.pattern}, …) in line ${near.line}.`}`,
  };
  if (near)
    return [
      warn(NAME, {
        ...told,
        todo: `Make the message and the clause one: ${first.text} and ${near.pattern}${near.callback === callback ? "" : `, which ${near.callback} takes`}. And let the last clause log what it does not know.`,
        score: 0.86,
      }),
    ];
  return [
    recheck(NAME, {
      ...told,
      confirm: "Whether it is meant to be ignored.",
      todo: "Add a clause for it, or send it to whoever has one; let the last clause log what it does not know.",
      score: 0.36,
    }),
  ];
}

/** Could this clause be for such a message? In doubt yes. */
function mayMatch({ pattern }: ClauseFact, { name, arity }: SendFact): boolean {
  const head = headOf(pattern);
  if (head === undefined) return true;
  return head.name === name && head.arity === arity;
}

/** The atom in front and the number of elements; undefined for a pattern that is read by no simple rule. */
function headOf(pattern: string): { readonly name: string; readonly arity: number } | undefined {
  const plain = pattern
    .replace(/^\w+\s*=\s*/, "")
    .replace(/\s*=\s*[a-z_]\w*$/, "")
    .trim();
  const atom = /^:"?([\w?!@]+)"?$/.exec(plain);
  if (atom) return { name: atom[1]!, arity: 0 };
  const tuple = /^\{\s*:"?([\w?!@]+)"?\s*(?:,(.*))?\}$/s.exec(plain);
  return tuple ? { name: tuple[1]!, arity: 1 + parts(tuple[2] ?? "").length } : undefined;
}

/** A clause that was probably meant: of another callback, with other elements, or with a name that differs by a slip. */
function nearest(
  { name, arity }: SendFact,
  clauses: readonly ClauseFact[],
  callback: ClauseFact["callback"],
): ClauseFact | undefined {
  const heads = clauses.flatMap((clause) => {
    const head = headOf(clause.pattern);
    return head ? [{ clause, ...head }] : [];
  });
  const same = heads.filter((one) => one.name === name);
  const found =
    same.find((one) => one.clause.callback !== callback && one.arity === arity) ??
    same.find((one) => one.clause.callback === callback) ??
    heads.find(
      (one) => one.clause.callback === callback && one.arity === arity && isAlike(one.name, name ?? ""),
    );
  return found?.clause;
}

/** One is within the other, or they share all letters but a few. */
function isAlike(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < 4) return false;
  if (a.includes(b) || b.includes(a)) return true;
  const [x, y] = [a, b].map((word) => word.split("").toSorted().join(""));
  if (x === y) return true;
  return Math.abs(a.length - b.length) <= 1 && sharedLetters(x!, y!) >= Math.max(a.length, b.length) - 1;
}

function sharedLetters(a: string, b: string): number {
  const left = b.split("");
  let count = 0;
  for (const letter of a) {
    const at = left.indexOf(letter);
    if (at < 0) continue;
    left.splice(at, 1);
    count++;
  }
  return count;
}
