import type { BookmarkRow, EventRow, Rates } from "elixirscope/protocol";
import { timeOfDay } from "../domain/format.ts";
import { layersOf, type TimeWindow, ticksOf, totalsOf, xOf } from "../domain/time-window.ts";

export interface TimeBarPicture {
  readonly width: number;
  /** Of the bars; the axis with its labels comes below. */
  readonly height: number;
  readonly axis: number;
  readonly window: TimeWindow;
  readonly rates: Rates | undefined;
  readonly crashes: readonly EventRow[];
  readonly bookmarks: readonly BookmarkRow[];
  readonly cursor: number | "live";
  readonly range: { readonly from: number; readonly to: number } | undefined;
  /** Unix milliseconds of the recording's origin: labels are times of day. */
  readonly originMs: number;
}

const TICK_SPACING = 110;
const CRASH_SIZE = 4;
const DIAMOND = 4.5;

/** Draws the time bar. Colours are read from the document, so that the theme decides them. */
export function paintTimeBar(canvas: HTMLCanvasElement, picture: TimeBarPicture): void {
  const { width, height, axis } = picture;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round((height + axis) * scale);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  paintAxis(context, picture, color);
  paintBars(context, picture, color);
  for (const gap of picture.rates?.gaps ?? []) paintGap(context, picture, gap, color("--k-gap"));
  paintCrashes(context, picture, color("--k-fail"));
  paintBookmarks(context, picture, color("--accent"));
  if (picture.range) paintRange(context, picture, picture.range, color);
  if (picture.cursor !== "live") paintCursor(context, picture, picture.cursor, color("--accent"));
}

type Color = (name: string) => string;

function paintBars(context: CanvasRenderingContext2D, picture: TimeBarPicture, color: Color): void {
  const { rates, height, window, width } = picture;
  if (!rates) return;
  const layers = layersOf(rates).map((layer) => ({ fill: color(layer.color), counts: layer.counts }));
  const buckets = Math.round((rates.to - rates.from) / rates.bucketNs);
  const totals = totalsOf(layersOf(rates), buckets);
  const most = Math.max(1, ...totals);
  const room = height - CRASH_SIZE * 2;
  for (const [index, total] of totals.entries()) {
    if (total === 0) continue;
    // The square root keeps a lone event visible beside a burst of thousands.
    const tall = Math.max(1.5, Math.sqrt(total / most) * room);
    const x = Math.round(xOf(rates.from + index * rates.bucketNs, window, width));
    const next = Math.round(xOf(rates.from + (index + 1) * rates.bucketNs, window, width));
    let bottom = height;
    for (const { fill, counts } of layers) {
      const part = ((counts[index] ?? 0) / total) * tall;
      if (part === 0) continue;
      context.fillStyle = fill;
      context.fillRect(x, bottom - part, Math.max(1, next - x - 1), part);
      bottom -= part;
    }
  }
}

function paintGap(
  context: CanvasRenderingContext2D,
  { window, width, height }: TimeBarPicture,
  gap: { readonly from: number; readonly to: number },
  color: string,
): void {
  const left = Math.max(0, xOf(gap.from, window, width));
  const right = Math.min(width, Math.max(xOf(gap.to, window, width), left + 3));
  if (right <= 0 || left >= width) return;
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.fillStyle = color;
  context.globalAlpha = 0.14;
  context.fillRect(left, 0, right - left, height);
  context.globalAlpha = 0.9;
  context.strokeStyle = color;
  context.lineWidth = 1.2;
  context.beginPath();
  for (let x = left - height; x < right; x += 6) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}

function paintCrashes(context: CanvasRenderingContext2D, picture: TimeBarPicture, color: string): void {
  const { window, width, crashes } = picture;
  context.fillStyle = color;
  for (const { t } of crashes) {
    if (t < window.from || t >= window.to) continue;
    const x = Math.round(xOf(t, window, width));
    context.beginPath();
    context.moveTo(x - CRASH_SIZE, 0);
    context.lineTo(x + CRASH_SIZE, 0);
    context.lineTo(x, CRASH_SIZE * 1.7);
    context.fill();
  }
}

/** A diamond where a bookmark begins, and a line as far as it reaches. */
function paintBookmarks(context: CanvasRenderingContext2D, picture: TimeBarPicture, color: string): void {
  const { window, width, height, bookmarks } = picture;
  const middle = height - DIAMOND - 1;
  context.fillStyle = color;
  for (const { from, to } of bookmarks) {
    if (to < window.from || from >= window.to) continue;
    const left = Math.max(-DIAMOND, Math.round(xOf(from, window, width)));
    const right = Math.min(width, Math.round(xOf(to, window, width)));
    if (right > left) context.fillRect(left, middle - 1, right - left, 2);
    context.beginPath();
    context.moveTo(left - DIAMOND, middle);
    context.lineTo(left, middle - DIAMOND);
    context.lineTo(left + DIAMOND, middle);
    context.lineTo(left, middle + DIAMOND);
    context.fill();
  }
}

function paintAxis(context: CanvasRenderingContext2D, picture: TimeBarPicture, color: Color): void {
  const { window, width, height, axis, originMs } = picture;
  const shift = (originMs % 86_400_000) * 1e6;
  const shifted = { ...window, from: window.from + shift, to: window.to + shift };
  const fine = window.to - window.from < 5e9;
  context.font = `10.5px ${color("--font-mono")}`;
  context.textBaseline = "bottom";
  context.fillStyle = color("--line");
  context.fillRect(0, height, width, 1);
  for (const tick of ticksOf(shifted, width, TICK_SPACING)) {
    const x = Math.round(xOf(tick - shift, window, width));
    context.fillStyle = color("--line");
    context.fillRect(x, 0, 1, height + 4);
    context.fillStyle = color("--text-2");
    const text = timeOfDay(originMs + (tick - shift) / 1e6, fine);
    if (x + 4 + context.measureText(text).width < width) context.fillText(text, x + 4, height + axis - 1);
  }
}

function paintRange(
  context: CanvasRenderingContext2D,
  { window, width, height }: TimeBarPicture,
  range: { readonly from: number; readonly to: number },
  color: Color,
): void {
  const left = Math.max(-1, xOf(range.from, window, width));
  const right = Math.min(width + 1, xOf(range.to, window, width));
  context.fillStyle = color("--accent");
  context.globalAlpha = 0.16;
  context.fillRect(left, 0, right - left, height);
  context.globalAlpha = 1;
  context.fillRect(left, 0, 1.5, height);
  context.fillRect(right - 1.5, 0, 1.5, height);
}

function paintCursor(
  context: CanvasRenderingContext2D,
  { window, width, height }: TimeBarPicture,
  cursor: number,
  color: string,
): void {
  const x = Math.min(width - 5, Math.round(xOf(cursor, window, width)));
  context.fillStyle = color;
  context.fillRect(x - 1, 0, 2, height + 3);
  context.beginPath();
  context.arc(x, height + 3, 4, 0, Math.PI * 2);
  context.fill();
}
