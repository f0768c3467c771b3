import type { BroadcastFact, Facts, MissedNode } from "./facts.ts";
import { cite, type Detector, type Finding, grouped, times, warn } from "./finding.ts";

const NAME = "broadcast_missed_node";

/** Broadcasts that did not get to a node, though somebody there is subscribed. */
export const missedNode: Detector = {
  name: NAME,
  looksFor: "broadcasts that did not get to other nodes",
  level: "observe",
  sees: ({ broadcasts }) => broadcasts.some(({ missed }) => missed !== undefined),
  detect: ({ broadcasts, splits }) => {
    const found = broadcasts.flatMap((broadcast) =>
      (broadcast.missed ?? []).map((node): Missed => ({ broadcast, node })),
    );
    return [...grouped(found, ({ broadcast, node }) => `${broadcast.topic} ${node.name}`).values()].map(
      (group) => missedBy(group, splits),
    );
  },
};

interface Missed {
  readonly broadcast: BroadcastFact;
  readonly node: MissedNode;
}

function missedBy(group: readonly Missed[], splits: Facts["splits"]): Finding {
  const { broadcast, node } = group[0]!;
  const senders = group.flatMap((one) => one.broadcast.process ?? []);
  const who = broadcast.process?.label ?? "A process";
  const { subscribers, name } = node;
  const there = subscribers === 1 ? "1 process is subscribed" : `${subscribers} processes are subscribed`;
  const apart = splits.filter((split) => group.some((one) => isApart(one, split)));
  const since = apart.length === 0 ? "" : `: ${node.between.join(" and ")} did not see each other then`;
  return warn(NAME, {
    summary: `${who} broadcast ${times(group.length)} on ${JSON.stringify(broadcast.topic)}, and that did not get to ${name}, where ${there}${since}.`,
    processes: senders,
    t: broadcast.t,
    until: group.at(-1)!.broadcast.t,
    evidence: cite(
      ...group.slice(0, 6).map((one) => one.broadcast.id),
      ...apart.flatMap(({ evidence }) => evidence),
    ),
    todo: `See that the nodes see each other (Node.list() on both), and that the pubsub has the same name and adapter on both. What was missed meanwhile does not come later: read the state anew when a node is back (:net_kernel.monitor_nodes/1).`,
    score: 0.9,
  });
}

/** Did the two nodes not see each other when it was sent? */
const isApart = (
  { broadcast: { t }, node: { between } }: Missed,
  { nodes, from, to }: Facts["splits"][number],
): boolean => between.every((name) => nodes.includes(name)) && from <= t && (to ?? t) >= t;
