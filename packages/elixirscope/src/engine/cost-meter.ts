import type { NodeCost } from "../protocol/index.ts";
import type { AgentStats } from "../tracer/index.ts";

/** What ElixirScope costs in the node, from two of the agent's reports after one another. */
export class CostMeter {
  static readonly none: NodeCost = {
    schedulerPercent: 0,
    agentMemoryBytes: 0,
    mailboxLength: 0,
    inFlightBytes: 0,
  };
  cost: NodeCost = CostMeter.none;
  #before: { readonly at: number; readonly runtimeNs: number } | undefined;

  add(stats: AgentStats): void {
    const at = performance.now();
    const before = this.#before;
    const elapsedNs = before ? (at - before.at) * 1e6 : 0;
    const busy = before && elapsedNs > 0 ? (stats.runtimeNs - before.runtimeNs) / elapsedNs : 0;
    this.#before = { at, runtimeNs: stats.runtimeNs };
    this.cost = {
      schedulerPercent: Math.min(100, Math.max(0, busy * 100)),
      agentMemoryBytes: stats.memory,
      mailboxLength: stats.mailbox,
      inFlightBytes: Math.max(0, stats.bytes - stats.acked),
    };
  }
}
