import type { Status } from "elixirscope/protocol";
import {
  type KeyboardEvent,
  type ReactElement,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { isCrash } from "../../domain/exits.ts";
import { duration } from "../../domain/format.ts";
import { type TimelineRow, timelineRows } from "../../domain/timeline-rows.ts";
import { lengthOf, type Stretch } from "../../domain/timeline-window.ts";
import { flattenTree } from "../../domain/tree-rows.ts";
import { useThemeVersion } from "../../frame/use-theme-version.ts";
import { useCrashes } from "../../frame/use-time-window.ts";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { useElementWidth } from "../../parts/use-element-width.ts";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { useRowWindow } from "../../parts/use-row-window.ts";
import { go, usePlace } from "../../place/use-place.ts";
import { useAnswer, useLastEventId, useRunning, useStatus, useTreeVersion } from "../../server/hooks.ts";
import { useBookmarks } from "../../server/use-bookmarks.ts";
import { AXIS, type Life, paintTimeline, ROW } from "./paint-timeline.ts";
import { RangePanel } from "./range-panel.tsx";
import { TrackLabels } from "./track-label.tsx";
import { useHands } from "./use-hands.ts";
import { useSight } from "./use-sight.ts";
import { useTracks } from "./use-tracks.ts";
import { Zoom } from "./zoom.tsx";

const LIVE_NS = 60e9;
const EVERY_MS = 2_000;
const PROCESSES = 5_000;
const LABELS = 240;

/** All that happened at once: a track for each request, LiveView and process, as fine as one zooms. */
export function TimelineView(): ReactElement {
  const status = useStatus();
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { rows, error } = useRows(toggled);
  const toggle = (row: TimelineRow): void => setToggled(new Map(toggled).set(row.key, !row.expanded));
  const { filters } = usePlace();
  const { from, to } = filters;
  return (
    <div className="list-view">
      {error && !rows && (
        <StateBox title="The timeline cannot be shown" tone="failure">
          <p>{error}</p>
        </StateBox>
      )}
      {(!status || !rows) && !error && <LoadingRows />}
      {status && rows?.length === 0 && (
        <StateBox title="No process to show">
          <p>
            Attach to a node on <a href="/">Now</a>.
          </p>
        </StateBox>
      )}
      {status && rows && rows.length > 0 && <Tracks status={status} rows={rows} onToggle={toggle} />}
      {from !== undefined && to !== undefined && to > from && <RangePanel range={{ from, to }} />}
    </div>
  );
}

function useRows(toggled: ReadonlyMap<string, boolean>): {
  readonly rows: readonly TimelineRow[] | undefined;
  readonly error: string | undefined;
} {
  const watch = { version: useLastEventId(), everyMs: EVERY_MS };
  const tree = useAnswer("tree", {}, { version: useTreeVersion(), everyMs: EVERY_MS });
  const requests = useAnswer("requests", { limit: 1_000 }, watch);
  const liveViews = useAnswer("liveViews", { limit: 200 }, watch);
  const rows = useMemo(() => {
    if (!tree.data) return undefined;
    const flat = flattenTree(tree.data.roots, { toggled, search: "", liveness: "all" });
    return timelineRows(requests.data?.rows ?? [], liveViews.data?.rows ?? [], flat, toggled);
  }, [tree.data, requests.data, liveViews.data, toggled]);
  return { rows, error: tree.error?.message };
}

interface TracksProps {
  readonly status: Status;
  readonly rows: readonly TimelineRow[];
  readonly onToggle: (row: TimelineRow) => void;
}

function Tracks({ status, rows, onToggle }: TracksProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const [frame, frameWidth] = useElementWidth();
  const [height, setHeight] = useState(0);
  const width = Math.max(1, frameWidth - LABELS);
  const limits: Stretch = { from: Math.min(0, status.t - status.seconds * 1e9), to: status.t };
  const [view, setView] = useView(limits);
  const [active, setActive] = useState<string | undefined>();
  const { selection, filters, cursor } = usePlace();
  const selected = selection?.type === "process" ? selection.process : undefined;
  const virtual = useRowWindow(box, rows.length, ROW, AXIS);
  const first = virtual.items[0]?.index ?? 0;
  const last = (virtual.items.at(-1)?.index ?? 0) + 1;
  const running = useRunning();
  const lastEventId = useLastEventId();
  const tracks = useTracks(rows, first, last, view, running ? Math.floor(status.t / EVERY_MS / 1e6) : 0);
  const lives = useLives(lastEventId);
  const { data: gaps } = useAnswer("gaps", {}, { version: status.gaps });
  const { bookmarks } = useBookmarks();
  const theme = useThemeVersion();
  const activeIndex = rows.findIndex(({ key }) => key === active);
  const moveTo = (index: number): void => {
    const row = rows[index];
    if (!row) return;
    setActive(row.key);
    virtual.scrollTo(index);
    if (row.process !== undefined)
      go({ selection: { type: "process", process: row.process } }, { replace: true });
  };
  // The names stay as they are while the picture moves, sixty times a second.
  const latest = useRef({ moveTo, rows, onToggle });
  useEffect(() => {
    latest.current = { moveTo, rows, onToggle };
  });
  const onPick = useCallback((index: number) => latest.current.moveTo(index), []);
  const onToggleAt = useCallback((index: number) => {
    const row = latest.current.rows[index];
    if (row) latest.current.onToggle(row);
  }, []);
  const { hands, drawn } = useHands(area, {
    view,
    limits,
    width,
    onView: setView,
    onRange: (range) => go(({ filters: others }) => ({ filters: { ...others, ...range } })),
    onScroll: (pixels) => box.current?.scrollBy({ top: pixels }),
    onPoint: (t, y) => {
      go({ cursor: t });
      if (y > AXIS) pick(rows[Math.floor((y - AXIS + (box.current?.scrollTop ?? 0)) / ROW)], t);
    },
  });
  const range =
    drawn ??
    (filters.from !== undefined && filters.to !== undefined
      ? { from: filters.from, to: filters.to }
      : undefined);
  const paint = (): void => {
    if (!canvas.current || !box.current || width < 2) return;
    paintTimeline(canvas.current, {
      width,
      height: box.current.clientHeight,
      view,
      rows,
      scrollTop: box.current.scrollTop,
      tracks,
      lives,
      gaps: gaps ?? [],
      bookmarks,
      cursor: cursor === "live" ? undefined : cursor,
      range,
      selected,
      end: limits.to,
      originMs: Date.parse(status.startedAt) || 0,
    });
  };
  useLayoutEffect(paint);
  useHeight(box, setHeight);
  useFirstFocus(box, true);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    const row = rows[activeIndex];
    const to = movedTo(event.key, activeIndex, rows.length);
    if (to !== undefined) moveTo(to);
    else if (event.key === "Enter" && row?.process !== undefined)
      go({ view: "process", process: row.process, selection: undefined });
    else if (event.key === "Enter" && row?.expandable) onToggle(row);
    else if ((event.key === "[" || event.key === "]") && row?.expandable) onToggle(row);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="toolbar">
        <h1>Timeline</h1>
        <Zoom view={view} limits={limits} onView={setView} />
        <span className="toolbar-end muted">
          <span className="legend-events" aria-hidden="true" /> events{" "}
          <span className="legend-busy" aria-hidden="true" /> in callbacks
        </span>
      </div>
      <div className="timeline" ref={frame} data-theme-version={theme} data-height={height}>
        <div
          ref={box}
          className="scroll-list timeline-tracks"
          role="tree"
          aria-label="Tracks"
          tabIndex={0}
          aria-activedescendant={activeIndex >= first && activeIndex < last ? `track-${active}` : undefined}
          onKeyDown={onKeyDown}
          onScroll={paint}
        >
          <div className="scroll-size" style={{ height: virtual.height + AXIS }} role="presentation">
            <TrackLabels
              rows={rows}
              first={first}
              last={last}
              active={active}
              selected={selected}
              onPick={onPick}
              onToggle={onToggleAt}
            />
          </div>
        </div>
        <div className="timeline-axis" aria-hidden="true" />
        <div ref={area} className="timeline-area" style={{ left: LABELS }} {...hands}>
          <canvas
            ref={canvas}
            style={{ width, height: height || undefined }}
            role="img"
            aria-label={`${duration(lengthOf(view))} of all tracks; the lists of the other views say the same in words`}
          />
        </div>
      </div>
    </>
  );
}

function pick(row: TimelineRow | undefined, t: number): void {
  if (!row) return;
  const hit = row.spans.find(({ from, to }) => from <= t && t <= (to ?? Infinity));
  if (hit?.event !== undefined) go({ selection: { type: "event", id: hit.event } }, { replace: true });
  else if (hit?.liveView !== undefined) go({ view: "web", section: "liveviews", item: hit.liveView });
  else if (row.process !== undefined)
    go({ selection: { type: "process", process: row.process } }, { replace: true });
}

/** What is in sight: of a recording all, live the last minute, until somebody moves. */
function useView(limits: Stretch): readonly [Stretch, (view: Stretch) => void] {
  const running = useRunning();
  const [moved, setMoved] = useSight();
  const all = { from: limits.from, to: Math.max(limits.to, limits.from + 1e6) };
  const live = { from: limits.to - LIVE_NS, to: limits.to };
  return [moved ?? (running ? live : all), setMoved];
}

function useLives(version: number): ReadonlyMap<string, Life> {
  const { data } = useAnswer("processes", { limit: PROCESSES }, { version, everyMs: EVERY_MS });
  const crashes = useCrashes();
  return useMemo(() => {
    const crashed = new Set(crashes.filter(isCrash).flatMap(({ process }) => process?.handle ?? []));
    return new Map(
      (data?.rows ?? []).map(({ handle, spawnedAt, exitedAt }) => [
        handle,
        { from: spawnedAt ?? undefined, to: exitedAt ?? undefined, failed: crashed.has(handle) },
      ]),
    );
  }, [data, crashes]);
}

function useHeight(box: RefObject<HTMLDivElement | null>, onHeight: (height: number) => void): void {
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => onHeight(Math.floor(entry?.contentRect.height ?? 0)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box, onHeight]);
}
