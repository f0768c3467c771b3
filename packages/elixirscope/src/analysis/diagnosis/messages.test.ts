import { expect, it } from "vitest";
import type { LostSendFact } from "./facts.ts";
import { messageUnhandled, sentToNobody } from "./messages.ts";
import { facts, named } from "./testing-facts.ts";

const lost = (id: number, more: Partial<LostSendFact>): LostSendFact => ({
  id,
  t: id * 1e9,
  from: named("Desk"),
  message: "{:note, 1}",
  name: null,
  wasHeld: false,
  nearestName: null,
  to: null,
  endedAt: null,
  endId: null,
  successor: null,
  ...more,
});

it("tells messages that only the default callback took, with who sent them", () => {
  const received = { id: 3, text: "{:reading, 12}", sender: named("Sensor"), sendId: 2 };
  const one = { t: 4e9, process: named("Display"), callback: "handle_info/2" };
  const unhandled = [
    { ...one, id: 4, message: "{:reading, 12}", received },
    { ...one, id: 6, message: "{:reading, 13}", received: null },
  ];
  expect(messageUnhandled.detect(facts({ unhandled }))).toMatchObject([
    {
      verdict: "warn",
      summary:
        "Display has no clause of handle_info/2 for {:reading, 12}, which came twice: it was logged and ignored. Sensor sent it.",
      evidence: [4, 6, 3, 2],
    },
  ]);
});

it("tells a name that nobody ever had from one that was away for a while", () => {
  const slip = { name: "Orders.Adit", nearestName: "Orders.Audit" };
  const [found] = sentToNobody.detect(facts({ lostSends: [lost(1, slip), lost(2, slip)] }));
  expect(found).toMatchObject({ verdict: "warn", evidence: [1, 2] });
  expect(found!.summary).toBe(
    "Desk sent {:note, 1} to Orders.Adit twice, and nobody had that name: it is lost without an error. There is a Orders.Audit.",
  );
  const away = [lost(1, { name: "Orders.Audit", wasHeld: true })];
  expect(sentToNobody.detect(facts({ lostSends: away }))).toMatchObject([{ verdict: "recheck" }]);
});

it("tells a pid that is kept from a race with its end", () => {
  const dead = { to: named("Printer"), endedAt: 1e9, endId: 9 };
  const kept = [2, 3, 4].map((id) => lost(id, { ...dead, successor: { handle: "p-7", label: "Printer" } }));
  expect(sentToNobody.detect(facts({ lostSends: kept }))).toMatchObject([
    {
      verdict: "warn",
      summary: expect.stringContaining("Printer runs as p-7 since then: Desk still has the pid of before."),
      evidence: [9, 2, 3, 4],
    },
  ]);
  const race = [2, 3, 4].map((id) => ({ ...lost(id, dead), t: 1e9 + id * 1e6 }));
  expect(sentToNobody.detect(facts({ lostSends: race }))).toEqual([]);
  expect(sentToNobody.detect(facts({ lostSends: kept.slice(0, 2) }))).toEqual([]);
});
