import dagre from "@dagrejs/dagre";

/** Something that stands in a graph. */
export interface GraphNode {
  readonly id: string;
  readonly label: string;
  /** A second, quieter line. */
  readonly note: string;
  /** Told apart by shape and word, too: what is gone has a broken outline. */
  readonly tone: "plain" | "failure" | "gone" | "accent";
}

/** One at most from a node to another. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly tone: "plain" | "failure";
}

export interface PlacedNode {
  readonly node: GraphNode;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  /** Of an SVG path. */
  readonly path: string;
  readonly x: number;
  readonly y: number;
}

export interface PlacedGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

const CHARACTER = 7.2;
const NARROW = 96;
const WIDE = 200;

/** Places for nodes and ways for edges, from left to right, by dagre. Edges to what is not there are left out. */
export function layoutGraph(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): PlacedGraph {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 40, marginx: 8, marginy: 8 });
  for (const node of nodes) graph.setNode(node.id, sizeOf(node));
  const drawn = edges.filter(({ from, to }) => graph.hasNode(from) && graph.hasNode(to));
  for (const { from, to, label } of drawn)
    graph.setEdge(from, to, { width: label.length * 6, height: 16, labelpos: "c" });
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: nodes.map((node) => {
      const at = graph.node(node.id) as Box;
      return {
        node,
        width: at.width,
        height: at.height,
        left: at.x - at.width / 2,
        top: at.y - at.height / 2,
      };
    }),
    edges: drawn.map((edge) => {
      const way = graph.edge(edge.from, edge.to) as Way;
      return { edge, path: pathOf(way.points), x: way.x ?? 0, y: way.y ?? 0 };
    }),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}
interface Box extends Point {
  readonly width: number;
  readonly height: number;
}
interface Way extends Partial<Point> {
  readonly points: readonly Point[];
}

const sizeOf = ({ label, note }: GraphNode): { width: number; height: number } => ({
  width: Math.min(WIDE, Math.max(NARROW, Math.max(label.length, note.length) * CHARACTER + 40)),
  height: note === "" ? 30 : 44,
});

/** A soft line through the points: each corner is the control point between the middles beside it. */
function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const last = rest.at(-1) ?? first;
  const curves = rest.slice(0, -1).map((corner, index) => {
    const next = rest[index + 1]!;
    const end = index === rest.length - 2 ? next : { x: (corner.x + next.x) / 2, y: (corner.y + next.y) / 2 };
    return `Q${round(corner)} ${round(end)}`;
  });
  return `M${round(first)}${curves.join("")}${curves.length === 0 ? `L${round(last)}` : ""}`;
}

const round = ({ x, y }: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;
