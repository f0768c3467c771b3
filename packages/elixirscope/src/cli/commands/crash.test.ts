import picocolors from "picocolors";
import { expect, it } from "vitest";
import type { CrashAnswer, EventRow, ProcessRef } from "../../protocol/index.ts";
import { crashLines } from "./crash.ts";

const process = (label: string, id: number): ProcessRef => ({
  handle: `p-${id}`,
  pid: `#PID<0.${id}.0>`,
  label,
  name: null,
});
const cart = process("Shop.Cart", 7);
const row = (kind: EventRow["kind"], summary: string): EventRow => ({
  id: 1,
  t: 0,
  at: "2030-01-31T12:00:00.000001Z",
  node: 0,
  kind,
  process: cart,
  peer: null,
  mfa: null,
  tag: null,
  summary,
});
const term = (text: string) => ({ text, bytes: 1, truncated: false });

const answer: CrashAnswer = {
  process: {
    ...cart,
    names: [],
    alive: false,
    initialCall: "",
    currentFunction: "",
    application: null,
    memory: null,
    mailbox: null,
    reductions: null,
    status: null,
    spawnedAt: null,
    exitedAt: 0,
    exitReason: null,
  },
  exit: row("exit", ":boom"),
  reason: term("{:boom, []}"),
  supervision: {
    supervisor: process("Shop.Sup", 3),
    childId: ":cart",
    spec: {
      restart: "permanent",
      shutdown: 5000,
      modules: ["Shop.Cart"],
      significant: false,
      start: "Shop.Cart.start_link/1",
    },
    reaction: "restarted",
    successor: process("Shop.Cart", 9),
    afterNs: 1_200_000,
  },
  received: [row("receive", "{:add, 1}"), row("receive", ":boom")],
  sent: [],
  lastMessage: row("receive", ":boom"),
  state: {
    id: 1,
    t: 0,
    at: "",
    flow: null,
    module: null,
    function: null,
    state: term("%{n: 1}"),
    extent: "whole",
    callback: null,
    occasion: "",
    cause: null,
    causeCertain: true,
    durationNs: null,
    durationExact: false,
    waitedNs: null,
    postponed: false,
    reason: null,
    changed: null,
    diff: null,
  },
  logs: [
    {
      event: row("log", "x"),
      level: "error",
      text: "GenServer terminating\nboom",
      mfa: null,
      file: null,
      line: null,
      domain: [],
    },
  ],
  alsoEnded: [process("Shop.Peer", 8)],
  note: "",
};
const out = { columns: 90, color: picocolors.createColors(false) };
const text = (some: Partial<CrashAnswer> = {}): string =>
  crashLines({ ...answer, ...some }, out)
    .join("\n")
    .replaceAll(/\d\d:\d\d:\d\d\.\d+/g, "TIME");

it("reads from top to bottom: what happened, and what came of it", () => {
  expect(
    text()
      .split("\n")
      .map((line) => line.trimEnd()),
  ).toEqual([
    "Shop.Cart  #PID<0.7.0>  ended TIME",
    "  {:boom, []}",
    "",
    "Supervisor",
    "  Shop.Sup: restarted as <0.9.0> after 1.2 ms (id :cart, permanent)",
    "",
    "Working on",
    expect.stringMatching(/^ {2}TIME {2}receive .*Shop\.Cart .*:boom$/),
    "",
    "Last state",
    "  %{n: 1}",
    "",
    "Received last",
    expect.stringContaining("{:add, 1}"),
    expect.stringContaining(":boom"),
    "",
    "Logged error TIME",
    "  GenServer terminating",
    "  boom",
    "",
    "Ended with it  Shop.Peer",
  ]);
});

it("says what a supervisor did not do, and what was not recorded", () => {
  const supervision = { ...answer.supervision!, successor: null, afterNs: null, spec: null, childId: null };
  expect(text({ supervision: { ...supervision, reaction: "not_restarted" } })).toContain(
    "Shop.Sup: not restarted\n",
  );
  expect(text({ supervision: { ...supervision, reaction: "gave_up" } })).toContain(
    "its supervisor ended too",
  );
  const bare = text({
    supervision: null,
    received: [],
    lastMessage: null,
    state: null,
    logs: [],
    alsoEnded: [],
    note: "Not recorded.",
  });
  expect(bare.split("\n")).toEqual([
    "Shop.Cart  #PID<0.7.0>  ended TIME",
    "  {:boom, []}",
    "",
    "Not recorded.",
  ]);
});
