import type { CallFact } from "./facts.ts";
import { cite, type Detector, type Finding, grouped, recheck, times, warn } from "./finding.ts";

const NAME = "wrong_node";
/** What the kernel is asked before a message can go to another node. */
const CONNECT = /^\{:connect, :\w+, (:"?[^",}]+"?)\}$/;

/** Messages to processes of nodes that do not answer: they are lost without an error. */
export const wrongNode: Detector = {
  name: NAME,
  looksFor: "messages to nodes that nobody answers for",
  level: "messages",
  sees: ({ calls }) => calls.length > 0,
  detect: ({ calls, knownNodes }) => {
    const refused = calls.filter(
      ({ to, request, reply }) => to.label === ":net_kernel" && CONNECT.test(request) && reply === "false",
    );
    return [
      ...grouped(refused, ({ from, request }) => `${from.label} ${nodeIn(request)}`).values(),
    ].map((group) => unreachable(group, knownNodes));
  },
};

const nodeIn = (request: string): string => CONNECT.exec(request)![1]!.replaceAll(/[:"]/g, "");

function unreachable(group: readonly CallFact[], known: readonly string[]): Finding {
  const { from, request, t, id, replyId } = group[0]!;
  const node = nodeIn(request);
  const near = known.find((other) => other !== node && isNear(node, other));
  const meant = near === undefined ? "" : ` There is a node ${near}.`;
  const told = {
    summary: `${from.label} wanted something from the node ${node} ${times(group.length)}, and no node of that name answers: what is sent there is lost without an error.${meant}`,
    processes: [from],
    t,
    until: group.at(-1)!.t,
    evidence: cite(id, replyId, ...group.slice(1, 5).map((one) => one.id)),
    todo: `Take the node's name from where it is known (node(), Node.list(), the configuration of the cluster), or register the process where all nodes find it (:global, :pg).`,
  };
  if (near !== undefined) return warn(NAME, { ...told, score: 0.88 });
  return recheck(NAME, { ...told, confirm: "Whether that node is only down for now.", score: 0.55 });
}

/** The same name on another host, or nearly the same name. */
function isNear(a: string, b: string): boolean {
  const [[name, host], [other, otherHost]] = [a.split("@"), b.split("@")];
  if (name === other) return true;
  return host === otherHost && distance(name ?? "", other ?? "") <= 2;
}

/** Letters to add, leave out or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
