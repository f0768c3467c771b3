import {
  type AgentLimits,
  type EventBatch,
  type EventKind,
  type Gap,
  kindOf,
  type Level,
} from "elixirscope/model";
import { type AgentStats, Dictionary, Session, type TraceRequest } from "elixirscope/tracer";
import type { ErlangNode } from "./erlang-node.ts";

export type Counts = Partial<Record<EventKind, number>>;

/** A session that stores nothing and counts everything: what a viewer got, and what it was told that it did not get. */
export class CountingSession {
  readonly seen: Counts = {};
  readonly gaps: Gap[] = [];
  stats: AgentStats | undefined;
  /** While it is on, nothing is acknowledged, as by a viewer whose disk stands still. */
  stalled = false;
  #session: Session | undefined;

  static async attach(
    node: ErlangNode,
    limits: AgentLimits = {},
    onBatch?: (batch: EventBatch) => void,
  ): Promise<CountingSession> {
    const counting = new CountingSession();
    counting.#session = await Session.attach({
      node: node.name,
      cookie: node.cookie,
      epmdPort: node.epmdPort,
      index: () => 0,
      dictionary: new Dictionary(),
      numbering: { batch: 0, id: 1 },
      agent: { limits },
      sink: {
        backlog: () => (counting.stalled ? Number.MAX_SAFE_INTEGER : 0),
        batch: (batch) => {
          onBatch?.(batch);
          for (let i = 0; i < batch.count; i++) {
            const kind = kindOf(batch.kind[i]!)!;
            counting.seen[kind] = (counting.seen[kind] ?? 0) + 1;
          }
        },
        gap: (gap) => void counting.gaps.push(gap),
        stats: (stats) => {
          counting.stats = stats;
        },
        flowsTaken: () => undefined,
        flowsOn: () => undefined,
        source: () => undefined,
        bye: () => undefined,
      },
    });
    return counting;
  }

  get session(): Session {
    return this.#session!;
  }

  async trace(level: Level, request: Partial<TraceRequest>): Promise<void> {
    await this.session.trace({ level, patterns: [], processes: [], ...request });
  }

  async detach(): Promise<AgentStats> {
    const stats = await this.session.detach();
    if (!stats) throw new Error("the agent gave no account at its end");
    this.stats = stats;
    return stats;
  }

  /** What gaps told of, by kind. */
  get dropped(): Counts {
    const sum: Counts = {};
    for (const gap of this.gaps) {
      for (const [kind, count] of Object.entries(gap.dropped) as [EventKind, number][])
        sum[kind] = (sum[kind] ?? 0) + count;
    }
    return sum;
  }
}
