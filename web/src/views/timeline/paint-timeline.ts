import type { TimelineTrack } from "elixirscope/protocol";
import { timeOfDay } from "../../domain/format.ts";
import { ticksOf } from "../../domain/time-window.ts";
import type { TimelineRow, TimelineSpan } from "../../domain/timeline-rows.ts";
import { lengthOf, type Stretch } from "../../domain/timeline-window.ts";

export const ROW = 24;
export const AXIS = 24;
const TICK_SPACING = 120;
const BAR = 16;

/** What is known of one process's track, at some resolution. */
export interface KnownTrack {
  readonly from: number;
  readonly bucketNs: number;
  readonly track: TimelineTrack;
}

/** When a process was there; nothing: before the recording, or still. */
export interface Life {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly failed: boolean;
}

export interface TimelinePicture {
  readonly width: number;
  readonly height: number;
  readonly view: Stretch;
  readonly rows: readonly TimelineRow[];
  readonly scrollTop: number;
  readonly tracks: ReadonlyMap<string, KnownTrack>;
  readonly lives: ReadonlyMap<string, Life>;
  readonly gaps: readonly Stretch[];
  /** What people marked. */
  readonly bookmarks: readonly Stretch[];
  readonly cursor: number | undefined;
  readonly range: Stretch | undefined;
  readonly selected: string | undefined;
  /** End of the record: what lies beyond is not known. */
  readonly end: number;
  readonly originMs: number;
}

type Colors = (name: string) => string;

/** Draws what is in sight of the timeline. Its cost follows the size of the screen, not that of the recording. */
export function paintTimeline(canvas: HTMLCanvasElement, picture: TimelinePicture): void {
  const { width, height } = picture;
  const scale = window.devicePixelRatio || 1;
  const [wide, tall] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== tall) canvas.height = tall;
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const known = new Map<string, string>();
  const color: Colors = (name) => {
    const value = known.get(name) ?? style.getPropertyValue(name).trim();
    known.set(name, value);
    return value;
  };
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  paintAxis(context, picture, color);
  paintRows(context, picture, color);
  paintGaps(context, picture, color);
  for (const bookmark of picture.bookmarks) paintBookmark(context, picture, bookmark, color("--accent"));
  paintMarks(context, picture, color);
}

const xAt = ({ view, width }: TimelinePicture, t: number): number =>
  ((t - view.from) / lengthOf(view)) * width;

function paintRows(context: CanvasRenderingContext2D, picture: TimelinePicture, color: Colors): void {
  const { rows, scrollTop, height } = picture;
  const first = Math.max(0, Math.floor(scrollTop / ROW));
  const last = Math.min(rows.length, Math.ceil((scrollTop + height - AXIS) / ROW));
  context.save();
  context.beginPath();
  context.rect(0, AXIS, picture.width, height - AXIS);
  context.clip();
  for (let index = first; index < last; index += 1) {
    const row = rows[index]!;
    const top = AXIS + index * ROW - scrollTop;
    if (row.process !== undefined && row.process === picture.selected) {
      context.fillStyle = color("--bg-selected");
      context.fillRect(0, top, picture.width, ROW);
    }
    context.fillStyle = color("--line");
    context.fillRect(0, top + ROW - 1, picture.width, 1);
    if (row.process !== undefined) paintProcess(context, picture, row.process, top, color);
    for (const span of row.spans) paintSpan(context, picture, span, top, color);
  }
  context.restore();
}

function paintProcess(
  context: CanvasRenderingContext2D,
  picture: TimelinePicture,
  process: string,
  top: number,
  color: Colors,
): void {
  const life = picture.lives.get(process);
  const from = Math.max(0, life?.from === undefined ? 0 : xAt(picture, life.from));
  const to = Math.min(picture.width, xAt(picture, life?.to ?? picture.end));
  if (to > from) {
    context.fillStyle = color("--line-2");
    context.fillRect(from, top + ROW / 2 - 0.5, to - from, 1);
  }
  const known = picture.tracks.get(process);
  if (known) paintTrack(context, picture, known, top, color);
  if (life?.failed && life.to !== undefined)
    paintCrash(context, xAt(picture, life.to), top, color("--k-fail"));
}

/** Events as bars as high as they are many; over them in another colour the share of time spent in callbacks. */
function paintTrack(
  context: CanvasRenderingContext2D,
  picture: TimelinePicture,
  { from, bucketNs, track }: KnownTrack,
  top: number,
  color: Colors,
): void {
  const { view, width } = picture;
  const first = Math.max(0, Math.floor((view.from - from) / bucketNs));
  const last = Math.min(track.events.length, Math.ceil((view.to - from) / bucketNs));
  const most = Math.max(1, ...track.events.slice(first, last));
  const wide = Math.max(1, (bucketNs / lengthOf(view)) * width - 0.5);
  const bottom = top + (ROW + BAR) / 2;
  const draw = (paint: string, tallOf: (index: number) => number): void => {
    context.fillStyle = color(paint);
    for (let index = first; index < last; index += 1) {
      const tall = tallOf(index);
      if (tall === 0) continue;
      const x = ((from + index * bucketNs - view.from) / lengthOf(view)) * width;
      context.fillRect(x, bottom - tall, wide, tall);
    }
  };
  // The square root keeps a lone event visible beside a burst of thousands.
  draw("--k-send", (index) => {
    const events = track.events[index]!;
    return events === 0 ? 0 : Math.max(3, Math.sqrt(events / most) * BAR);
  });
  draw("--k-state", (index) => {
    const busyNs = track.busyNs[index]!;
    return busyNs === 0 ? 0 : Math.max(1.5, Math.min(1, busyNs / bucketNs) * BAR);
  });
}

function paintCrash(context: CanvasRenderingContext2D, x: number, top: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(x, top + ROW - 5);
  context.lineTo(x - 5, top + 5);
  context.lineTo(x + 5, top + 5);
  context.fill();
}

function paintSpan(
  context: CanvasRenderingContext2D,
  picture: TimelinePicture,
  span: TimelineSpan,
  top: number,
  color: Colors,
): void {
  const from = Math.max(-2, xAt(picture, span.from));
  const to = Math.min(picture.width + 2, xAt(picture, span.to ?? picture.end));
  if (to < 0 || from > picture.width) return;
  const wide = Math.max(2, to - from);
  context.fillStyle = color(span.failed ? "--k-fail" : "--k-phoenix");
  context.fillRect(from, top + 4, wide, ROW - 9);
  if (wide < 40) return;
  context.fillStyle = color("--bg");
  context.font = `11px ${color("--font")}`;
  context.textBaseline = "middle";
  context.fillText(fitting(context, span.label, wide - 9), from + 5, top + ROW / 2);
}

/** As much of the text as there is room for. */
function fitting(context: CanvasRenderingContext2D, text: string, room: number): string {
  const { width } = context.measureText(text);
  if (width <= room) return text;
  const letters = Math.floor((text.length * room) / width) - 2;
  return letters < 2 ? "" : `${text.slice(0, letters)}…`;
}

function paintGaps(context: CanvasRenderingContext2D, picture: TimelinePicture, color: Colors): void {
  context.fillStyle = color("--k-gap");
  context.globalAlpha = 0.18;
  for (const gap of picture.gaps) {
    const [from, to] = [Math.max(0, xAt(picture, gap.from)), Math.min(picture.width, xAt(picture, gap.to))];
    if (to >= from) context.fillRect(from, AXIS, Math.max(2, to - from), picture.height - AXIS);
  }
  context.globalAlpha = 1;
}

function paintAxis(context: CanvasRenderingContext2D, picture: TimelinePicture, color: Colors): void {
  const { view, width, height, originMs } = picture;
  // Times of day change at whole seconds of the clock, not of the recording.
  const shift = (originMs % 1_000) * 1e6;
  const window = { from: view.from + shift, to: view.to + shift, buckets: 1 };
  const fine = lengthOf(view) < 30e9;
  context.font = `11px ${color("--font-mono")}`;
  context.textBaseline = "middle";
  for (const tick of ticksOf(window, width, TICK_SPACING)) {
    const x = Math.round(xAt(picture, tick - shift));
    context.fillStyle = color("--line");
    context.fillRect(x, AXIS - 6, 1, height);
    context.fillStyle = color("--text-2");
    const text = tickText(originMs + (tick - shift) / 1e6, lengthOf(view), fine, tick);
    if (x + 4 + context.measureText(text).width <= width) context.fillText(text, x + 4, AXIS / 2);
  }
  context.fillStyle = color("--line-2");
  context.fillRect(0, AXIS - 1, width, 1);
}

/** A diamond on the axis where it begins, with a line through all tracks; what it reaches over is underlined. */
function paintBookmark(
  context: CanvasRenderingContext2D,
  picture: TimelinePicture,
  { from, to }: Stretch,
  color: string,
): void {
  const [left, right] = [xAt(picture, from), Math.min(picture.width, xAt(picture, to))];
  if (right < 0 || left > picture.width) return;
  const middle = AXIS - 6;
  context.fillStyle = color;
  if (right > left) context.fillRect(Math.max(0, left), middle - 1, right - Math.max(0, left), 2);
  context.beginPath();
  context.moveTo(left - 5, middle);
  context.lineTo(left, middle - 5);
  context.lineTo(left + 5, middle);
  context.lineTo(left, middle + 5);
  context.fill();
  context.globalAlpha = 0.35;
  context.fillRect(Math.round(left), AXIS, 1, picture.height - AXIS);
  context.globalAlpha = 1;
}

/** Below a millisecond the time of day has not enough digits: what is behind its last one comes as well. */
function tickText(ms: number, length: number, fine: boolean, tick: number): string {
  const text = timeOfDay(ms, fine);
  return length < 20e6 ? `${text}${String(Math.round(tick / 1e3) % 1_000).padStart(3, "0")}` : text;
}

function paintMarks(context: CanvasRenderingContext2D, picture: TimelinePicture, color: Colors): void {
  const { cursor, range, height } = picture;
  if (range) {
    const [from, to] = [xAt(picture, range.from), xAt(picture, range.to)];
    context.fillStyle = color("--accent");
    context.globalAlpha = 0.14;
    context.fillRect(from, 0, to - from, height);
    context.globalAlpha = 1;
    context.fillRect(from, 0, 1.5, height);
    context.fillRect(to - 1.5, 0, 1.5, height);
  }
  if (cursor !== undefined) {
    context.fillStyle = color("--accent");
    context.fillRect(Math.round(xAt(picture, cursor)) - 1, 0, 2, height);
  }
}
