import { text } from "node:stream/consumers";
import { type CatalogueEntry, catalogue, type QueryAnswer } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { counted } from "../format.ts";
import { jsonLine } from "../output.ts";
import { inputOf, typeText } from "../query-names.ts";
import { renderTable } from "../table.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

export interface QueryOptions {
  readonly recording?: string | undefined;
  readonly node?: string | undefined;
  readonly limit?: number | undefined;
  /** Say what can be asked by name. */
  readonly list?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Asks a recording, or what is being recorded: in SQL, or one of the questions of the catalogue by its name. */
export async function query(
  context: Context,
  given: string | undefined,
  parameters: readonly string[],
  options: QueryOptions,
): Promise<number> {
  if (options.list || given === undefined) return list(context, given, options);
  const { recording, node } = options;
  const entry = catalogue().find(({ name, method }) => name === given || method === given);
  if (!entry && /^[\w-]+$/.test(given) && given !== "-") throw unknown(given);
  if (!entry && parameters.length > 0) throw usageError("SQL is one argument: put it in quotes.");
  if (recording === undefined && !(await findRunning(context.env, node))) throw notRunning(node);
  const sql = given === "-" ? await text(process.stdin) : given;
  const target = await openTarget(context, { node, recording, attach: {} });
  try {
    if (entry) return await byName(context, target.client, entry, parameters, options);
    return await inSql(context, target.client, sql, options);
  } finally {
    await target.close();
  }
}

const unknown = (name: string): Error =>
  usageError(
    `There is no question ${name}.`,
    "All of them: elixirscope query --list. SQL begins with SELECT.",
  );

async function inSql(
  context: Context,
  client: Client,
  sql: string,
  { limit = 1_000, json }: QueryOptions,
): Promise<number> {
  const answer = await client.call("query", { sql, limit });
  if (json) for (const row of answer.rows) jsonLine(context.out, objectOf(answer, row));
  else printTable(context, answer);
  if (answer.more) {
    context.err.line(
      context.err.color.dim(`The first ${counted(answer.rows.length, "row")}; --limit for more.`),
    );
  }
  return answer.rows.length > 0 ? EXIT.ok : EXIT.notFound;
}

async function byName(
  context: Context,
  client: Client,
  entry: CatalogueEntry,
  parameters: readonly string[],
  { limit, json }: QueryOptions,
): Promise<number> {
  const { t, startedAt } = await client.call("status", {});
  const takesLimit = limit !== undefined && entry.parameters.some(({ name }) => name === "limit");
  const input = { ...(takesLimit ? { limit } : {}), ...inputOf(entry, parameters, { t, startedAt }) };
  const answer: unknown = await client.call(entry.method, input);
  const rows = rowsOf(answer);
  if (json || !rows) jsonLine(context.out, answer);
  else if (rows.length > 0) printRowsOf(context, rows);
  else context.err.line(context.err.color.dim("No row."));
  return rows === undefined || rows.length > 0 ? EXIT.ok : EXIT.notFound;
}

type AnyRow = Readonly<Record<string, unknown>>;

/** The rows of an answer that is a list. */
function rowsOf(answer: unknown): readonly AnyRow[] | undefined {
  if (Array.isArray(answer)) return answer as readonly AnyRow[];
  const { rows, groups } = answer as { readonly rows?: unknown; readonly groups?: unknown };
  const found = rows ?? groups;
  return Array.isArray(found) ? (found as readonly AnyRow[]) : undefined;
}

/** What is in a row as text; undefined for what has no place in a table. */
function plain(value: unknown): string | undefined {
  if (value === null || value === undefined) return "-";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object") return undefined;
  if (Array.isArray(value))
    return value.every((one) => typeof one !== "object" || one === null)
      ? value.map(plain).join(", ")
      : undefined;
  const { label, text: told } = value as { readonly label?: unknown; readonly text?: unknown };
  return typeof label === "string" ? label : typeof told === "string" ? told : undefined;
}

function printRowsOf({ out, err }: Context, rows: readonly AnyRow[]): void {
  const names = Object.keys(rows[0]!).filter((name) => rows.some((row) => plain(row[name]) !== undefined));
  const columns = names.map((name) => ({
    title: name.toUpperCase(),
    value: (row: AnyRow) => plain(row[name]) ?? "…",
    ...(typeof rows[0]![name] === "number" ? { align: "right" as const } : { shrinksTo: 8 }),
  }));
  out.line(renderTable(columns, rows, out.columns, out.color));
  err.line(err.color.dim(`${counted(rows.length, "row")}; --json has everything.`));
}

/** The catalogue, or one question of it with what it takes. */
function list({ out }: Context, given: string | undefined, { json }: QueryOptions): number {
  const all = catalogue();
  const chosen =
    given === undefined ? all : all.filter(({ name, method }) => name === given || method === given);
  if (chosen.length === 0) throw unknown(given!);
  if (json) for (const entry of chosen) jsonLine(out, entry);
  else if (given === undefined) {
    const width = Math.max(...all.map(({ name }) => name.length));
    for (const { name, summary } of all) out.line(`${name.padEnd(width)}  ${out.color.dim(summary)}`);
  } else for (const entry of chosen) printEntry(out, entry);
  return EXIT.ok;
}

function printEntry(out: Context["out"], { name, summary, parameters }: CatalogueEntry): void {
  out.line(`${name}  ${out.color.dim(summary)}`);
  for (const parameter of parameters) {
    const help = [typeText(parameter), parameter.help].filter((one) => one !== "").join("; ");
    out.line(`  ${`${parameter.name}=`.padEnd(12)} ${help}${parameter.required ? " (needed)" : ""}`);
  }
}

const objectOf = ({ columns }: QueryAnswer, row: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]));

function printTable({ out, err }: Context, { columns, rows }: QueryAnswer): void {
  if (rows.length === 0) {
    err.line(err.color.dim("No row."));
    return;
  }
  const shown = columns.map(({ name, type }, i) => ({
    title: name.toUpperCase(),
    value: (row: readonly unknown[]) => cell(row[i]),
    ...(/INT|DOUBLE|FLOAT|DECIMAL/.test(type) ? { align: "right" as const } : { shrinksTo: 8 }),
  }));
  out.line(renderTable(shown, rows, out.columns, out.color));
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
