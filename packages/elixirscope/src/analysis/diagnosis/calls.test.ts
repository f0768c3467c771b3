import { expect, it } from "vitest";
import { blockingCall, callTimeout, deadlock, selfCall } from "./calls.ts";
import { call, crashOf, facts, named } from "./testing-facts.ts";

it("finds a circle of calls, whoever is asked first", () => {
  const calls = [
    call(1, ["Customer", "Accounts", ":transfer"], 1),
    call(4, ["Accounts", "Ledger", ":record"], 1.1),
    call(7, ["Ledger", "Accounts", ":balance"], 1.2),
  ];
  const [found, ...others] = deadlock.detect(facts({ calls }));
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    verdict: "warn",
    summary:
      "Deadlock: Accounts called Ledger (:record), and before it had an answer Ledger called Accounts (:balance). None of them can answer while it waits: Accounts → Ledger → Accounts.",
    evidence: [4, 7],
  });
  expect(found!.processes.map(({ label }) => label)).toEqual(["Accounts", "Ledger"]);
});

it("finds a circle that a start closes: who starts a process waits until its init is over", () => {
  const calls = [
    call(1, ["Desk", "Rooms", ":start_child"], 1, { took: 2.1 }),
    call(4, ["Room", "Desk", ":rules"], 1.1, { gaveUp: 2 }),
  ];
  const start = { by: named("Rooms"), t: 1.05e9, id: 3 };
  const found = (at: number) =>
    deadlock.detect(
      facts({ calls, startOf: ({ label }) => (label === "Room" ? { ...start, t: at } : undefined) }),
    );
  expect(found(1.05e9)).toMatchObject([
    {
      verdict: "warn",
      summary:
        "Deadlock: Room called Desk (:rules), and before it had an answer Desk called Rooms (:start_child), and Rooms waits until Room has started. None of them can answer while it waits: Room → Desk → Rooms → Room.",
      evidence: [4, 1, 5, 2, 3],
      todo: expect.stringContaining("handle_continue"),
    },
  ]);
  // It had been started before: nobody waits for that.
  expect(found(0.5e9)).toEqual([]);
});

it("sees no circle where one call is over before the other begins", () => {
  const calls = [
    call(1, ["A", "B", ":one"], 1, { took: 0.1 }),
    call(4, ["B", "A", ":two"], 2, { took: 0.1 }),
    call(7, ["A", "B", ":three"], 3),
  ];
  expect(deadlock.detect(facts({ calls }))).toEqual([]);
});

it("follows a call that was given up to whom its callee waited for", () => {
  const calls = [
    call(1, ["Till", "Cart", ":sum"], 1, { gaveUp: 0.7 }),
    call(4, ["Cart", "Prices", '{:price, "pear"}'], 1.01, { took: 1.5 }),
  ];
  const crashes = [crashOf(17, "Till", "{:timeout, {GenServer, :call, [Cart, :sum, 700]}}")];
  const sample = {
    id: 9,
    t: 1.5e9,
    mailbox: 0,
    memory: 0,
    reductions: 0,
    at: "Process.sleep/1",
    status: "waiting",
  };
  const sampleIn = ({ label }: { readonly label: string }) => (label === "Prices" ? sample : undefined);
  expect(callTimeout.detect(facts({ calls, crashes, sampleIn }))).toMatchObject([
    {
      verdict: "warn",
      summary:
        "Till called Cart (:sum) and gave up after 700 ms and crashed. It waited through Till → Cart → Prices: the one to look at is Prices. A sample of Prices then: in Process.sleep/1.",
      evidence: [1, 4, 17, 2, 9],
      processes: [named("Prices"), named("Till"), named("Cart")],
    },
  ]);
});

it("tells a timeout by its exit reason where no messages were recorded, and what that does not tell", () => {
  const crashes = [crashOf(3, "Till", "{:timeout, {GenServer, :call, [Cart, :sum, 700]}}")];
  expect(callTimeout.detect(facts({ crashes }))).toMatchObject([
    {
      summary: "Till crashed once, since its call to Cart was not answered in time.",
      confirm: expect.stringMatching(/messages/),
    },
  ]);
  const stillWaits = [call(1, ["Till", "Cart", ":sum"], 1)];
  expect(callTimeout.detect(facts({ calls: stillWaits }))).toEqual([]);
});

it("knows who called itself", () => {
  const crashes = [crashOf(3, "Words", "{:calling_self, {GenServer, :call, [Words, :total, 5000]}}")];
  expect(selfCall.detect(facts({ crashes }))).toMatchObject([
    { verdict: "warn", summary: "Words called itself from its own callback, and crashed once of it." },
  ]);
});

it("warns of a slow call where others wait behind it, else leaves open whether it may be", () => {
  const slow = call(1, ["Web", "Cart", ":sum"], 1, { took: 2 });
  const behind = ["A", "B"].map((who, i) => call(10 + 3 * i, [who, "Cart", ":sum"], 1.5, { took: 1.6 }));
  const at = (calls: readonly ReturnType<typeof call>[]) => blockingCall.detect(facts({ calls }));
  expect(at([slow, ...behind])).toMatchObject([
    { verdict: "warn", summary: expect.stringContaining("2 other processes called Cart and waited") },
  ]);
  expect(at([slow])).toMatchObject([{ verdict: "recheck" }]);
  expect(at([call(1, ["Web", "Cart", ":sum"], 1, { took: 0.5 })])).toEqual([]);
});

it("knows a call that its callee took in and forgot, by its callback or by others that it answered since", () => {
  const lost = {
    ...call(1, ["Sender", "Post", "{:deliver, :parcel}"], 1, { gaveUp: 0.4 }),
    takenAt: 1.001e9,
  };
  const turn = {
    id: 2,
    t: 1.001e9,
    process: named("Post"),
    callback: "handle_call/3",
    name: "deliver",
    durationNs: 1e5,
    changed: true,
    effects: 0,
  };
  expect(callTimeout.detect(facts({ calls: [lost], turns: [turn] }))).toMatchObject([
    {
      verdict: "warn",
      summary: expect.stringMatching(/took it in after 1 ms, and its callback was over 100 µs later/),
    },
  ]);
  const letter = call(7, ["Other", "Post", "{:deliver, :letter}"], 1.1, { took: 0.01 });
  expect(callTimeout.detect(facts({ calls: [lost, letter] }))).toMatchObject([
    { summary: expect.stringMatching(/went on to answer others \(1\), and not this one/) },
  ]);
  const waits = { ...lost, until: null, untilId: null };
  expect(callTimeout.detect(facts({ calls: [waits, letter] }))).toMatchObject([{ verdict: "recheck" }]);
});
