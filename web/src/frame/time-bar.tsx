import type { Rates } from "elixirscope/protocol";
import { type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { count, timeOfDay } from "../domain/format.ts";
import { KIND_LOOKS } from "../domain/kinds.ts";
import { instantAt, type Span, type TimeWindow, xOf } from "../domain/time-window.ts";
import { KindMark } from "../parts/kind-mark.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { useElementWidth } from "../parts/use-element-width.ts";
import { go, usePlace } from "../place/use-place.ts";
import { useRunning, useStatus } from "../server/hooks.ts";
import { useBookmarks } from "../server/use-bookmarks.ts";
import { paintTimeBar } from "./time-bar-paint.ts";
import { toggleLive } from "./toggle-live.ts";
import { useBrush } from "./use-brush.ts";
import { useThemeVersion } from "./use-theme-version.ts";
import { useCrashes, useRates, useTimeWindow } from "./use-time-window.ts";

const BUCKET_PX = 4;
const HEIGHT = 40;
const AXIS = 18;

const SPANS = [
  { value: "60", text: "1 min" },
  { value: "300", text: "5 min" },
  { value: "3600", text: "1 h" },
  { value: "all", text: "all" },
] as const;
type SpanText = (typeof SPANS)[number]["value"];

/** Event density by kind, crashes and gaps over time, at every view; the cursor and the range are set here. */
export function TimeBar(): ReactElement {
  const status = useStatus();
  const { cursor, filters } = usePlace();
  const running = useRunning();
  const recorded = status?.nodes[0]?.state === "recording";
  const [chosen, setChosen] = useState<SpanText | undefined>();
  const spanText = chosen ?? (recorded ? "all" : "60");
  const span: Span = spanText === "all" ? "all" : (Number(spanText) as Span);
  const ranged = filters.from !== undefined || filters.to !== undefined;
  return (
    <section className="time-bar" aria-label="Time">
      <Segmented label="Span of the time bar" value={spanText} options={SPANS} onChange={setChosen} />
      <Track span={span} />
      <div className="time-end">
        <button
          type="button"
          className={cursor === "live" && running ? "live-button on" : "live-button"}
          aria-pressed={cursor === "live"}
          onClick={toggleLive}
          title="Space"
        >
          <span className="live-dot" aria-hidden="true" />
          {cursor === "live" ? (running ? "LIVE" : "END") : "PAUSED"}
        </button>
        {ranged && (
          <button
            type="button"
            className="link-button"
            onClick={() => go(({ filters: { from: _from, to: _to, ...rest } }) => ({ filters: rest }))}
          >
            drop the range
          </button>
        )}
      </div>
    </section>
  );
}

function Track({ span }: { readonly span: Span }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [box, measured] = useElementWidth();
  const buckets = Math.max(1, Math.floor(measured / BUCKET_PX));
  const width = buckets * BUCKET_PX;
  const status = useStatus();
  const { cursor, filters } = usePlace();
  const wanted = useTimeWindow(span, buckets, status, cursor);
  const rates = useRates(wanted, status !== undefined && status.nodes.length > 0);
  const crashes = useCrashes();
  const { bookmarks } = useBookmarks();
  const theme = useThemeVersion();
  const originMs = Date.parse(status?.startedAt ?? "") || 0;
  const cursorX = cursor === "live" ? undefined : xOf(cursor, wanted, width);
  const { handlers, drawn, hover, dragged } = useBrush({ window: wanted, width, height: HEIGHT, cursorX });
  const { from, to } = filters;
  const set = from !== undefined || to !== undefined;
  const range = drawn ?? (set ? { from: from ?? wanted.from, to: to ?? wanted.to } : undefined);
  useEffect(() => {
    if (!canvas.current || width < BUCKET_PX * 2) return;
    const picture = {
      width,
      height: HEIGHT,
      axis: AXIS,
      window: wanted,
      rates,
      crashes,
      bookmarks,
      cursor: dragged ?? cursor,
      range,
      originMs,
    };
    paintTimeBar(canvas.current, picture);
  });
  const at = dragged ?? (cursor === "live" ? (status?.t ?? 0) : cursor);
  return (
    <div
      ref={box}
      className="time-track"
      role="slider"
      tabIndex={0}
      aria-label="Time cursor"
      aria-valuemin={wanted.from}
      aria-valuemax={wanted.to}
      aria-valuenow={Math.min(wanted.to, Math.max(wanted.from, at))}
      aria-valuetext={
        cursor === "live" && dragged === undefined ? "live" : timeOfDay(originMs + at / 1e6, true)
      }
      onKeyDown={(event) => onKey(event, wanted, at)}
      data-theme-version={theme}
      {...handlers}
    >
      <canvas ref={canvas} style={{ width, height: HEIGHT + AXIS }} />
      {hover !== undefined && rates && (
        <Readout x={hover} window={wanted} width={width} rates={rates} originMs={originMs} />
      )}
    </div>
  );
}

function onKey(event: KeyboardEvent, window: TimeWindow, at: number): void {
  const step = (window.to - window.from) / window.buckets;
  if (event.key === "ArrowLeft") go({ cursor: Math.round(at - step) }, { replace: true });
  else if (event.key === "ArrowRight") go({ cursor: Math.round(at + step) }, { replace: true });
  else if (event.key === "Home") go({ cursor: window.from }, { replace: true });
  else if (event.key === "End") go({ cursor: "live" }, { replace: true });
  else return;
  event.preventDefault();
}

interface ReadoutProps {
  readonly x: number;
  readonly window: TimeWindow;
  readonly width: number;
  readonly rates: Rates;
  readonly originMs: number;
}

/** What the bucket under the pointer holds. */
function Readout({ x, window, width, rates, originMs }: ReadoutProps): ReactElement | null {
  const t = instantAt(x, window, width);
  const bucket = Math.floor((t - rates.from) / rates.bucketNs);
  const gap = rates.gaps.find((entry) => entry.from <= t && t <= entry.to);
  const counts = KIND_LOOKS.map(({ kind }) => ({ kind, n: rates.series[kind]?.[bucket] ?? 0 })).filter(
    ({ n }) => n > 0,
  );
  const left = Math.min(Math.max(0, x - 90), Math.max(0, width - 180));
  return (
    <div className="time-readout" style={{ left }}>
      <strong className="mono">{timeOfDay(originMs + t / 1e6, true)}</strong>
      {counts.map(({ kind, n }) => (
        <span key={kind}>
          <KindMark kind={kind} /> {count(n)}
        </span>
      ))}
      {gap && <span className="lost">gap: {count(gap.total)} dropped</span>}
      {counts.length === 0 && !gap && <span className="muted">nothing</span>}
      <span className="time-needle" style={{ left: xOf(t, window, width) - left }} aria-hidden="true" />
    </div>
  );
}
