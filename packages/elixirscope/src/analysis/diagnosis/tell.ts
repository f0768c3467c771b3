import type { Facts } from "./facts.ts";
import { cite, duration, grouped, shapeOf, times } from "./finding.ts";
import type { SendFact } from "./more-facts.ts";
import { type Question, wordsIn } from "./question.ts";

/** A sentence of an answer, with the events that it follows from. */
export interface Told {
  readonly text: string;
  readonly evidence: readonly number[];
}

const MOST = 3;
/** Words of what is asked for, where nothing need be wrong. */
const SENDERS = /\bwho (?:sends?|sent|calls?|called|asks?|casts?)\b|\bwhere does .* come from\b/;
const MEMORY = /\b(?:which|what|who)\b.*\b(?:memory|heap|ram|large\w*|biggest)\b/;
const MAILBOX = /\b(?:which|what|who|whose)\b.*\b(?:mailbox\w*|queue\w*)\b/;
const WORK = /\b(?:which|what|who)\b.*\b(?:cpu|busy|busiest|processor\w*|most work|reductions)\b/;
const SLOW = /\b(?:slow\w*|long|fast|latency|duration)\b/;
const HAPPENED = /\bwhat (?:happened|happens|was (?:going on|happening)|is going on)\b/;

/** What the record says to a question about who, what and how much, whether or not anything is wrong. */
export function tell(text: string, question: Question, facts: Facts): readonly Told[] {
  const plain = text.toLowerCase();
  if (SENDERS.test(plain)) return senders(question, facts);
  if (MEMORY.test(plain)) return largest(facts);
  if (MAILBOX.test(plain)) return fullest(facts);
  if (WORK.test(plain)) return busiest(facts);
  const requests = SLOW.test(plain) ? requestsNamed(question, facts) : [];
  if (requests.length > 0) return requests;
  return HAPPENED.test(plain) ? happened(facts) : [];
}

function senders({ words, names }: Question, { sends }: Facts): readonly Told[] {
  const isMeant = ({ name, text }: SendFact): boolean =>
    (name !== null && (words.has(name) || wordsIn(name).some((word) => words.has(word)))) ||
    names.some((one) => text.includes(one));
  const groups = [
    ...grouped(
      sends.filter(isMeant),
      ({ from, to, text }) => `${from.label} ${to.label} ${shapeOf(text)}`,
    ).values(),
  ];
  return groups
    .toSorted((a, b) => b.length - a.length)
    .slice(0, MOST)
    .map((group) => {
      const { from, to, text, type } = group[0]!;
      const how = { call: "called", cast: "cast to", info: "sent to" }[type];
      return {
        text: `${from.label} ${how} ${to.label} ${text}, and the like, ${times(group.length)}.`,
        evidence: cite(...group.slice(0, 3).map(({ id }) => id)),
      };
    });
}

function largest({ sizes }: Facts): readonly Told[] {
  const heaps = sizes.filter(({ of, points }) => of === "memory" && points.length > 0);
  return heaps
    .toSorted((a, b) => b.points.at(-1)!.value - a.points.at(-1)!.value)
    .slice(0, MOST)
    .map(({ process, points }) => ({
      text: `${process.label} had ${kilobytes(points.at(-1)!.value)} when it was looked at last, ${kilobytes(points[0]!.value)} at first.`,
      evidence: cite(points.at(-1)!.id, points[0]!.id),
    }));
}

function fullest({ mailboxes }: Facts): readonly Told[] {
  return mailboxes.slice(0, MOST).map(({ process, samples }) => ({
    text: `${process.label} had ${samples.at(-1)!.mailbox} messages waiting at the end.`,
    evidence: cite(samples.at(-1)!.id),
  }));
}

function busiest({ busy }: Facts): readonly Told[] {
  return busy.slice(0, MOST).map(({ process, share, id }) => ({
    text: `${process.label} did ${Math.round(share * 100)} % of all work (reductions).`,
    evidence: [id],
  }));
}

function requestsNamed({ names }: Question, { requests }: Facts): readonly Told[] {
  const meant = requests.filter(
    ({ what, durationNs }) =>
      durationNs !== null && names.some((name) => name.startsWith("/") && what.includes(name)),
  );
  return [...grouped(meant, ({ what }) => what).values()].slice(0, MOST).map((group) => {
    const worst = group.reduce((most, one) => (one.durationNs! > most.durationNs! ? one : most));
    const part = worst.slowest
      ? ` Of that ${duration(worst.slowest.durationNs)} went into ${worst.slowest.what}.`
      : "";
    return {
      text: `${worst.what} came ${times(group.length)} and took ${duration(worst.durationNs!)} at most.${part}`,
      evidence: cite(worst.id, worst.slowest?.id),
    };
  });
}

/** The most frequent messages, requests and what users did. */
function happened({ sends, requests, userEvents }: Facts): readonly Told[] {
  const messages = [...grouped(sends, ({ from, to, name }) => `${from.label} ${to.label} ${name}`).values()]
    .toSorted((a, b) => b.length - a.length)
    .slice(0, MOST)
    .map((group) => ({
      text: `${group[0]!.from.label} sent ${group[0]!.text} and the like to ${group[0]!.to.label} ${times(group.length)}.`,
      evidence: cite(group[0]!.id, group.at(-1)!.id),
    }));
  const asked = requests.slice(-MOST).map(({ what, status, id }) => ({
    text: `${what} was answered with ${status ?? "no status"}.`,
    evidence: [id],
  }));
  const done = userEvents.slice(-MOST).map(({ view, name, id }) => ({
    text: `${view} got the event ${JSON.stringify(name)}.`,
    evidence: [id],
  }));
  return [...done, ...asked, ...messages];
}

const kilobytes = (n: number): string =>
  n < 1e6 ? `${Math.round(n / 1e3)} kB` : `${(n / 1e6).toFixed(1)} MB`;

/** The facts of a stretch of time. */
export function within(facts: Facts, from: number, to: number): Facts {
  const isIn = ({ t }: { readonly t: number }): boolean => t >= from && t <= to;
  return {
    ...facts,
    sends: facts.sends.filter(isIn),
    requests: facts.requests.filter(isIn),
    userEvents: facts.userEvents.filter(isIn),
  };
}
