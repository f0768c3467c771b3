import { describe, expect, it } from "vitest";
import { warn } from "./finding.ts";
import { questionOf } from "./question.ts";
import { namedBy, relevance, type Subject } from "./relevance.ts";
import { named } from "./testing-facts.ts";

describe("a question", () => {
  it("says what the user did", () => {
    const actions = [
      "Why didn't the counter update when I clicked increment?",
      'Why did nothing happen after I pressed the "save-all" button?',
      "What happens when I submit the form?",
      "Why is it slow?",
    ].map((text) => questionOf(text).action);
    expect(actions).toEqual(["increment", "save-all", "form", null]);
  });

  it("says whom it is about, by names and by words", () => {
    const { names, words } = questionOf(
      "Why does Shop.Cart hang in handle_call when GET /orders asks :kernel_sup or p-12?",
    );
    expect(names).toEqual(["Shop.Cart", ":kernel_sup", "/orders", "handle_call", "p-12"]);
    expect([...words]).toEqual(expect.arrayContaining(["shop", "cart", "order"]));
    expect(namedBy(named("Shop.Cart"), questionOf("Why does Shop.Cart hang?"))).toBe(2);
    expect(namedBy(named("Shop.CounterView"), questionOf("Why do the counters not change?"))).toBe(1);
    expect(namedBy(named("Shop.Cart"), questionOf("Why is the shop slow?"))).toBe(0);
  });

  it.each([
    ["Why do transfers hang?", "deadlock"],
    ["Why does the page not update?", "broadcast_unheard"],
    ["Why is the total wrong?", "lost_update"],
    ["Why does memory keep growing?", "mailbox_growth"],
    ["Why does the worker keep restarting?", "restart_loop"],
    ["Why is every message handled twice?", "duplicate_subscription"],
    ["Why are orders so slow?", "repeated_queries"],
    ["Why did the job fail?", "job_failed"],
  ])("%s: asks for %s", (text, detector) => {
    expect([...questionOf(text).symptoms]).toContain(detector);
  });

  it.each([
    ["Why did it crash after 14:03?", { type: "clock", from: 50_580, to: null }],
    ["What failed before 9:00:30?", { type: "clock", from: null, to: 32_430 }],
    ["What failed at 14:03?", { type: "clock", from: 50_580, to: 50_640 }],
    ["What failed between 14:03 and 14:05?", { type: "clock", from: 50_580, to: 50_700 }],
    ["What failed in the last 30 seconds?", { type: "last", seconds: 30 }],
    ["What failed in the last 5 minutes?", { type: "last", seconds: 300 }],
    ["What failed?", null],
  ])("%s: says when", (text, when) => {
    expect(questionOf(text).when).toEqual(when);
  });
});

describe("relevance", () => {
  const finding = warn("crash", {
    summary: "Shop.Cart crashed once: no clause.",
    processes: [named("Shop.Cart")],
    t: 5e9,
    until: 6e9,
    evidence: [1],
    todo: "",
    score: 0.7,
  });
  const subject = (text: string, more: Partial<Subject> = {}): Subject => ({
    question: questionOf(text),
    handles: new Set(),
    namesakes: new Set(),
    known: new Set(),
    userEvents: [],
    involved: new Set(),
    from: Number.NEGATIVE_INFINITY,
    to: Number.POSITIVE_INFINITY,
    ...more,
  });

  it("is more of whom and what is asked for, and none at another time", () => {
    const asked = relevance(finding, subject("Why did the cart crash?"));
    expect(asked).toBeGreaterThan(relevance(finding, subject("Why did the desk crash?")));
    expect(asked).toBeGreaterThan(relevance(finding, subject("Why is the cart slow?")));
    expect(relevance(finding, subject("Why did the cart crash?", { from: 7e9 }))).toBe(0);
    expect(relevance(finding, subject("Why did the cart crash?", { to: 4e9 }))).toBe(0);
    const handles = new Set(["p-Shop.Cart"]);
    expect(relevance(finding, subject("Why did the cart crash?", { handles }))).toBeGreaterThan(asked);
  });

  it("is more of what a word of the question means, and less where it is about others", () => {
    const leak = warn("atom_growth", {
      ...finding,
      summary: "The node got 900 new atoms.",
      processes: [],
      score: 0.5,
    });
    expect(relevance(leak, subject("Why do the atoms grow?"))).toBeGreaterThan(
      relevance(leak, subject("Why does the memory grow?")),
    );
    const others = { handles: new Set(["p-Shop.Desk"]), known: new Set(["desk"]) };
    expect(relevance(finding, subject("Why did the desk crash?", others))).toBeLessThan(
      relevance(finding, subject("Why did it crash?")),
    );
    const [handle] = finding.processes.map((process) => process.handle);
    const another = { handles: new Set(["p-Depot.Clerk"]), known: new Set(["shop", "depot"]) };
    expect(
      relevance(
        finding,
        subject("Why did the shop of the depot crash?", { ...another, namesakes: new Set([handle!]) }),
      ),
    ).toBeLessThan(relevance(finding, subject("Why did the shop of the depot crash?", another)));
  });
});
