import type { CallFact, Facts } from "./facts.ts";
import { cite, type Detector, type Finding, grouped, recheck, times, warn } from "./finding.ts";
import type { SendFact, TurnFact } from "./more-facts.ts";

const EFFECT = "no_effect";
const TWICE = "handled_twice";
const ORDER = "out_of_order";
/** Fewer show nothing. */
const TURNS = 3;
const PAIRS = 4;
const NUMBERED = 10;
/** Two of the same that come of one cause come so soon one after the other. */
const TOGETHER_NS = 20e6;
/** What overtakes, overtakes a few: what is that far off is no sequence. */
const FURTHEST = 12;
/** What asks for a change, by its name. */
const CHANGES =
  /^(?:set|put|add|inc|incr|increment|dec|decrement|update|delete|remove|push|pop|insert|toggle|open|close|enable|disable|store|save|write|append|register|join|leave|move|deposit|withdraw|book|reserve|cancel|mark|reset|clear|change|assign|track|apply|subscribe)(?:_|$)/;

/** Messages that were handled and left nothing behind: no other state, no message, no process, no timer. */
export const noEffect: Detector = {
  name: EFFECT,
  looksFor: "messages that were handled and changed nothing",
  level: "state",
  sees: ({ turns, calls }) => turns.length > 0 || calls.length > 0,
  detect: (facts) => {
    const turned = [
      ...grouped(
        facts.turns,
        ({ process, callback, name }) => `${process.handle} ${callback} ${name}`,
      ).values(),
    ].flatMap((group) => idle(group));
    const told = new Set(turned.map(({ processes }) => processes[0]!.handle));
    return [...turned, ...sameAnswers(facts).filter(({ processes }) => !told.has(processes[0]!.handle))];
  },
};

function idle(group: readonly TurnFact[]): readonly Finding[] {
  const { process, callback, name, t } = group[0]!;
  const asksForChange = callback.startsWith("handle_cast") || CHANGES.test(name);
  if (group.length < TURNS || name === "" || !asksForChange) return [];
  if (group.some(({ changed, effects }) => changed || effects > 0)) return [];
  return [
    recheck(EFFECT, {
      summary: `${process.label} handled ${name} ${times(group.length)} in ${callback}, and each time its state was the same afterwards, and it sent nothing and started nothing.`,
      processes: [process],
      t,
      until: group.at(-1)!.t,
      evidence: cite(...group.map(({ id }) => id)),
      confirm: "Whether it has an effect elsewhere (ETS, a file, a counter): such things are not recorded.",
      todo: `Look at what its ${callback} returns for ${name}: a new state that is made and not returned is lost ({:noreply, state} in place of the changed one).`,
      score: 0.58,
    }),
  ];
}

/** Where states were not recorded: who asks gets the same answer all the time, whatever is sent to change it. */
function sameAnswers({ calls, sends, turns }: Facts): readonly Finding[] {
  if (turns.length > 0) return [];
  const found: Finding[] = [];
  const answered = calls.filter(({ answered: is, reply }) => is && reply !== null && reply !== ":ok");
  for (const group of grouped(answered, ({ to, request }) => `${to.handle} ${request}`).values()) {
    const { to, request, reply, t } = group[0]!;
    if (group.length < TURNS || isChange(request) || group.some((one) => one.reply !== reply)) continue;
    const changes = sends.filter(
      (one) =>
        one.to.handle === to.handle &&
        one.t > t &&
        one.t < group.at(-1)!.t &&
        (one.type === "cast" || (one.type === "call" && isChange(one.text))),
    );
    const [change] = changes;
    if (!change || changes.length < TURNS || CHANGES.test(request.replace(/^[:{]+/, ""))) continue;
    found.push(constant(group, changes, change));
  }
  return found;
}

function constant(group: readonly CallFact[], changes: readonly SendFact[], change: SendFact): Finding {
  const { to, request, reply, t } = group[0]!;
  return recheck(EFFECT, {
    summary: `${to.label} answered ${request} ${times(group.length)} and always with ${reply}, although ${change.from.label} sent it ${change.text} and the like meanwhile (${times(changes.length)}).`,
    processes: [to, change.from],
    t,
    until: group.at(-1)!.t,
    evidence: cite(group[0]!.replyId, group.at(-1)!.replyId, ...changes.slice(0, 3).map(({ id }) => id)),
    confirm: "Level state shows whether its state changes at all.",
    todo: `Look at what the callback of ${change.text} returns: a new state that is made and not returned is lost.`,
    score: 0.42,
  });
}

const isChange = (request: string): boolean => CHANGES.test(request.replace(/^[:{]+/, ""));

/** Each message comes twice: two subscriptions, two handlers, a forward of what came by itself. */
export const handledTwice: Detector = {
  name: TWICE,
  looksFor: "messages that are sent twice",
  level: "messages",
  sees: ({ sends }) => sends.length > 0,
  detect: ({ sends }) =>
    [
      ...grouped(
        sends.filter(({ type, name }) => type !== "call" && name !== null),
        ({ from, to, name, type }) => `${from.handle} ${to.handle} ${type} ${name}`,
      ).values(),
    ].flatMap((group) => doubled(group)),
};

function doubled(group: readonly SendFact[]): readonly Finding[] {
  const pairs: (readonly [SendFact, SendFact])[] = [];
  for (let i = 0; i + 1 < group.length; i++) {
    const [one, next] = [group[i]!, group[i + 1]!];
    if (one.text !== next.text || next.t - one.t > TOGETHER_NS) continue;
    pairs.push([one, next]);
    i++;
  }
  const different = new Set(pairs.map(([{ text }]) => text)).size;
  // Always the same text says nothing: it may be meant each time.
  if (pairs.length < PAIRS || different < PAIRS - 1 || pairs.length * 2 < group.length * 0.9) return [];
  const [[one, next]] = [pairs[0]!];
  return [
    warn(TWICE, {
      summary: `${one.from.label} sent each message ${one.name} to ${one.to.label} twice, the second right after the first (${times(pairs.length)}, ${one.text} first): what it leads to happens twice.`,
      processes: [one.to, one.from],
      t: one.t,
      until: pairs.at(-1)![1].t,
      evidence: cite(one.id, next.id, ...pairs.slice(1, 4).flatMap(([a, b]) => [a.id, b.id])),
      todo: `Look for a second subscription or registration of ${one.to.label}, made for instance at each reconnect, or for a loop in ${one.from.label} over a list that has it twice.`,
      score: 0.84,
    }),
  ];
}

/** Numbered messages of several senders that overtake each other. */
export const outOfOrder: Detector = {
  name: ORDER,
  looksFor: "messages that overtake each other",
  level: "messages",
  sees: ({ sends }) => sends.length > 0,
  detect: ({ sends }) =>
    [
      ...grouped(
        sends.filter(({ name, numbers }) => name !== null && numbers.size > 0),
        ({ to, name, arity, type }) => `${to.handle} ${type} ${name} ${arity}`,
      ).values(),
    ].flatMap((group) => overtaken(group)),
};

function overtaken(group: readonly SendFact[]): readonly Finding[] {
  for (const place of group[0]!.numbers.keys()) {
    const found = overtakenAt(group, place);
    if (found) return [found];
  }
  return [];
}

function overtakenAt(group: readonly SendFact[], place: number): Finding | undefined {
  const numbered = group.flatMap((send) => {
    const value = send.numbers.get(place);
    return value === undefined ? [] : [{ send, value }];
  });
  if (numbered.length < NUMBERED || !isSequence(numbered.map(({ value }) => value))) return undefined;
  const pairs = numbered.flatMap((one, i) => {
    const next = numbered[i + 1];
    return next && next.value < one.value ? [[one, next] as const] : [];
  });
  // One sender's messages keep their order: two had to be at it.
  const raced = pairs.filter(([a, b]) => a.send.from.handle !== b.send.from.handle);
  const [pair] = raced;
  if (!pair || raced.length < pairs.length * 0.9) return undefined;
  const [a, b] = pair;
  const { to } = a.send;
  return recheck(ORDER, {
    summary: `${a.send.text} came to ${to.label} before ${b.send.text}, from another process: messages that are numbered overtook each other ${times(raced.length)} among ${numbered.length}. Who takes the newest that came as the newest that there is, goes back.`,
    processes: [to, ...new Map([a, b].map(({ send }) => [send.from.handle, send.from])).values()],
    t: a.send.t,
    until: raced.at(-1)![1].send.t,
    evidence: cite(...raced.slice(0, 4).flatMap(([one, next]) => [one.send.id, next.send.id])),
    confirm: `Whether ${to.label} minds the order: between two processes there is none.`,
    todo: `Let ${to.label} compare the numbers and pass over what is older than what it has, or let one process do the work in order (Task.async_stream keeps it).`,
    score: 0.6,
  });
}

/** All different, close to each other, and each nearly in its place. */
function isSequence(values: readonly number[]): boolean {
  const sorted = values.toSorted((a, b) => a - b);
  if (new Set(values).size < values.length) return false;
  if (sorted.at(-1)! - sorted[0]! > values.length * 3) return false;
  const placeOf = new Map(sorted.map((value, i) => [value, i]));
  return values.every((value, i) => Math.abs(placeOf.get(value)! - i) <= FURTHEST);
}
