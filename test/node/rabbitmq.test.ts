// A real broker that nobody here wrote, recorded under load, and held against what it says of itself.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { EventKind } from "elixirscope/model";
import type { TreeNode } from "elixirscope/protocol";
import { openDuckDbStore, type StoredEvent, type TraceStore } from "elixirscope/store";
import { type AgentStats, Dictionary, Session } from "elixirscope/tracer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BODY_PATTERN,
  openIdleConsumer,
  publishAndConsume,
  type RabbitLoad,
} from "../testkit/rabbit-load.ts";
import { type ChildRow, childRows } from "../testkit/rabbit-tree.ts";
import { type Rabbit, rabbitInstalled, startRabbit } from "../testkit/rabbitmq.ts";

const QUEUES = 4;
const MESSAGES = 1_000;
const IN_ORDER: readonly number[] = Array.from({ length: MESSAGES }, (_, i) => i);

let rabbit: Rabbit;
let folder: string;

beforeAll(async () => {
  if (!rabbitInstalled()) return;
  rabbit = await startRabbit();
  process.env.ERL_EPMD_PORT = String(rabbit.epmdPort);
  folder = mkdtempSync(join(tmpdir(), "elixirscope-rabbit-test-"));
});

afterAll(async () => {
  if (!rabbitInstalled()) return;
  await rabbit.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Traces every message of the broker while it does its work; the recording, and the agent's own accounts. */
async function recordLoad(file: string): Promise<{ load: RabbitLoad; stats: AgentStats | undefined }> {
  const store = await openDuckDbStore(file, { mode: "create" });
  const session = await Session.attach({
    node: rabbit.name,
    cookie: rabbit.cookie,
    epmdPort: rabbit.epmdPort,
    index: () => 0,
    dictionary: new Dictionary(),
    numbering: { batch: 0, id: 1 },
    sink: {
      backlog: () => store.backlog,
      batch: (batch, delta) => store.append(batch, delta),
      gap: (gap) => store.addGap(gap),
      source: () => undefined,
      stats: () => undefined,
      bye: () => undefined,
      flowsTaken: () => undefined,
      flowsOn: () => undefined,
    },
  });
  store.putNode(session.node);
  await session.trace({ level: "messages", patterns: [], processes: [] });
  const load = await publishAndConsume(rabbit, { queues: QUEUES, messages: MESSAGES });
  const stats = await session.detach();
  await store.close();
  return { load, stats };
}

/** One of our messages in an event. */
interface Seen {
  readonly ts: bigint;
  readonly pid: number;
  readonly peer: number;
  readonly queue: string;
  readonly sequence: number;
}

/** Our messages in the events of a kind, in the order of the record. */
async function seenIn(store: TraceStore, kind: EventKind): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  let afterId = 0;
  for (;;) {
    const page: readonly StoredEvent[] = await store.events({
      kinds: [kind],
      afterId,
      order: "oldest_first",
      limit: 10_000,
    });
    for (const { ts, pid, peer, payload } of page) {
      const text = Buffer.from(payload).toString("latin1");
      for (const [, queue, sequence] of text.matchAll(new RegExp(BODY_PATTERN, "g")))
        seen.push({ ts, pid, peer, queue: queue!, sequence: Number(sequence) });
    }
    const last = page.at(-1);
    if (!last) return seen;
    afterId = last.id;
  }
}

function groups(seen: readonly Seen[], key: (one: Seen) => string): ReadonlyMap<string, readonly Seen[]> {
  const found = new Map<string, Seen[]>();
  for (const one of seen) found.set(key(one), [...(found.get(key(one)) ?? []), one]);
  return found;
}

describe.skipIf(!rabbitInstalled())("every message of a broker under load", () => {
  let load: RabbitLoad;
  let stats: AgentStats | undefined;
  let store: TraceStore;
  let sent: readonly Seen[];
  let received: readonly Seen[];

  beforeAll(async () => {
    const file = join(folder, "messages.esrec");
    ({ load, stats } = await recordLoad(file));
    store = await openDuckDbStore(file, { mode: "read" });
    sent = await seenIn(store, "send");
    received = await seenIn(store, "receive");
  });
  afterAll(() => store.close());

  /** Connection → channel → queue → consumer's channel → its writer, for each queue. */
  const HOPS = 4 * QUEUES;

  /** In order, each once; what is missing must be among what was dropped and counted. */
  const expectComplete = (kind: EventKind, hops: readonly (readonly Seen[])[]): void => {
    for (const hop of hops) {
      const sequences = hop.map((one) => one.sequence);
      const seen = new Set(sequences);
      expect(sequences).toEqual(IN_ORDER.filter((sequence) => seen.has(sequence)));
    }
    const missing = HOPS * MESSAGES - hops.reduce((sum, hop) => sum + hop.length, 0);
    expect(missing).toBeGreaterThanOrEqual(0);
    expect(missing).toBeLessThanOrEqual(stats?.droppedByKind[kind] ?? 0);
  };

  test("the broker did its work while it was traced", () => {
    expect(load.published).toBe(QUEUES * MESSAGES);
    expect(load.consumed).toBe(load.published);
    for (const order of load.orders.values()) expect(order).toEqual(IN_ORDER);
  });

  test("is stored or counted as dropped: the agent's accounts and the recording agree", async () => {
    const { events } = await store.totals();
    expect(stats?.produced).toBeGreaterThan(10 * load.published);
    expect(stats?.produced).toBe(events + (stats?.dropped ?? 0));
    const gaps = (await store.gaps()).flatMap((gap) => Object.values(gap.dropped));
    expect(gaps.reduce((sum, count) => sum + count, 0)).toBe(stats?.dropped);
  });

  test("is there from each sender to each receiver, in order", () => {
    const hops = groups(sent, ({ pid, peer, queue }) => `${pid} ${peer} ${queue}`);
    expectComplete("send", Array.from(hops.values()));
  });

  test("is there at each receiver, in order, and not before it was sent", () => {
    const receivers = new Set(sent.map(({ peer, queue }) => `${peer} ${queue}`));
    const at = groups(received, ({ pid, queue }) => `${pid} ${queue}`);
    const hops = Array.from(receivers, (receiver) => at.get(receiver) ?? []);
    expectComplete("receive", hops);
    const sentAt = new Map(
      sent.map(({ peer, queue, sequence, ts }) => [`${peer} ${queue} ${sequence}`, ts] as const),
    );
    const early = hops
      .flat()
      .filter(({ pid, queue, sequence, ts }) => ts < (sentAt.get(`${pid} ${queue} ${sequence}`) ?? ts));
    expect(early).toEqual([]);
  });
});

const line = ({ supervisor, id, pid, type }: ChildRow): string => `${supervisor} ${id} ${pid} ${type}`;

/** The tree that ElixirScope has, in the form in which the broker tells its own. */
function childLines(roots: readonly TreeNode[]): readonly string[] {
  return roots.flatMap((node) => [
    ...node.children.flatMap((child) => {
      // Only what a supervisor named has an id; without a process it does not run.
      if (node.process === null || child.childId === null) return [];
      const type = child.type === "supervisor" ? "supervisor" : "worker";
      return [
        line({ supervisor: node.process.pid, id: child.childId, pid: child.process?.pid ?? null, type }),
      ];
    }),
    ...childLines(node.children),
  ]);
}

describe.skipIf(!rabbitInstalled())("the supervision tree of a broker", () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await Engine.start({ version: "0.0.0" });
    await engine.call("attach", { node: rabbit.name, cookie: rabbit.cookie, level: "messages" });
  });
  afterAll(() => engine.stop());

  /** What one has and the other has not, children that do not run among them. */
  async function difference(atLeast: number): Promise<Record<"onlyOurs" | "onlyTheirs", readonly string[]>> {
    const theirs = (await childRows(rabbit)).map(line);
    const ours = childLines((await engine.call("tree", {})).roots);
    expect(theirs.length).toBeGreaterThan(atLeast);
    return {
      onlyOurs: ours.filter((child) => !theirs.includes(child)),
      onlyTheirs: theirs.filter((child) => !ours.includes(child)),
    };
  }

  // Both change by themselves, so that they are compared until a quiet moment.
  const patience = { timeout: 90_000, interval: 100 };
  const none = { onlyOurs: [], onlyTheirs: [] };

  test("is what rabbitmqctl says, every supervisor and every child", async () => {
    await expect.poll(() => difference(150), patience).toEqual(none);
  });

  test("follows connections that come and go", async () => {
    const before = (await childRows(rabbit)).length;
    const close = await openIdleConsumer(rabbit);
    await expect.poll(() => difference(before + 5), patience).toEqual(none);
    await close();
    await expect.poll(() => difference(150), patience).toEqual(none);
  });
});
