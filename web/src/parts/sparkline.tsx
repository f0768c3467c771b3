import type { ReactElement } from "react";

const WIDTH = 240;
const HEIGHT = 20;

interface Props {
  readonly values: readonly number[];
  /** Name of a CSS variable. */
  readonly color: string;
  /** Stretches of which not everything is known, as shares of the width. */
  readonly gaps?: readonly { readonly from: number; readonly to: number }[];
}

const NO_GAPS: NonNullable<Props["gaps"]> = [];

/** Bars in the space of a word. The numbers beside it say the same. */
export function Sparkline({ values, color, gaps = NO_GAPS }: Props): ReactElement {
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length);
  const d = values
    .map((value, index) => {
      if (value === 0) return "";
      const tall = Math.max(1.5, Math.sqrt(value / most) * HEIGHT);
      return `M${(index * step).toFixed(1)} ${HEIGHT}v${(-tall).toFixed(1)}h${(step - 1).toFixed(1)}v${tall.toFixed(1)}z`;
    })
    .join("");
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      style={{ color: `var(${color})` }}
    >
      {gaps.map(({ from, to }) => (
        <rect
          key={`${from} ${to}`}
          className="sparkline-gap"
          x={from * WIDTH}
          width={Math.max(2, (to - from) * WIDTH)}
          height={HEIGHT}
        />
      ))}
      <path d={d} fill="currentColor" />
    </svg>
  );
}
