import type { Output } from "elixirscope/protocol";

/** What a value on screen leads to. */
export type Target =
  | { readonly type: "event"; readonly id: number }
  | { readonly type: "process"; readonly process: string }
  | { readonly type: "flow"; readonly flow: string }
  | { readonly type: "instant"; readonly t: number };

export interface Column {
  readonly name: string;
  /** `time`: an instant, or text that says one. */
  readonly type: "number" | "time" | "text";
  readonly target: (value: unknown) => Target | undefined;
}

/** An answer as a table; values as they came. */
export interface AnswerTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
  /** There are more rows than these. */
  readonly more: boolean;
}

const nowhere = (): undefined => undefined;

/** Rows of SQL. `origin`: Unix nanoseconds of instant 0, where known. */
export function tableOfSql(answer: Output<"query">, origin: bigint | undefined): AnswerTable {
  const columns = answer.columns.map(({ name, type }) => {
    const kind = typeOfSql(name, type);
    return { name, type: kind, target: targetOfSql(name, kind, origin) };
  });
  return { columns, rows: answer.rows, more: answer.more };
}

function typeOfSql(name: string, type: string): Column["type"] {
  if (/TIMESTAMP|DATE|TIME/i.test(type) || /^(\w+_)?ts$/.test(name)) return "time";
  return /^(Nullable\()?(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?\d*|DOUBLE|FLOAT\d*|DECIMAL)/i.test(type)
    ? "number"
    : "text";
}

const EVENT_COLUMN = /^(event|id|(\w+_)?(event_id|first_id|last_id))$/;
const PROCESS_COLUMN = /^(process|pid|peer)$/;

function targetOfSql(name: string, type: Column["type"], origin: bigint | undefined): Column["target"] {
  if (type === "number" && EVENT_COLUMN.test(name)) return eventTarget;
  if (type === "number" && PROCESS_COLUMN.test(name))
    return (value) =>
      /^\d+$/.test(cellText(value)) ? { type: "process", process: `p-${cellText(value)}` } : undefined;
  if (type === "time" && origin !== undefined) return (value) => instantTarget(value, origin);
  return type === "text" ? textTarget : nowhere;
}

const eventTarget = (value: unknown): Target | undefined =>
  /^[1-9]\d{0,14}$/.test(cellText(value)) ? { type: "event", id: Number(value) } : undefined;

/** A pid, a handle or a flow, as text. */
function textTarget(value: unknown): Target | undefined {
  const text = cellText(value);
  if (/^(#PID)?<\d+\.\d+\.\d+>$|^p-\d+$/.test(text)) return { type: "process", process: text };
  return /^f-\d+$/.test(text) ? { type: "flow", flow: text } : undefined;
}

function instantTarget(value: unknown, origin: bigint): Target | undefined {
  const text = cellText(value);
  const ns = /^\d{17,20}$/.test(text) ? BigInt(text) : nanoseconds(text);
  return ns === undefined ? undefined : { type: "instant", t: Number(ns - origin) };
}

/** Unix nanoseconds of `2026-01-31 12:00:00.123456789`, UTC. */
function nanoseconds(text: string): bigint | undefined {
  const [, date, time, fraction = ""] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00(?::00)?)?$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  return BigInt(Date.parse(`${date}T${time}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** Answers of the catalogue: their list of rows, or what they say one below the other. */
export function tableOfAnswer(answer: unknown): AnswerTable {
  const rows = rowsOf(answer);
  const more = (answer as { readonly more?: unknown } | null)?.more === true;
  if (!rows) return { columns: FACTS, rows: Object.entries(answer ?? {}), more };
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) => columnOf(name, rows));
  return { columns, rows: rows.map((row) => names.map((name) => row[name])), more };
}

type AnyRow = Readonly<Record<string, unknown>>;
const LISTS = ["rows", "groups", "roots", "leaks", "steps", "points"] as const;
const FACTS: readonly Column[] = ["fact", "value"].map((name) => ({
  name,
  type: "text",
  target: (value) => objectTarget(value) ?? textTarget(value),
}));

function rowsOf(answer: unknown): readonly AnyRow[] | undefined {
  const isRows = (list: unknown): list is readonly AnyRow[] =>
    Array.isArray(list) && list.every((row) => typeof row === "object" && row !== null);
  if (isRows(answer)) return answer;
  const lists = LISTS.map((name) => (answer as AnyRow | null)?.[name]);
  return lists.find(isRows);
}

function columnOf(name: string, rows: readonly AnyRow[]): Column {
  const isNumber = rows.every(({ [name]: value }) => value === null || typeof value === "number");
  if (isNumber && INSTANTS.has(name)) return { name, type: "time", target: instantOf };
  if (name === "at") return { name, type: "time", target: nowhere };
  if (isNumber && name === "id") return { name, type: "number", target: eventTarget };
  const target = (value: unknown): Target | undefined => objectTarget(value) ?? textTarget(value);
  return isNumber ? { name, type: "number", target: nowhere } : { name, type: "text", target };
}

const INSTANTS: ReadonlySet<string> = new Set(["t", "from", "to", "spawnedAt", "exitedAt"]);
const instantOf = (value: unknown): Target | undefined =>
  typeof value === "number" ? { type: "instant", t: value } : undefined;

/** Of a process, an event or a flow as answers have them. */
function objectTarget(value: unknown): Target | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { handle, id } = value as { readonly handle?: unknown; readonly id?: unknown };
  if (typeof handle === "string") return { type: "process", process: handle };
  if (typeof id === "number") return eventTarget(id);
  return typeof id === "string" ? textTarget(id) : undefined;
}

/** What a cell says. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return JSON.stringify(value);
  const { label, text } = value as { readonly label?: unknown; readonly text?: unknown };
  if (typeof label === "string") return label;
  return typeof text === "string" ? text : JSON.stringify(value);
}

/** Sorted by one column; what says nothing comes last, equals stay as they are. */
export function sorted(table: AnswerTable, column: number, order: "asc" | "desc"): AnswerTable {
  const isNumber = table.columns[column]?.type === "number";
  const sign = order === "asc" ? 1 : -1;
  const keyed = table.rows.map((row) => ({ row, text: cellText(row[column]) }));
  keyed.sort((a, b) => {
    if (a.text === "" || b.text === "") return Number(a.text === "") - Number(b.text === "");
    const both = isNumber ? Number(a.text) - Number(b.text) : collator.compare(a.text, b.text);
    return sign * both;
  });
  return { ...table, rows: keyed.map(({ row }) => row) };
}

const collator = new Intl.Collator("en", { numeric: true });

/** RFC 4180, with a line of names. */
export function csvOf({ columns, rows }: AnswerTable): string {
  const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => row.map(cellText))];
  return lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

/** Tabs between cells, as spreadsheets take them from the clipboard. */
export const tsvOf = ({ columns, rows }: AnswerTable): string =>
  [columns.map(({ name }) => name), ...rows.map((row) => row.map(cellText))]
    .map((line) => line.map((text) => text.replaceAll(/[\t\r\n]+/g, " ")).join("\t"))
    .join("\n");

/** A JSON object a line, values as they came. */
export const ndjsonOf = ({ columns, rows }: AnswerTable): string =>
  rows
    .map(
      (row) =>
        `${JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])))}\n`,
    )
    .join("");
