import { EVENT_KINDS } from "../../model/index.ts";
import type { EventFilter } from "../trace-store.ts";

/**
 * The conditions of a filter as SQL. All values are numbers that were checked to be numbers (`checkFilter`), so they
 * stand in the text: constants let DuckDB skip row groups by their zone maps.
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

function pushOneOf(conditions: string[], column: string, values: readonly number[] | undefined): void {
  if (values) conditions.push(oneOf(column, values));
}

function oneOf(column: string, values: readonly number[]): string {
  return values.length === 0 ? "false" : `${column} IN (${values.join(", ")})`;
}
