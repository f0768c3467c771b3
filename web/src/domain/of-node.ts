import type { Input, MethodName } from "elixirscope/protocol";

/** Questions that take a node. */
const OF_NODE: ReadonlySet<MethodName> = new Set([
  "processes",
  "tree",
  "events",
  "rates",
  "gaps",
  "timeline",
  "flows",
  "calls",
  "executions",
  "crashes",
  "requests",
  "liveViews",
  "topics",
  "broadcasts",
  "channels",
  "presences",
  "queries",
  "jobs",
  "aggregate",
  "messageFlow",
  "hot",
  "slowest",
  "flame",
  "callGraph",
  "waits",
  "patterns",
  "anomalies",
  "diagnose",
  "snapshotAt",
]);

/** What says more closely what is meant than a node does, and may be on another one. */
const CLOSER = ["node", "process", "subject", "flow", "processes", "request", "liveView"] as const;

/** A question about the node that is looked at, where it is about no process, flow or the like. */
export function ofNode<M extends MethodName>(method: M, input: Input<M>, node: string | undefined): Input<M> {
  if (node === undefined || !OF_NODE.has(method)) return input;
  const given = new Set(Object.entries(input).flatMap(([key, value]) => (value === undefined ? [] : [key])));
  return CLOSER.some((key) => given.has(key)) ? input : { ...input, node };
}
