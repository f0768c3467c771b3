import type { Push } from "../protocol/index.ts";

/** An attach that takes longer than that says what it waits for. */
const LONG_MS = 5_000;

interface Pushing {
  onPush(listener: (push: Push) => void): () => void;
}

/** Lets an attach go on; where that takes long, says what it waits for, and again when that changes. */
export async function tellingWaits<T>(
  daemon: Pushing,
  attaching: Promise<T>,
  say: (sentence: string) => void,
): Promise<T> {
  let [node, waitsFor, said] = ["", "", ""];
  let isLong = false;
  const tell = (): void => {
    if (!isLong || waitsFor === said) return;
    said = waitsFor;
    say(`Still attaching to ${node}: it waits for ${waitsFor}.`);
  };
  const off = daemon.onPush(({ status: { attaching: now } }) => {
    if (now) [node, waitsFor] = [now.node, now.waitsFor];
    tell();
  });
  const timer = setTimeout(() => {
    isLong = true;
    tell();
  }, LONG_MS);
  try {
    return await attaching;
  } finally {
    clearTimeout(timer);
    off();
  }
}
