import { expect, it } from "vitest";
import type { MailboxFact, SpawnFact } from "./facts.ts";
import { mailboxGrowth, processLeak } from "./growth.ts";
import { facts, named } from "./testing-facts.ts";

const mailbox = (...lengths: readonly number[]): MailboxFact => ({
  process: named("Collector"),
  samples: lengths.map((length, i) => ({
    id: 10 + i,
    t: i * 1e9,
    mailbox: length,
    memory: 0,
    reductions: 0,
    at: "Process.sleep/1",
    status: "running",
  })),
  senders: [
    { who: named("Requests"), count: 900, id: 3 },
    { who: named("Other"), count: 5, id: 4 },
  ],
});

it("warns of a mailbox that grows, and says who fills it", () => {
  expect(mailboxGrowth.detect(facts({ mailboxes: [mailbox(0, 200, 400)] }))).toMatchObject([
    {
      verdict: "warn",
      summary:
        "The mailbox of Collector grew from 0 to 400 messages within 2.0 s: more came than it handled. Most came from Requests (900). It was in Process.sleep/1.",
      evidence: [10, 12, 3, 4],
    },
  ]);
});

it("leaves a burst open, and says nothing of few messages", () => {
  expect(mailboxGrowth.detect(facts({ mailboxes: [mailbox(0, 400, 0)] }))).toMatchObject([
    { verdict: "recheck" },
  ]);
  expect(mailboxGrowth.detect(facts({ mailboxes: [mailbox(300, 310, 305)] }))).toMatchObject([
    { verdict: "recheck" },
  ]);
  expect(mailboxGrowth.detect(facts({ mailboxes: [mailbox(0, 20, 80)] }))).toEqual([]);
});

const everyTenth = (from: number, to: number): SpawnFact["spawned"] =>
  Array.from({ length: Math.round((to - from) * 10) }, (_, i) => ({ id: i + 1, t: (from + i / 10) * 1e9 }));

it("warns of processes that come on and on and do nothing, not of a pool nor of those that end or work", () => {
  const spawns = (more: Partial<SpawnFact>): readonly SpawnFact[] => [
    {
      parent: named("Door"),
      what: "Visit.init/1",
      spawned: everyTenth(0, 10),
      ended: 0,
      receivedLately: 2,
      ...more,
    },
  ];
  const verdicts = (more: Partial<SpawnFact>): readonly string[] =>
    processLeak.detect(facts({ spawns: spawns(more) })).map(({ verdict }) => verdict);
  expect(verdicts({})).toEqual(["warn"]);
  expect(verdicts({ receivedLately: 500 })).toEqual(["recheck"]);
  expect(verdicts({ receivedLately: null })).toEqual(["recheck"]);
  expect(verdicts({ ended: 60 })).toEqual([]);
  expect(
    verdicts({ spawned: everyTenth(0, 1).concat(everyTenth(0, 9).map((one) => ({ ...one, t: 0 }))) }),
  ).toEqual([]);
});
