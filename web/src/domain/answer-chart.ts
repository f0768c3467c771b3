import { type AnswerTable, type Column, cellText } from "./answer-table.ts";

/** A line or bars for each column of numbers. */
export interface AnswerChart {
  /** - `line`: over numbers or times, ascending · `bars`: one for each row, named by its texts */
  readonly type: "line" | "bars";
  readonly xName: string;
  readonly isTime: boolean;
  /** Of `line`; times in Unix seconds. */
  readonly x: readonly number[];
  /** Of `bars`. */
  readonly names: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

const MOST_SERIES = 6;
const MOST_BARS = 60;

/**
 * How a table can be drawn: over its first column of times, else over its first column where that is all numbers, else bars
 * named by what the first columns say. Nothing where there is no other column of numbers.
 */
export function chartOf(table: AnswerTable): AnswerChart | undefined {
  const { columns, rows } = table;
  const xIndex = Math.max(
    0,
    columns.findIndex(({ type }) => type === "time"),
  );
  const x = columns[xIndex];
  if (!x || rows.length === 0) return undefined;
  const numbers = columns.flatMap((column, index) =>
    column.type === "number" && index !== xIndex && !isName(column) ? [index] : [],
  );
  if (numbers.length === 0) return undefined;
  const over = x.type === "text" ? undefined : rows.map((row) => xValue(x, row[xIndex]));
  const asLine = over !== undefined && rows.length > 1 && over.every((value) => value !== undefined);
  const shown = asLine
    ? rows.map((row, i) => ({ row, x: over[i]! })).toSorted((a, b) => a.x - b.x)
    : rows.slice(0, MOST_BARS).map((row) => ({ row, x: 0 }));
  return {
    type: asLine ? "line" : "bars",
    xName: x.name,
    isTime: x.type === "time",
    x: asLine ? shown.map((one) => one.x) : [],
    names: asLine ? [] : shown.map(({ row }) => nameOf(columns, row, numbers)),
    series: numbers.slice(0, MOST_SERIES).map((index) => ({
      name: columns[index]!.name,
      values: shown.map(({ row }) => numberOf(row[index])),
    })),
  };
}

/** Numbers that say which one, and not how many. */
const isName = ({ name }: Column): boolean =>
  /^(id|event|pid|peer|process|node|kind|mfa|tag|line|arity|piece|batch)$|_id$/.test(name);

function nameOf(columns: readonly Column[], row: readonly unknown[], numbers: readonly number[]): string {
  const words = columns.flatMap((_, i) => (numbers.includes(i) ? [] : [cellText(row[i])]));
  return words.filter((word) => word !== "").join(" · ");
}

function xValue({ type }: Column, value: unknown): number | undefined {
  if (type !== "time") return numberOf(value) ?? undefined;
  const text = cellText(value);
  if (/^-?\d+$/.test(text)) return Number(text) / 1e9;
  const at = Date.parse(/\d$/.test(text) ? `${text.replace(" ", "T").replace(/\+00$/, "")}Z` : text);
  return Number.isNaN(at) ? undefined : at / 1_000;
}

function numberOf(value: unknown): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
