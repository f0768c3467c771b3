import type { Who } from "./facts.ts";
import { cite, type Detector, type Finding, grouped, recheck, times, warn } from "./finding.ts";

const NAME = "wrong_node";
const NODE = /^[^#\s{]+@[^\s}]+$/;
/** What the kernel is asked before a message can go to another node. */
const CONNECT = /^\{:connect, :\w+, (:"?[^",}]+"?)\}$/;

/** Messages to processes of nodes that do not answer: they are lost without an error. */
export const wrongNode: Detector = {
  name: NAME,
  looksFor: "messages to nodes that nobody answers for",
  level: "messages",
  sees: ({ sends }) => sends.length > 0,
  detect: ({ calls, sends, knownNodes }) => {
    const refused = calls.flatMap(({ id, t, from, to, request, reply }): readonly Attempt[] => {
      const node = to.label === ":net_kernel" && reply === "false" ? CONNECT.exec(request)?.[1] : undefined;
      return node === undefined ? [] : [{ id, t, from, node: node.replaceAll(/[:"]/g, ""), what: null }];
    });
    // Of a node that was not reached no process is known, and the node itself stands for its receivers.
    const away = sends.flatMap(({ id, t, from, to, text }): readonly Attempt[] =>
      NODE.test(to.label) && !knownNodes.includes(to.label)
        ? [{ id, t, from, node: to.label, what: text }]
        : [],
    );
    const attempts = [...refused, ...away].toSorted((a, b) => a.id - b.id);
    return [...grouped(attempts, ({ from, node }) => `${from.label} ${node}`).values()].map((group) =>
      unreachable(group, knownNodes),
    );
  },
};

interface Attempt {
  readonly id: number;
  readonly t: number;
  readonly from: Who;
  readonly node: string;
  readonly what: string | null;
}

function unreachable(group: readonly Attempt[], known: readonly string[]): Finding {
  const { from, node, t } = group[0]!;
  const what = group.find((one) => one.what !== null)?.what;
  const near = known.find((other) => other !== node && isNear(node, other));
  const meant = near === undefined ? "" : ` There is a node ${near}.`;
  const told = {
    summary: `${from.label} ${what === undefined || what === null ? "wanted something from" : `sent ${what} and the like to`} the node ${node} ${times(group.length)}, and nothing ever came from a node of that name: what is sent to one that is not there is lost without an error.${meant}`,
    processes: [from],
    t,
    until: group.at(-1)!.t,
    evidence: cite(...group.slice(0, 5).map(({ id }) => id)),
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
