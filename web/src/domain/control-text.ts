import type { AttachInput, NodeControl, NodeStatus, TracingInput } from "elixirscope/protocol";
import { gapWords } from "./gap-text.ts";

const WHY: Readonly<Record<NonNullable<NodeControl["loweredBy"]>, string>> = {
  events: "more events a second than the budget has",
  bytes: "more bytes a second than the budget has",
  cpu: "more of a scheduler than the budget has",
  run_queue: "too many processes of the node wait for a scheduler",
  breaker: "the circuit breaker protects the node",
};

/** That a lower level is in force than the one that is wanted, and why; nothing where it is not. */
export function loweredWords({ level, control }: Pick<NodeStatus, "level" | "control">): string | undefined {
  if (control.loweredBy === null) return undefined;
  const now =
    control.inForce === "off" ? "Nothing is recorded now" : `Only ${control.inForce} is recorded now`;
  return `${now}, not ${level}: ${WHY[control.loweredBy]}. It steps up again by itself when it is calm.`;
}

/** What was left out on purpose and what was lost, by cause. */
export function outcomeWords({ sampledOut, droppedByCause }: NodeControl): string {
  const count = (n: number): string => n.toLocaleString("en-US");
  const lost = Object.entries(droppedByCause).map(
    ([cause, n]) => `${count(n)} dropped (${gapWords(cause).title})`,
  );
  return [
    `${count(sampledOut)} left out by sampling`,
    ...(lost.length === 0 ? ["nothing dropped"] : lost),
  ].join(" · ");
}

/** Is anything but the usual asked for: a scope, a sample, a budget? */
export const isLimited = ({ scope, sample, budget }: NodeControl): boolean =>
  [scope, sample, budget].some((part) => Object.values(part).some((value) => value !== undefined));

/** Scope, sample and entry points of flows as they are, for a change of the level alone; the budget stays by itself. */
export const keptControl = ({
  control: { scope, sample },
  flows: { patterns },
}: Pick<NodeStatus, "control" | "flows">): Omit<TracingInput, "level" | "node"> => ({
  ...scope,
  sample,
  flows: patterns,
});

/** To attach once more with what was recorded of a node, its budget as well. */
export const attachAgain = ({ name, level, patterns, lines, control, flows }: NodeStatus): AttachInput => ({
  node: name,
  level,
  patterns,
  lines,
  ...keptControl({ control, flows }),
  budget: control.budget,
});

/** A command for one node, or for all that are attached. */
export const onlyOf = (node: string | undefined): { readonly node?: string } =>
  node === undefined ? {} : { node };
