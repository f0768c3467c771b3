import { type ReactElement, useEffect, useRef } from "react";
import uPlot from "uplot";
import { shortCount } from "../../domain/format.ts";
import { useThemeVersion } from "../../frame/use-theme-version.ts";
import { useElementWidth } from "../use-element-width.ts";

/** One line; null: nothing is known there, and the line is broken. */
export interface ChartLine {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

interface Props {
  /** What is drawn, in words: a canvas says nothing by itself. */
  readonly label: string;
  /** Ascending; times in Unix seconds. */
  readonly x: readonly number[];
  readonly xName: string;
  readonly isTime: boolean;
  readonly lines: readonly ChartLine[];
  readonly height: number;
  /** How a value is written; default: three digits with a unit of thousands. */
  readonly text?: (value: number) => string;
  /** A click, with the value of x under it. */
  readonly onPoint?: (x: number) => void;
}

const COLORS = ["--k-send", "--k-call", "--k-state", "--k-flow", "--k-receive", "--k-phoenix"] as const;
/** Lines are told apart by their dashes, too. */
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [12, 4], [4, 2]];

const DATE_AND_TIME = "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}";
const DATE = "{YYYY}-{MM}-{DD}";
/** Of ticks at least so many seconds apart: how they are written, and what is written below the first of another day. */
const tick = (seconds: number, text: string): (number | string | null)[] => [
  seconds,
  text,
  `\n${DATE}`,
  `\n${DATE}`,
  `\n${DATE}`,
  null,
  null,
  null,
  1,
];
/** As everywhere in the UI: 24 hours, and dates that sort. */
const CLOCK: uPlot.Axis.Values = [
  [86_400, DATE, null, null, null, null, null, null, 1],
  tick(60, "{HH}:{mm}"),
  tick(1, "{HH}:{mm}:{ss}"),
  tick(0.001, "{HH}:{mm}:{ss}.{fff}"),
];

/** Numbers over time or over other numbers, by uPlot: load it lazily. Zoomed by dragging, whole again by a double click. */
export function LineChart(props: Props): ReactElement {
  const { label, isTime, xName, lines, height } = props;
  const theme = useThemeVersion();
  const [box, width] = useElementWidth();
  // Data and size are handed to the plot that is there; another look needs another plot.
  const look = [theme, isTime, xName, ...lines.map(({ name }) => name)].join("\n");
  return (
    <div ref={box} className="line-chart" role="img" aria-label={label} style={{ minHeight: height }}>
      {width > 0 && <Plot key={look} {...props} width={width} />}
    </div>
  );
}

function Plot(props: Props & { readonly width: number }): ReactElement {
  const { x, lines, width, height } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const { current } = latest;
    plot.current = new uPlot(optionsOf(latest, current.width), dataOf(current), box.current!);
    return () => plot.current?.destroy();
  }, []);
  useEffect(() => plot.current?.setData(dataOf({ x, lines })), [x, lines]);
  useEffect(() => plot.current?.setSize({ width, height }), [width, height]);
  return <div ref={box} />;
}

const dataOf = ({ x, lines }: Pick<Props, "x" | "lines">): uPlot.AlignedData =>
  [[...x], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;

function optionsOf(latest: { readonly current: Props }, width: number): uPlot.Options {
  const { height, isTime, xName, lines, text = shortCount } = latest.current;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--text-2"),
    font: `11px ${color("--font")}`,
    grid: { stroke: color("--line"), width: 1 },
    ticks: { stroke: color("--line-2"), width: 1 },
  };
  return {
    width,
    height,
    scales: { x: { time: isTime } },
    axes: [
      isTime ? { ...axis, values: CLOCK } : axis,
      { ...axis, size: 64, values: (_, values) => values.map(text) },
    ],
    series: [
      { label: xName, ...(isTime && { value: DATE_AND_TIME }) },
      ...lines.map(({ name }, index) => ({
        label: name,
        stroke: color(COLORS[index % COLORS.length]!),
        dash: [...(DASHES[index % DASHES.length] ?? [])],
        width: 1.5,
        value: (_: uPlot, value: number | null) => (value === null ? "–" : text(value)),
      })),
    ],
    hooks: {
      ready: [
        (plot) => {
          plot.over.addEventListener("click", ({ offsetX }) =>
            latest.current.onPoint?.(plot.posToVal(offsetX, "x")),
          );
        },
      ],
    },
  };
}
