// Makes recordings of any size.
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { Recorder } from "elixirscope/engine";
import type { EventBatch } from "elixirscope/model";
import { openDuckDbStore } from "elixirscope/store";
import { scaleSource } from "./store-scale-load.ts";
import { NODE } from "./store-scenes.ts";

/** Bytes that may wait in the store before the maker pauses, as a tracer that withholds credit does. */
const BACKLOG = 64 * 1024 * 1024;
/** What is asked while a recording is made is asked so often. */
const ASK_MS = 250;

export interface Making {
  /** Straight into the store: nothing can be made of events without their terms. */
  readonly bare?: boolean;
  /** Asked while it is made, one question after the other. */
  readonly ask?: (recorder: Recorder) => Promise<void>;
}

/** Through the same recorder as events of a node: process table, checkpoints, store. */
export async function make(path: string, events: number, { bare = false, ask }: Making = {}): Promise<void> {
  const store = await openDuckDbStore(path, { mode: "create" });
  const recorder = Recorder.create(store, "0.0.0");
  recorder.addNode({ index: 0, name: NODE, creation: 1, otp: "27", elixir: "1.18.0", timeOffset: 0n });
  const sink = recorder.sink({ stats() {}, bye() {}, flowsTaken() {}, flowsOn() {} });
  const next = scaleSource(recorder.dictionary, recorder.origin);
  const making = { over: false };
  const asker = ask && askWhile(making, () => ask(recorder));
  for (let n = 0; n < events; ) {
    const batch = next();
    const names = recorder.dictionary.takeDelta();
    if (bare) store.append(withoutPayloads(batch), names);
    else sink.batch(batch, names);
    n += batch.count;
    if (store.backlog > BACKLOG) await sleep(5);
    else if (batch.batch % 32 === 0) await turn();
  }
  making.over = true;
  await asker;
  await store.close();
}

async function askWhile(making: { readonly over: boolean }, ask: () => Promise<void>): Promise<void> {
  while (!making.over) {
    await sleep(ASK_MS);
    await ask();
  }
}

const NOTHING = new Uint32Array(512);
const withoutPayloads = (batch: EventBatch): EventBatch => ({
  ...batch,
  offset: NOTHING,
  length: NOTHING,
  bytes: new Uint8Array(0),
});
