import { atom, encode, type Term, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import { NewestEvents } from "../analysis/index.ts";
import type { EventBatch } from "../model/index.ts";
import { createMemoryStore } from "../store/index.ts";
import { batchSequence, deltaOf, type EventSpec, processOf } from "../store/testing.ts";
import { Lookup } from "./lookup.ts";
import { MailboxQuery } from "./mailbox-query.ts";

const [CLIENT, SERVER] = [0, 1];
const [CAST, PUT] = [0, 1];
const HANDLE_CAST = 0;

const bytes = (term: Term): Uint8Array => encode(term).subarray(1);
const cast = (n: number): Pick<EventSpec, "tag" | "payload"> => ({
  tag: CAST,
  payload: bytes(tuple(atom("$gen_cast"), tuple(atom("put"), n))),
});
const sent = (n: number): EventSpec => ({ kind: "send", pid: CLIENT, peer: SERVER, ...cast(n) });
const handled = (n: number): readonly EventSpec[] => [
  sent(n),
  { kind: "receive", pid: SERVER, ...cast(n) },
  { kind: "dispatch", pid: SERVER, mfa: HANDLE_CAST, tag: PUT },
  { kind: "state", pid: SERVER, payload: bytes(n) },
];

/** The mailbox of the server after these events. */
async function mailboxAfter(events: readonly EventSpec[]): ReturnType<typeof read> {
  const store = createMemoryStore();
  const lookup = new Lookup();
  const delta = deltaOf({
    processes: [processOf(CLIENT), processOf(SERVER)],
    atoms: [
      { index: CAST, name: "$gen_cast" },
      { index: PUT, name: "put" },
      { index: 2, name: "Elixir.Server" },
      { index: 3, name: "handle_cast" },
    ],
    functions: [{ index: HANDLE_CAST, module: "Elixir.Server", function: "handle_cast", arity: 2 }],
  });
  lookup.add(delta);
  const newest = new NewestEvents();
  const batch: EventBatch = batchSequence()(events);
  newest.batch(batch);
  store.append(batch, delta);
  return read(new MailboxQuery(store, lookup), newest, events.length);
}

async function read(
  query: MailboxQuery,
  newest: NewestEvents,
  last: number,
): Promise<{ readonly length: number; readonly known: boolean }> {
  const found = (await query.at(BigInt(last) * 1_000n, last + 1, newest, [SERVER])).get(SERVER);
  if (found === undefined || found === "not_looked_at") return { length: 0, known: found === undefined };
  return { length: found.messages.length, known: found.known };
}

const range = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i);

it("is known where what the process did is cut, but its mailbox was seen to be empty since", async () => {
  const before = range(0, 700).flatMap(handled);
  expect(await mailboxAfter([...before, ...range(700, 3).map(sent)])).toEqual({ length: 3, known: true });
});

it("counts all that was sent since the last message was taken, however much it is", async () => {
  const before = range(0, 700).flatMap(handled);
  const waiting = range(700, 1_500).map(sent);
  expect(await mailboxAfter([...before, ...waiting])).toEqual({ length: 1_500, known: true });
});

it("is not known where more was sent than is read", async () => {
  const before = range(0, 10).flatMap(handled);
  const { length, known } = await mailboxAfter([...before, ...range(10, 20_500).map(sent)]);
  expect([length, known]).toEqual([20_000, false]);
});
