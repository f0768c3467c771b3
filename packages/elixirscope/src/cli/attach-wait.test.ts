import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Push, Status } from "../protocol/index.ts";
import { tellingWaits } from "./attach-wait.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A daemon that pushes what the test says. */
class Pushes {
  readonly listeners = new Set<(push: Push) => void>();
  onPush(listener: (push: Push) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  waitsFor(what: string): void {
    const status = { attaching: { node: "shop@127.0.0.1", waitsFor: what } } as Status;
    for (const listener of this.listeners) listener({ type: "status", status });
  }
}

it("says nothing of an attach that is quick", async () => {
  const pushes = new Pushes();
  const said: string[] = [];
  let resolve: (answer: string) => void = () => undefined;
  const promise = new Promise<string>((done) => {
    resolve = done;
  });
  const telling = tellingWaits(pushes, promise, (sentence) => said.push(sentence));
  pushes.waitsFor("the agent to start");
  vi.advanceTimersByTime(4_900);
  resolve("attached");
  expect(await telling).toBe("attached");
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([]);
  expect(pushes.listeners.size).toBe(0);
});

it("says after five seconds what it waits for, and what then, each once; an error stays one", async () => {
  const pushes = new Pushes();
  const said: string[] = [];
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((_, refuse) => {
    reject = refuse;
  });
  const telling = tellingWaits(pushes, promise, (sentence) => said.push(sentence));
  pushes.waitsFor("the node to compile and load the agent");
  vi.advanceTimersByTime(5_000);
  pushes.waitsFor("the node to compile and load the agent");
  pushes.waitsFor("the agent to start");
  expect(said).toEqual([
    "Still attaching to shop@127.0.0.1: it waits for the node to compile and load the agent.",
    "Still attaching to shop@127.0.0.1: it waits for the agent to start.",
  ]);
  reject(new Error("refused"));
  await expect(telling).rejects.toThrow("refused");
  expect(pushes.listeners.size).toBe(0);
});
