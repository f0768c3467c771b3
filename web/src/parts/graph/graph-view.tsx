import { type ReactElement, useId, useMemo } from "react";
import { useElementWidth } from "../use-element-width.ts";
import { type GraphEdge, type GraphNode, layoutGraph } from "./graph-layout.ts";

const LEAST_SCALE = 0.75;

interface Props {
  /** What it shows, in words. */
  readonly label: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Id of the node that is looked at. */
  readonly chosen: string | undefined;
  readonly onNode: (id: string) => void;
}

/**
 * Nodes as buttons over lines; by dagre: load it lazily. Lines say nothing to a screen reader: a table beside the graph has
 * to tell the same.
 */
export function GraphView({ label, nodes, edges, chosen, onNode }: Props): ReactElement {
  const arrow = useId();
  const placed = useMemo(() => layoutGraph(nodes, edges), [nodes, edges]);
  const near = useMemo(() => neighbours(edges, chosen), [edges, chosen]);
  const isQuiet = (id: string): boolean => near !== undefined && !near.has(id);
  const [box, available] = useElementWidth();
  // A little too wide is made to fit; far too wide is scrolled.
  const scale = available === 0 ? 1 : Math.min(1, Math.max(LEAST_SCALE, available / placed.width));
  return (
    <section className="graph" aria-label={label}>
      <div ref={box} />
      <div className="graph-area" style={{ width: placed.width, height: placed.height, zoom: scale }}>
        <svg width={placed.width} height={placed.height} aria-hidden="true">
          <defs>
            {(["plain", "failure"] as const).map((tone) => (
              <marker
                key={tone}
                id={`${arrow}${tone}`}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="8"
                markerHeight="8"
                orient="auto-start-reverse"
              >
                <path className={`graph-arrow ${tone}`} d="M0 0L8 4L0 8z" />
              </marker>
            ))}
          </defs>
          {placed.edges.map(({ edge, path, x, y }) => (
            <g
              key={`${edge.from}\n${edge.to}`}
              className={
                chosen !== undefined && edge.from !== chosen && edge.to !== chosen
                  ? "graph-edge quiet"
                  : "graph-edge"
              }
            >
              <path className={`graph-line ${edge.tone}`} d={path} markerEnd={`url(#${arrow}${edge.tone})`} />
              <text className={`graph-text ${edge.tone}`} x={x} y={y}>
                {edge.label}
              </text>
            </g>
          ))}
        </svg>
        {placed.nodes.map(({ node, ...at }) => (
          <button
            key={node.id}
            type="button"
            className={`graph-node ${node.tone}${isQuiet(node.id) ? " quiet" : ""}`}
            style={at}
            title={node.label}
            aria-pressed={node.id === chosen}
            onClick={() => onNode(node.id)}
          >
            <span className="ellipsis">{node.label}</span>
            {node.note !== "" && <span className="graph-note ellipsis">{node.note}</span>}
          </button>
        ))}
      </div>
    </section>
  );
}

/** The chosen node and what it has an edge with; nothing: no node is chosen. */
function neighbours(
  edges: readonly GraphEdge[],
  chosen: string | undefined,
): ReadonlySet<string> | undefined {
  if (chosen === undefined) return undefined;
  const touching = edges.filter(({ from, to }) => from === chosen || to === chosen);
  return new Set([chosen, ...touching.flatMap(({ from, to }) => [from, to])]);
}
