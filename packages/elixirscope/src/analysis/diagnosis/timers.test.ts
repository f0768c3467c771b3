import { expect, it } from "vitest";
import type { TimerFact } from "./facts.ts";
import { facts, named, send } from "./testing-facts.ts";
import { timerPileup, timerStopped } from "./timers.ts";

it("warns of timers that become more, not of as many as before", () => {
  const timers = (perSecond: (second: number) => number): readonly TimerFact[] => [
    {
      process: named("Poller"),
      message: ":poll",
      set: Array.from({ length: 8 }, (_, second) =>
        Array.from({ length: perSecond(second) }, (_unused, i) => ({
          id: second * 100 + i,
          t: second * 1e9,
        })),
      ).flat(),
      alive: true,
      lastMessage: null,
    },
  ];
  expect(timerPileup.detect(facts({ to: 8e9, timers: timers((second) => 1 + second * 3) }))).toMatchObject([
    {
      verdict: "warn",
      summary: expect.stringMatching(/^Poller set timers for :poll more and more often: 5, 17, 29 and 41/),
    },
  ]);
  expect(timerPileup.detect(facts({ to: 8e9, timers: timers(() => 10) }))).toEqual([]);
  expect(timerPileup.detect(facts({ to: 8e9, timers: timers((second) => (second > 6 ? 1 : 0)) }))).toEqual(
    [],
  );
});

it("warns of intervals that are started beside each other", () => {
  const sends = Array.from({ length: 8 }, (_, second) =>
    Array.from({ length: 1 + 3 * second }, (_unused, i) =>
      send(second * 100 + i, [":timer_server", "Poller", ":poll"], second),
    ),
  ).flat();
  expect(timerPileup.detect(facts({ to: 8e9, sends }))).toMatchObject([
    { verdict: "warn", summary: expect.stringMatching(/^Poller got :poll from intervals of :timer more/) },
  ]);
});

it("sees a timer that was set in a rhythm and is not any more, while its process lives", () => {
  const timer = (more: Partial<TimerFact>): TimerFact => ({
    process: named("Backup"),
    message: ":run",
    set: [1, 1.2, 1.4, 1.6, 1.8].map((second, i) => ({ id: i + 1, t: second * 1e9 })),
    alive: true,
    lastMessage: { id: 9, text: ":run", sender: null, sendId: null },
    ...more,
  });
  const found = (more: Partial<TimerFact>, to = 10e9) =>
    timerStopped.detect(facts({ to, timers: [timer(more)] }));
  expect(found({})).toMatchObject([
    {
      verdict: "recheck",
      summary:
        "Backup set a timer for :run every 200 ms (5 times), and none for the last 8.2 s, while it lives on: nothing wakes it any more. What it took in last is :run.",
      evidence: [1, 5, 9],
    },
  ]);
  expect(found({ alive: false })).toEqual([]);
  expect(found({}, 2.5e9)).toEqual([]);
  const irregular = [1, 1.05, 2.9, 3, 5].map((second, i) => ({ id: i, t: second * 1e9 }));
  expect(found({ set: irregular })).toEqual([]);
});
