import Table from "cli-table3";
import { printable } from "./format.ts";
import type { Colors } from "./terminal.ts";

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: "left" | "right";
  /** May shrink to this where the terminal is narrow; absent: never shrinks. */
  readonly shrinksTo?: number;
  /** Left away where the terminal is still too narrow; the highest number goes first. */
  readonly dispensable?: number;
}

const GAP = 2;
const NO_LINES = Object.fromEntries(
  "top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle"
    .split(" ")
    .map((name) => [name, ""]),
);

/** A table without lines that fits into `width` characters: long texts are cut, dispensable columns left away. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  color: Colors,
): string {
  const told = columns.filter(
    (column) => column.dispensable === undefined || rows.some((row) => isTold(column.value(row))),
  );
  const cells = new Map(columns.map((column) => [column, rows.map((row) => printable(column.value(row)))]));
  const natural = (column: Column<Row>): number =>
    Math.max(column.title.length, ...(cells.get(column) ?? []).map((text) => text.length));
  const fitted = fit(told, natural, width);
  const table = new Table({
    head: fitted.map(({ column }) => color.dim(column.title)),
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
    colWidths: fitted.map(({ size }) => size + GAP),
    colAligns: fitted.map(({ column }) => column.align ?? "left"),
  });
  for (const i of rows.keys()) table.push(fitted.map(({ column }) => cells.get(column)?.[i] ?? ""));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Does a cell say anything? A dispensable column in which none does is left away too. */
const isTold = (text: string): boolean => text !== "" && text !== "-";

interface Fitted<Row> {
  readonly column: Column<Row>;
  readonly size: number;
}

/** Chooses the columns and their widths. */
export function fit<Row>(
  columns: readonly Column<Row>[],
  natural: (column: Column<Row>) => number,
  width: number,
): readonly Fitted<Row>[] {
  const least = (column: Column<Row>): number =>
    Math.max(column.title.length, Math.min(natural(column), column.shrinksTo ?? Infinity));
  const total = (some: readonly Column<Row>[]): number =>
    some.reduce((sum, column) => sum + least(column) + GAP, -GAP);
  let kept = columns;
  while (total(kept) > width) {
    const dispensable = kept.filter((column) => column.dispensable !== undefined);
    const victim = dispensable.sort((a, b) => (b.dispensable ?? 0) - (a.dispensable ?? 0))[0];
    if (!victim) break;
    kept = kept.filter((column) => column !== victim);
  }
  // What is left over goes to the columns that were shrunk, the first ones first.
  let spare = Math.max(0, width - total(kept));
  return kept.map((column) => {
    const extra = Math.min(spare, natural(column) - least(column));
    spare -= extra;
    return { column, size: least(column) + extra };
  });
}
