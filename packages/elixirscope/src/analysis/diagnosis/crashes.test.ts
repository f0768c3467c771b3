import { expect, it } from "vitest";
import { crash, noEventHandler, restartLoop } from "./crashes.ts";
import { diagnose } from "./diagnose.ts";
import { crashOf, facts, named } from "./testing-facts.ts";

const RAISED =
  '{%ArgumentError{message: "no number", __exception__: true}, [{Importer, :rows, 0, [file: ~c"lib/importer.ex", line: 20]}]}';

it("tells of a crash what it worked on, who sent that, and what came of it; alike ones once", () => {
  const cause = { id: 5, text: ":load", sender: named("Clock"), sendId: 4 };
  const crashes = [
    crashOf(3, "Importer", RAISED),
    crashOf(7, "Importer", RAISED, { cause, logs: [8], reaction: "restarted" }),
  ];
  expect(crash.detect(facts({ crashes }))).toMatchObject([
    {
      verdict: "warn",
      summary:
        "Importer crashed twice: ArgumentError: no number, at Importer.rows/0 (lib/importer.ex:20). It was working on :load from Clock. Its supervisor started it again, with a new state.",
      evidence: [7, 5, 4, 8, 3],
    },
  ]);
});

it("knows of a name that nobody has which was probably meant", () => {
  const reason = (name: string) => `{:noproc, {GenServer, :call, [${name}, :put, 5000]}}`;
  const names = [
    { text: '{:via, Registry, {Depot.Shelves, "1"}}', who: named("Depot.Shelf") },
    { text: "Depot.Desk", who: named("Depot.Desk") },
  ];
  const told = (name: string) =>
    crash.detect(facts({ crashes: [crashOf(1, "Clerk", reason(name))], names }))[0]!;
  expect(told("{:via, Registry, {Depot.Shelves, 1}}")).toMatchObject({
    summary:
      'Clerk crashed once: it called {:via, Registry, {Depot.Shelves, 1}}, and no such process runs. Nobody ever had that name; {:via, Registry, {Depot.Shelves, "1"}} is the name of Depot.Shelf.',
  });
  expect(told("Depot.Dsek").summary).toContain("; Depot.Desk is the name of Depot.Desk.");
  // Its holder is not there any more, or no name is near.
  expect(told("Depot.Desk").summary).toMatch(/no such process runs\.$/);
  expect(told("Billing").summary).toMatch(/no such process runs\.$/);
});

it("knows of a table that went with its owner", () => {
  const reason =
    "{:badarg, [{:ets, :lookup, [:documents, 7], [error_info: %{cause: :id}]}, {Reader, :read, 1, []}]}";
  const lost = { name: ":documents", owner: named("Task"), seenId: 4, endedAt: 1e9, endId: 5 };
  const told = (endedAt: number) =>
    crash.detect(facts({ crashes: [crashOf(20, "Reader", reason)], lostTables: [{ ...lost, endedAt }] }))[0]!;
  expect(told(1e9)).toMatchObject({
    summary:
      "Reader crashed once: badarg in :ets.lookup(:documents, 7). There was an ETS table :documents, which belonged to Task: it went when that process ended, 1.0 s before.",
    evidence: [20, 4, 5],
  });
  expect(told(3e9).summary).not.toContain("There was");
});

it("leaves calls to those who look at calls, and plain processes that end with a result alone", () => {
  const crashes = [
    crashOf(1, "Till", "{:timeout, {GenServer, :call, [Prices, :sum, 5000]}}"),
    crashOf(2, "#PID<0.9.0>", "{#Reference<0.1.2.3>, :return, :ok}"),
    crashOf(3, "Printer", ":killed"),
  ];
  expect(crash.detect(facts({ crashes }))).toEqual([]);
});

it("tells a loop from crashes now and then, and does not tell its crashes again", () => {
  const supervisor = named("Importer.Supervisor");
  const often = [1, 2, 3, 4].map((id) =>
    crashOf(id, "Importer", RAISED, { supervisor, childId: "Importer" }),
  );
  expect(restartLoop.detect(facts({ crashes: often }))).toMatchObject([
    {
      verdict: "warn",
      summary: expect.stringMatching(/^Importer crashed 4 times within 300 ms: ArgumentError/),
    },
  ]);
  expect(diagnose(facts({ crashes: often })).findings.map(({ detector }) => detector)).toEqual([
    "restart_loop",
  ]);
  const seldom = often.map((one, i) => ({ ...one, t: i * 4e9 }));
  expect(restartLoop.detect(facts({ crashes: seldom }))).toEqual([]);
  const [last] = often;
  const gaveUp = [{ ...last!, reaction: "gave_up" as const }];
  expect(restartLoop.detect(facts({ crashes: gaveUp }))[0]?.summary).toContain("Importer.Supervisor gave up");
});

it("names the event that has no clause of handle_event", () => {
  const reason =
    '{:function_clause, [{ShopWeb.CartLive, :handle_event, ["incremnt", %{}, %{}], [file: ~c"lib/cart_live.ex", line: 5]}]}';
  const page = named("ShopWeb.CartLive");
  const event = { id: 3, t: 3e8, process: page, view: "ShopWeb.CartLive", name: "incremnt", flow: null };
  const userEvents = [{ ...event, failed: true, changed: null, pushes: [], infos: [], until: 4e8 }];
  const crashes = [crashOf(4, "ShopWeb.CartLive", reason)];
  expect(noEventHandler.detect(facts({ crashes, userEvents }))).toMatchObject([
    { verdict: "warn", summary: expect.stringContaining('The event was "incremnt".'), evidence: [3, 4] },
  ]);
  expect(crash.detect(facts({ crashes }))).toEqual([]);
});

it("tells of a crash that took others with it once, at its origin", () => {
  const reason = '{%RuntimeError{message: "no", __exception__: true}, []}';
  const crashes = [
    crashOf(1, "Task", reason, { t: 1e9 }),
    crashOf(2, "Owner", reason, { t: 1.001e9 }),
    crashOf(3, "Later", reason, { t: 3e9 }),
  ];
  expect(crash.detect(facts({ crashes })).map(({ summary }) => summary)).toEqual([
    "Task crashed once: RuntimeError: no. Owner ended with it, being linked to it.",
    "Later crashed once: RuntimeError: no.",
  ]);
});
