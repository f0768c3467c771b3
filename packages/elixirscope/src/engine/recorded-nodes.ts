import type { NodeControl, NodeStatus } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";
import { keptClock } from "./clocks.ts";
import { nodeControl } from "./control-meter.ts";
import { CostMeter } from "./cost-meter.ts";
import type { NodeLink } from "./node-link.ts";

const KEY = "tracing";

type Noted = Pick<NodeStatus, "level" | "patterns"> &
  Partial<Pick<NodeStatus, "lines"> & Pick<NodeControl, "scope" | "sample" | "budget">>;

/** A recording says how much it recorded of which node: the newest setting. */
export function noteTracing(store: TraceStore, links: readonly NodeLink[]): void {
  const tracing = links.map((link) => link.status());
  const byNode = tracing.map(
    ({ name, level, patterns, lines, control: { scope, sample, budget } }) =>
      [name, { level, patterns, lines, scope, sample, budget }] as const,
  );
  store.putMeta(KEY, JSON.stringify(Object.fromEntries(byNode)));
}

/** The nodes of a recording that is only shown. */
export async function recordedNodes(store: TraceStore): Promise<readonly NodeStatus[]> {
  const meta = await store.meta();
  return (await store.nodes()).map(({ index, name, otp, elixir }) => ({
    index,
    name,
    state: "recording",
    reason: meta.get("end_reason") ?? "",
    otp,
    elixir,
    ...recordedTracing(meta.get(KEY), name),
    flows: { state: "off", patterns: [], reason: "" },
    refused: "",
    clock: keptClock(meta, index),
    peers: [],
    tracing: "none",
    cost: CostMeter.none,
    systemMonitor: "off",
  }));
}

/** What {@link noteTracing} wrote; recordings without it show the lowest level, older ones no scope. */
function recordedTracing(
  text: string | undefined,
  node: string,
): Pick<NodeStatus, "level" | "patterns" | "lines" | "control"> {
  const byNode = JSON.parse(text ?? "{}") as Record<string, Noted>;
  const {
    level,
    patterns,
    lines = [],
    scope = {},
    ...rest
  }: Noted = byNode[node] ?? { level: "observe", patterns: [] };
  return { level, patterns, lines, control: nodeControl({ ...scope, ...rest }, undefined, "off") };
}
