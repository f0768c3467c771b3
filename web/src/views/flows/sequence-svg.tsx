import type { ReactElement } from "react";
import type { CriticalStretch } from "../../domain/critical-rows.ts";
import { duration, percent } from "../../domain/format.ts";
import { rowWords, type Sequence, type SequenceRow } from "../../domain/sequence.ts";
import { KindMark } from "../../parts/kind-mark.tsx";

const ROW = 30;
const HEAD = 36;
/** To the left: when. */
const GUTTER = 84;
/** To the right: what the last process did. */
const MARGIN = 160;
const LETTER = 7.3;
const NOTE_LETTERS = 60;
/** Shares of the whole from which on they stand beside their stretch. */
const SAID = 0.1;

/** Where things stand in the diagram, in pixels. */
export interface SequenceSize {
  readonly column: number;
  readonly width: number;
  readonly height: number;
}

/** Narrower than this a message says too little: then one scrolls. */
const NARROWEST = 132;

/** As wide as there is room, within what can be read. */
export function sizeOf(lifelines: number, rows: number, room: number): SequenceSize {
  const column = Math.min(
    320,
    Math.max(NARROWEST, Math.floor((room - GUTTER - MARGIN) / Math.max(1, lifelines))),
  );
  return { column, width: GUTTER + lifelines * column + MARGIN, height: HEAD + rows * ROW + ROW };
}

export const lifelineX = (place: number, column: number): number => GUTTER + place * column + column / 2;
const rowY = (index: number): number => HEAD + index * ROW + ROW / 2;

interface Props {
  readonly sequence: Sequence;
  readonly shown: number;
  readonly size: SequenceSize;
  readonly start: number;
  readonly selected: number | undefined;
  /** What lies after this instant is faint. */
  readonly until: number | undefined;
  readonly onPick: (row: SequenceRow) => void;
  /** Of the critical path; none: it is not asked for. */
  readonly critical: readonly CriticalStretch[];
}

/** The diagram's drawing: lifelines, who was at work when, messages between them, what each did. */
export function SequenceDrawing(props: Props): ReactElement {
  const { sequence, shown, size } = props;
  const { lifelines, rows, activations } = sequence;
  return (
    <>
      {lifelines.map(({ key, label }, place) => {
        const x = lifelineX(place, size.column);
        return (
          <g key={key}>
            <line className="sq-life" x1={x} x2={x} y1={HEAD - 8} y2={size.height} />
            <text className="sq-head" x={x} y={20} textAnchor="middle">
              {clipped(label, size.column - 8)}
            </text>
          </g>
        );
      })}
      {activations.map(({ lifeline, from, to }, index) => (
        <rect
          key={index}
          className="sq-work"
          x={lifelineX(lifeline, size.column) - 4}
          y={rowY(from)}
          width={8}
          height={Math.max(8, (Math.min(to, shown - 1) - from) * ROW + 8)}
          rx={2}
        />
      ))}
      {props.critical
        .filter(({ from }) => from < shown)
        .map((stretch, index) => (
          <Critical key={index} stretch={stretch} shown={shown} column={size.column} />
        ))}
      {rows.slice(0, shown).map((row, index) => (
        <Row key={row.key} {...props} row={row} y={rowY(index)} />
      ))}
    </>
  );
}

/** A stretch of the critical path beside its lifeline: filled while it worked, hollow while it waited. */
function Critical({
  stretch,
  shown,
  column,
}: {
  readonly stretch: CriticalStretch;
  readonly shown: number;
  readonly column: number;
}): ReactElement {
  const { type, lifeline, from, to, durationNs, share } = stretch;
  const x = lifelineX(lifeline, column) - 13;
  const height = (Math.min(to, shown - 1) - from) * ROW + 16;
  const took = `${duration(durationNs)}, ${percent(share * 100)} %`;
  return (
    <g className={`sq-critical ${type}`}>
      <title>{`${type === "work" ? "works" : type === "wait" ? "waits" : "not known"} ${took}`}</title>
      <rect x={x} y={rowY(from) - 8} width={6} height={height} rx={2} />
      {share >= SAID && (
        <text className="sq-text sq-label" x={x - 5} y={rowY(from) + 4} textAnchor="end">
          {`${percent(share * 100)} %`}
        </text>
      )}
    </g>
  );
}

interface RowProps extends Props {
  readonly row: SequenceRow;
  readonly y: number;
}

function Row({ sequence, size, start, selected, until, onPick, row, y }: RowProps): ReactElement {
  const isSelected = selected !== undefined && (row.id === selected || row.receivedId === selected);
  const later = until !== undefined && row.t > until;
  const names = ["sq-row", row.failed && "failed", isSelected && "selected", later && "later"];
  const after = `${duration(row.t - start)} after the start`;
  return (
    <g
      id={rowId(row)}
      role="option"
      aria-selected={isSelected}
      className={names.filter(Boolean).join(" ")}
      onClick={() => onPick(row)}
    >
      <title>{`${rowWords(sequence, row)}, ${after}${row.waitedNs === null ? "" : `, taken after ${duration(row.waitedNs)}`}`}</title>
      <rect className="sq-hit" x={0} y={y - ROW / 2} width={size.width} height={ROW} />
      <text className="sq-time" x={GUTTER - 14} y={y + 4} textAnchor="end">
        {duration(row.t - start)}
      </text>
      {row.type === "step" || row.type === "failure" ? (
        <Note row={row} x={lifelineX(row.from, size.column)} y={y} right={size.width} />
      ) : (
        <Arrow row={row} column={size.column} y={y} />
      )}
    </g>
  );
}

export const rowId = ({ key }: SequenceRow): string => `sq-${key.replaceAll(/\s/g, "_")}`;

function Note({
  row,
  x,
  y,
  right,
}: {
  readonly row: SequenceRow;
  readonly x: number;
  readonly y: number;
  /** Where the drawing ends. */
  readonly right: number;
}): ReactElement {
  const took = row.durationNs === null ? "" : ` ${duration(row.durationNs)}`;
  const text = clipped(row.text, NOTE_LETTERS * LETTER);
  const width = 28 + (text.length + took.length) * LETTER;
  // A long one at the last lifeline goes over it to the left: nothing else is in its row.
  const left = Math.max(GUTTER, Math.min(x + 8, right - width - 8));
  return (
    <>
      <rect className="sq-note" x={left} y={y - 11} width={width} height={22} rx={4} />
      <g transform={`translate(${left + 6} ${y - 6})`}>
        <KindMark kind={row.mark} failed={row.failed} />
      </g>
      <text className="sq-text" x={left + 23} y={y + 4}>
        {text}
        <tspan className="sq-muted">{took}</tspan>
      </text>
    </>
  );
}

function Arrow({
  row,
  column,
  y,
}: {
  readonly row: SequenceRow;
  readonly column: number;
  readonly y: number;
}): ReactElement {
  const [from, to] = [lifelineX(row.from, column), lifelineX(row.to, column)];
  if (row.from === row.to) return <SelfArrow row={row} x={from} y={y} />;
  const way = Math.sign(to - from);
  const [start, end] = [from + way * 5, to - way * 6];
  const room = Math.abs(to - from) - 24;
  const label = [row.sort, row.text].filter(Boolean).join(" ");
  return (
    <>
      <text className="sq-text sq-label" x={(from + to) / 2} y={y - 1} textAnchor="middle">
        {row.sort && <tspan className="sq-muted">{row.sort} </tspan>}
        {clipped(label, room).slice(row.sort ? row.sort.length + 1 : 0)}
      </text>
      <line
        className={row.type === "message" ? "sq-arrow" : `sq-arrow ${row.type}`}
        x1={start}
        x2={end}
        y1={y + 5}
        y2={y + 5}
      />
      <path className={row.failed ? "sq-cross" : "sq-tip"} d={tip(end, y + 5, way, row.failed)} />
    </>
  );
}

function SelfArrow({
  row,
  x,
  y,
}: {
  readonly row: SequenceRow;
  readonly x: number;
  readonly y: number;
}): ReactElement {
  return (
    <>
      <path className="sq-arrow" d={`M${x + 5} ${y - 5}h22v10h-20`} />
      <path className={row.failed ? "sq-cross" : "sq-tip"} d={tip(x + 6, y + 5, -1, row.failed)} />
      <text className="sq-text" x={x + 34} y={y + 4}>
        {clipped([row.sort, row.text].filter(Boolean).join(" "), NOTE_LETTERS * LETTER)}
      </text>
    </>
  );
}

const tip = (x: number, y: number, way: number, cross: boolean): string =>
  cross ? `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` : `M${x} ${y}l${-8 * way} -4v8z`;

function clipped(text: string, room: number): string {
  const letters = Math.max(4, Math.floor(room / LETTER));
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}
