import { Engine } from "elixirscope/engine";
import type { SnapshotRow } from "elixirscope/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { TELLER } from "../testkit/teller.ts";

// Snapshots against what the processes themselves wrote down, with the clock of their own node.

let node: ErlangNode;

beforeAll(async () => {
  node = await startErlangNode({ name: "truth_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(loading(TELLER));
});
afterAll(() => node.stop());

const TELLERS = 12;
const INSTANTS = 1_000;
const SEED = 20_260;

/** What a process wrote down as a callback began or ended: when, its state, and how many messages it had. */
interface Entry {
  readonly what: "enter" | "leave";
  /** Nanoseconds of the node's monotonic clock: before it looked at its mailbox, and after. */
  readonly before: bigint;
  readonly after: bigint;
  readonly state: string;
  readonly length: number;
}

/** Gives the same numbers each time. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

async function entriesOf(name: string): Promise<readonly Entry[]> {
  const text = JSON.parse(await node.eval(`teller:told(${name})`)) as string;
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [what, before, after, state, length] = line.split(" ");
      return {
        what: what as Entry["what"],
        before: BigInt(before!),
        after: BigInt(after!),
        state: state!,
        length: Number(length),
      };
    });
}

it(`tells states and mailboxes of ${INSTANTS} instants as the processes knew them, or that it does not know [travel.snapshot] [travel.truth]`, async () => {
  const engine = await Engine.start({ version: "0.0.0" });
  try {
    await node.eval(`teller:start(${TELLERS})`);
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
    const offset = BigInt(await node.eval("erlang:time_offset(nanosecond)"));
    await node.eval(`teller:load(${TELLERS}, 250)`);
    await engine.call("detach", {});
    const status = await engine.call("status", {});
    const [first] = (await engine.call("events", { order: "oldest_first", limit: 1 })).rows;
    // A whole millisecond; `at` has microseconds.
    const millis = Math.round(Date.parse(first!.at) + Number(first!.at.slice(23, 26)) / 1e3 - first!.t / 1e6);
    const origin = BigInt(millis) * 1_000_000n;
    const t = (at: bigint): number => Number(at + offset - origin);
    const random = randomSource(SEED);
    const books = new Map<string, readonly Entry[]>();
    for (let i = 1; i <= TELLERS; i++) books.set(`teller_${i}`, await entriesOf(`teller_${i}`));
    const entries = [...books.values()].reduce((sum, { length }) => sum + length, 0);
    const wrong: string[] = [];
    const count = { instants: 0, states: 0, unknownStates: 0, mailboxes: 0, unknownMailboxes: 0, full: 0 };
    const rowAt = async (name: string, at: bigint): Promise<SnapshotRow> => {
      count.instants++;
      return (await engine.call("snapshotAt", { t: t(at), process: name })).rows[0]!;
    };
    const compareState = async (name: string, book: readonly Entry[], place: number): Promise<void> => {
      const [entry, next] = [book[place]!, book[place + 1]!];
      const instant = entry.after + BigInt(random(Math.max(1, Number(next.before - entry.after))));
      // The tellers were there before the record was.
      if (t(instant) <= 0) return;
      const row = await rowAt(name, instant);
      count.states++;
      if (row.state === null) {
        count.unknownStates++;
        return;
      }
      // In a callback it has the state that it was called with; at its very end the new one is on its way.
      const began = row.callback === null ? undefined : row.callback.t;
      const former = began === undefined ? entry : book.findLast((one) => t(one.before) < began);
      const expected = entry.what === "enter" ? entry.state : (former ?? entry).state;
      if (row.state.term.text !== expected)
        wrong.push(`${name} at ${t(instant)}: state ${row.state.term.text}, was ${expected}`);
    };
    const compareMailbox = async (name: string, { before, after, length }: Entry): Promise<void> => {
      if (t(before) <= 0) return;
      const [least, most] = [(await rowAt(name, before)).mailbox, (await rowAt(name, after)).mailbox];
      count.mailboxes++;
      if (length > 0) count.full++;
      if (least.length === null || most.length === null || least.length !== most.length)
        count.unknownMailboxes++;
      if (least.atLeast > length || (most.atMost ?? Number.POSITIVE_INFINITY) < length)
        wrong.push(`${name} at ${t(before)}: mailbox ${least.atLeast} to ${most.atMost}, was ${length}`);
    };
    while (count.instants < INSTANTS) {
      const name = `teller_${1 + random(TELLERS)}`;
      const book = books.get(name)!;
      const place = random(book.length - 1);
      if (random(2) === 1 && book[place]!.what === "enter") await compareMailbox(name, book[place]!);
      else await compareState(name, book, place);
    }
    console.info(`time travel against ${entries} entries: ${JSON.stringify(count)}`);
    expect(status.dropped).toBe(0);
    expect(wrong).toEqual([]);
    expect(count.full).toBeGreaterThan(count.mailboxes / 10);
    expect(count.unknownStates).toBeLessThan(count.states / 20);
    // Of what was sent in the last moment nobody knows whether it is there yet, and on a busy machine that is long.
    expect(count.unknownMailboxes).toBeLessThan(count.mailboxes / 2);
  } finally {
    await engine.stop();
  }
}, 600_000);
