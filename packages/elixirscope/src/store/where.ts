import { EVENT_KINDS } from "../model/index.ts";
import type { EventFilter } from "./trace-store.ts";

/**
 * The conditions of a filter as SQL. All values are numbers that were checked to be numbers (`checkFilter`), so they
 * stand in the text: constants let a database skip blocks by their least and greatest values.
 */
export function whereOf(filter: EventFilter): string[] {
  const { kinds, processes, node, from, to, afterId, beforeId, minBytes, maxBytes } = filter;
  const conditions: string[] = [];
  if (afterId !== undefined) conditions.push(`id > ${afterId}`);
  if (beforeId !== undefined) conditions.push(`id < ${beforeId}`);
  if (from !== undefined) conditions.push(`ts >= ${from}`);
  if (to !== undefined) conditions.push(`ts <= ${to}`);
  if (node !== undefined) conditions.push(`node = ${node}`);
  if (kinds)
    conditions.push(
      oneOf(
        "kind",
        kinds.map((kind) => EVENT_KINDS[kind]),
      ),
    );
  if (processes) conditions.push(`(${oneOf("pid", processes)} OR ${oneOf("peer", processes)})`);
  pushOneOf(conditions, "pid", filter.pids);
  pushOneOf(conditions, "peer", filter.peers);
  pushOneOf(conditions, "mfa", filter.functions);
  pushOneOf(conditions, "tag", filter.tags);
  pushOneOf(conditions, "node", filter.nodes);
  if (minBytes !== undefined) conditions.push(`payload_length >= ${minBytes}`);
  if (maxBytes !== undefined) conditions.push(`payload_length <= ${maxBytes}`);
  return conditions;
}

/** On rows that have a column `node`. */
export const nodesCondition = (nodes: readonly number[] | undefined): readonly string[] =>
  nodes === undefined ? [] : [oneOf("node", nodes)];

function pushOneOf(conditions: string[], column: string, values: readonly number[] | undefined): void {
  if (values) conditions.push(oneOf(column, values));
}

function oneOf(column: string, values: readonly number[]): string {
  return values.length === 0 ? "false" : `${column} IN (${values.join(", ")})`;
}

/** Most stretches that a question about single rows is cut into. */
const STRETCHES = 64;

/**
 * Conditions that find these values in a column whose values grow: a list alone makes DuckDB look at all of the table, with
 * bounds beside it only what is between them is looked at. One for each stretch in which they lie close together.
 *
 * @param gap between two values, from which on they are looked for one by one
 * @param dense where at least one of so many numbers is wanted, all of them are given: to tell them apart takes longer
 */
export function closeTogether(
  column: string,
  values: readonly number[],
  gap: number,
  dense: number = 1,
): readonly string[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const gaps = sorted.map((value, i) => (i === 0 ? 0 : value - sorted[i - 1]!));
  const widest = gaps.toSorted((a, b) => b - a)[STRETCHES - 1] ?? 0;
  const least = Math.max(gap, widest + 1);
  const stretches: number[][] = [];
  for (const [i, value] of sorted.entries()) {
    if (i === 0 || gaps[i]! >= least) stretches.push([value]);
    else stretches.at(-1)!.push(value);
  }
  return stretches.map((some) => {
    const [from, to] = [some[0]!, some.at(-1)!];
    const bounds = `${column} BETWEEN ${from} AND ${to}`;
    return some.length * dense >= to - from + 1 ? bounds : `${bounds} AND ${oneOf(column, some)}`;
  });
}
