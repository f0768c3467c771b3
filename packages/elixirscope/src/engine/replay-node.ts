import { Dictionary, Session, type SessionSink } from "../tracer/index.ts";
import type { ReplayNode } from "./replay.ts";

/** Nothing is traced, so nothing is recorded. */
const NOBODY: SessionSink = {
  backlog: () => 0,
  batch: () => undefined,
  gap: () => undefined,
  source: () => undefined,
  stats: () => undefined,
  bye: () => undefined,
  flowsTaken: () => undefined,
  flowsOn: () => undefined,
};

/** Attaches to a node for `work` only, with all that this brings: bounds, dead-man's switch, nothing left behind. */
export async function onNode<T>(
  node: string,
  cookie: string,
  work: (node: ReplayNode) => Promise<T>,
  who?: string,
): Promise<T> {
  const session = await Session.attach({
    node,
    cookie,
    index: () => 0,
    dictionary: new Dictionary(),
    numbering: { batch: 0, id: 1 },
    sink: NOBODY,
    redaction: false,
    ...(who !== undefined && { who }),
  });
  try {
    return await work({ name: node, replay: (request) => session.replay(request) });
  } finally {
    await session.detach();
  }
}
