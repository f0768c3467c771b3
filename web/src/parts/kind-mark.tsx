import type { ReactElement } from "react";
import { type Kind, lookOf, type MarkShape } from "../domain/kinds.ts";

// Drawn on a 12 × 12 grid; "fill" shapes are solid, the rest are strokes.
const PATHS: Readonly<Record<MarkShape, { readonly d: string; readonly fill?: boolean }>> = {
  "arrow-right": { d: "M1.5 6h7M6 2.8 9.8 6 6 9.2" },
  "arrow-left": { d: "M10.5 6h-7M6 2.8 2.2 6 6 9.2" },
  "arrow-broken": { d: "M1 6h3.2M7.2 3.2l3.6 5.6M10.8 3.2 7.2 8.8" },
  plus: { d: "M6 2v8M2 6h8" },
  "plus-ring": { d: "M6 1.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2ZM6 4v4M4 6h4" },
  square: { d: "M2.8 2.8h6.4v6.4H2.8z", fill: true },
  "chevron-down": { d: "M2.5 4.2 6 7.8l3.5-3.6" },
  "chevron-up": { d: "M2.5 7.8 6 4.2l3.5 3.6" },
  diamond: { d: "M6 1.6 10.4 6 6 10.4 1.6 6z" },
  inbox: { d: "M6 1.2v5M3.8 4.2 6 6.4l2.2-2.2M1.8 7.2v3.2h8.4V7.2" },
  clock: { d: "M6 1.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2ZM6 3.4V6l1.8 1.2" },
  bolt: { d: "M6.8 1 2.6 6.9h2.6L4.6 11l4.8-6H6.4z", fill: true },
  flag: { d: "M3 11V1.8h6.2L7.6 4.3l1.6 2.5H3" },
  "flag-down": { d: "M3 1v9.2h6.2L7.6 7.7l1.6-2.5H3" },
  link: { d: "M5 3.2H3.8a2.8 2.8 0 0 0 0 5.6H5M7 3.2h1.2a2.8 2.8 0 0 1 0 5.6H7M4.2 6h3.6" },
  unlink: { d: "M4.4 3.2h-.6a2.8 2.8 0 0 0 0 5.6h.6M7.6 3.2h.6a2.8 2.8 0 0 1 0 5.6h-.6M7.2 1.4 4.8 10.6" },
  ring: { d: "M6 2.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2Z" },
  tree: { d: "M6 1.6v3M2.6 10.2V7.6h6.8v2.6M6 4.6v3" },
  hexagon: { d: "M6 1.4 10 3.7v4.6L6 10.6 2 8.3V3.7z" },
  dot: { d: "M6 4.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z", fill: true },
  bar: { d: "M6 1.8v8.4M3.4 1.8h5.2M3.4 10.2h5.2" },
  pulse: { d: "M1 6h2.4L5 2.4l2.2 7.2L8.8 6H11" },
  waves: { d: "M3.2 3.2a4 4 0 0 0 0 5.6M8.8 3.2a4 4 0 0 1 0 5.6M6 5.4v1.2" },
  feather: { d: "M2 10.4 6.6 5M10.4 1.6c-4.6.4-6.8 2.6-6.6 6.8 4.2.2 6.2-2.2 6.6-6.8Z" },
  hatch: { d: "M1.6 7.4 7.4 1.6M1.6 11 11 1.6M5 11l6-6M8.8 11l2.2-2.2" },
};

/** The mark of a kind: its colour and its shape, each enough by itself. Decoration: the word stands beside it. */
export function KindMark({
  kind,
  failed = false,
}: {
  readonly kind: Kind;
  readonly failed?: boolean;
}): ReactElement {
  const { shape, color } = lookOf(kind);
  const { d, fill = false } = PATHS[shape];
  return (
    <svg
      className="mark"
      width={12}
      height={12}
      viewBox="0 0 12 12"
      aria-hidden="true"
      style={{ color: `var(${failed ? "--k-fail" : color})` }}
    >
      <path
        d={d}
        fill={fill ? "currentColor" : "none"}
        stroke="currentColor"
        strokeWidth={fill ? 0.6 : 1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** Mark and word. */
export function KindLabel({
  kind,
  failed = false,
}: {
  readonly kind: Kind;
  readonly failed?: boolean;
}): ReactElement {
  const { label, means } = lookOf(kind);
  return (
    <span className={failed ? "kind failed" : "kind"} title={means}>
      <KindMark kind={kind} failed={failed} />
      {label}
    </span>
  );
}
