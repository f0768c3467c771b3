import type { LiveViewRow, RequestRow } from "elixirscope/protocol";
import { lanesOf } from "./timeline-window.ts";
import type { TreeRow } from "./tree-rows.ts";

/** Something that lasted: a request, the life of a LiveView. */
export interface TimelineSpan {
  readonly from: number;
  /** Nothing: it goes on. */
  readonly to: number | undefined;
  readonly label: string;
  readonly failed: boolean;
  /** What a click shows: an event, or a LiveView by its id. */
  readonly event: number | undefined;
  readonly liveView: string | undefined;
}

/** One track of the timeline. */
export interface TimelineRow {
  readonly key: string;
  readonly label: string;
  readonly level: number;
  readonly expandable: boolean;
  readonly expanded: boolean;
  /** Handle of the process whose track it is. */
  readonly process: string | undefined;
  readonly spans: readonly TimelineSpan[];
}

const MOST_LANES = 12;

/** All tracks, top to bottom: requests, LiveViews, then processes as their supervisors have them. */
export function timelineRows(
  requests: readonly RequestRow[],
  liveViews: readonly LiveViewRow[],
  tree: readonly TreeRow[],
  toggled: ReadonlyMap<string, boolean>,
): readonly TimelineRow[] {
  return [
    ...group("requests", "Requests", requestRows(requests), toggled),
    ...group("liveviews", "LiveViews", liveViews.map(liveViewRow), toggled),
    ...tree.map((row) => ({
      key: row.node.key,
      label: row.node.label || (row.node.process?.label ?? ""),
      level: row.level,
      expandable: row.expandable,
      expanded: row.expanded,
      process: row.node.process?.handle,
      spans: [],
    })),
  ];
}

function group(
  key: string,
  label: string,
  rows: readonly TimelineRow[],
  toggled: ReadonlyMap<string, boolean>,
): readonly TimelineRow[] {
  if (rows.length === 0) return [];
  const expanded = toggled.get(key) ?? true;
  // Folded, all of them share its line.
  const spans = expanded ? [] : rows.flatMap((row) => row.spans);
  const head = { key, label, level: 1, expandable: true, expanded, process: undefined, spans };
  return expanded ? [head, ...rows] : [head];
}

function requestRows(requests: readonly RequestRow[]): readonly TimelineRow[] {
  const spans = requests.toSorted((a, b) => a.t - b.t).map(requestSpan);
  const lanes = lanesOf(spans.map(({ from, to }) => ({ from, to: to ?? Infinity })));
  const rows = Math.min(MOST_LANES, Math.max(0, ...lanes.map((lane) => lane + 1)));
  return Array.from({ length: rows }, (_, lane) => ({
    key: `request-lane-${lane}`,
    label: lane === 0 ? "as they came" : "at the same time",
    level: 2,
    expandable: false,
    expanded: false,
    process: undefined,
    spans: spans.filter((_span, index) => Math.min(lanes[index]!, MOST_LANES - 1) === lane),
  }));
}

const requestSpan = ({ t, durationNs, method, path, status, error, id }: RequestRow): TimelineSpan => ({
  from: t,
  to: durationNs === null ? undefined : t + durationNs,
  label: `${method} ${path} ${status ?? ""}`.trim(),
  failed: error !== null || (status ?? 0) >= 500,
  event: id,
  liveView: undefined,
});

const liveViewRow = ({ id, view, t, endedAt, crashes }: LiveViewRow): TimelineRow => ({
  key: `liveview-${id}`,
  label: view ?? id,
  level: 2,
  expandable: false,
  expanded: false,
  process: undefined,
  spans: [
    {
      from: t,
      to: endedAt ?? undefined,
      label: view ?? id,
      failed: crashes > 0,
      event: undefined,
      liveView: id,
    },
  ],
});
