import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Snapshot } from "../protocol/index.ts";
import { mergeRecordings, openDuckDbStore } from "../store/index.ts";
import { Engine } from "./engine.ts";
import { writeCheckpoints } from "./merged-checkpoints.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

// Two recordings of real applications as one: what is asked of an instant is answered as by each of them.

const EVERY = 3_000;

let parts: readonly OpenRecording[];
let merged: Engine;
let plain: Engine;
let checkpoints: number;

beforeAll(async () => {
  parts = [await openRecording("phoenix-1.8"), await openRecording("ecto")];
  const folder = join(parts[0]!.file, "..");
  const [out, without] = [join(folder, "merged.esrec"), join(folder, "plain.esrec")];
  const recordings = parts.map(({ file }) => file);
  await mergeRecordings({ recordings, out, version: "0.0.0", onProgress: () => undefined });
  copyFileSync(out, without);
  await writeCheckpoints(out, await stretches(out), EVERY);
  const store = await openDuckDbStore(out, { mode: "read" });
  const { rows } = await store.sql({ sql: "SELECT count(*)::INTEGER FROM checkpoints", limit: 1 });
  checkpoints = Number(rows[0]![0]);
  await store.close();
  merged = await Engine.start({ version: "0.0.0", open: out });
  plain = await Engine.start({ version: "0.0.0", open: without });
});
afterAll(async () => {
  await merged.stop();
  await plain.stop();
  for (const part of parts) await part.close();
});

/** As a merge has them, only shorter. */
async function stretches(file: string): Promise<readonly { readonly lastId: number; readonly ts: bigint }[]> {
  const store = await openDuckDbStore(file, { mode: "read" });
  const events = await store.events({ order: "oldest_first", limit: 1_000_000, withoutPayload: true });
  await store.close();
  const found: { lastId: number; ts: bigint }[] = [];
  for (let at = 0; at < events.length; at += EVERY) {
    const some = events.slice(at, at + EVERY);
    found.push({
      lastId: some.at(-1)!.id,
      ts: some.toSorted((a, b) => (a.ts < b.ts ? -1 : 1)).at(-1)!.ts,
    });
  }
  return found;
}

const PROCESSES = 10_000;

it("comes to the same with checkpoints as without", async () => {
  expect(checkpoints).toBeGreaterThan(3);
  const { t: end } = await merged.call("status", {});
  for (const share of [0.001, 0.01, 0.4, 0.9, 1]) {
    const at = { t: Math.round(end * share), limit: PROCESSES };
    expect(await merged.call("snapshotAt", at)).toEqual(await plain.call("snapshotAt", at));
  }
});

it("answers of an instant what each of them answers", async () => {
  // By pid and node, since handles are given anew.
  const told = ({ rows }: Snapshot): readonly string[] =>
    rows
      .map(({ pid, name, state, application, mailbox }) =>
        [pid, name, application, state?.term.text, mailbox.length].join(" "),
      )
      .sort();
  const start = async (engine: Engine): Promise<number> =>
    Date.parse((await engine.call("status", {})).startedAt) * 1e6;
  const [part] = parts;
  const shift = (await start(part!.engine)) - (await start(merged));
  const { t: end } = await part!.engine.call("status", {});
  for (const share of [0.3, 0.7]) {
    const t = Math.round(end * share);
    const own = told(await part!.engine.call("snapshotAt", { t, limit: PROCESSES }));
    // The other one begins minutes later.
    expect(told(await merged.call("snapshotAt", { t: t + shift, limit: PROCESSES }))).toEqual(own);
  }
});
