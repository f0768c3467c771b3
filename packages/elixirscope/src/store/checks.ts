import { ElixirScopeError, type EventBatch } from "../model/index.ts";
import type { ActivityQuery, EventFilter, EventQuery, RateQuery } from "./trace-store.ts";

export const closedError = (): ElixirScopeError =>
  new ElixirScopeError("STORE_CLOSED", "The recording is closed; open it again to ask or to record.");

/**
 * Numbers only, and whole ones: they become part of a query text.
 *
 * @throws ElixirScopeError `STORE_BAD_QUERY`
 */
export function checkFilter(filter: EventFilter): void {
  const { processes, pids, peers, functions, tags, node, nodes, from, to } = filter;
  const { afterId, beforeId, minBytes, maxBytes } = filter;
  const single = Object.entries({ node, afterId, beforeId, minBytes, maxBytes }).map(([key, value]) => ({
    key,
    values: value === undefined ? [] : [value],
  }));
  const lists = Object.entries({ processes, pids, peers, functions, tags, nodes }).map(([key, values]) => ({
    key,
    values: values ?? [],
  }));
  for (const { key, values } of [...single, ...lists]) {
    const wrong = values.find((value) => !Number.isSafeInteger(value));
    if (wrong !== undefined) throw badFilter(key, "whole numbers", wrong);
  }
  for (const [key, value] of Object.entries({ from, to })) {
    if (value !== undefined && typeof value !== "bigint")
      throw badFilter(key, "a bigint of nanoseconds", value);
  }
}

/** @throws ElixirScopeError `STORE_BAD_QUERY` */
export function checkEach(filter: EventFilter, each: number): void {
  checkEventQuery({ ...filter, order: "newest_first", limit: each });
}

function badFilter(key: string, wanted: string, value: unknown): ElixirScopeError {
  return new ElixirScopeError("STORE_BAD_QUERY", `\`${key}\` takes ${wanted}, not ${String(value)}.`, {
    key,
  });
}

/** @throws ElixirScopeError `STORE_BAD_QUERY` */
export function checkIds(ids: readonly number[]): void {
  const wrong = ids.find((id) => !Number.isSafeInteger(id));
  if (wrong !== undefined) throw badFilter("ids", "whole numbers", wrong);
}

/** @throws ElixirScopeError `STORE_BAD_QUERY` */
export function checkEventQuery(query: EventQuery): void {
  checkFilter(query);
  if (Number.isSafeInteger(query.limit) && query.limit >= 0) return;
  throw new ElixirScopeError("STORE_BAD_QUERY", "`limit` must be a whole number, 0 or more.", {
    limit: query.limit,
  });
}

/** @throws ElixirScopeError `STORE_BAD_QUERY` */
export function checkRateQuery(query: RateQuery): void {
  checkFilter(query.nodes === undefined ? {} : { nodes: query.nodes });
  if (!Number.isSafeInteger(query.buckets) || query.buckets < 1 || query.buckets > MAX_BUCKETS) {
    throw new ElixirScopeError(
      "STORE_BAD_QUERY",
      `\`buckets\` must be a whole number from 1 to ${MAX_BUCKETS}.`,
      {
        buckets: query.buckets,
      },
    );
  }
  if (query.from < query.to) return;
  throw new ElixirScopeError("STORE_BAD_QUERY", "`from` must lie before `to`.", {
    from: String(query.from),
    to: String(query.to),
  });
}

/** @throws ElixirScopeError `STORE_BAD_QUERY` */
export function checkActivityQuery(query: ActivityQuery): void {
  checkRateQuery(query);
  checkEventQuery({
    order: "oldest_first",
    limit: query.limit,
    ...(query.processes ? { processes: query.processes } : {}),
  });
}

const MAX_BUCKETS = 100_000;

/**
 * Ids and batch numbers only grow: pages, payload look-up and crash recovery stand on that.
 *
 * @throws ElixirScopeError `STORE_OUT_OF_ORDER`
 */
export function checkOrder(batch: EventBatch, lastId: number, nextBatch: number): void {
  if (batch.firstId > lastId && batch.batch >= nextBatch) return;
  throw new ElixirScopeError(
    "STORE_OUT_OF_ORDER",
    `Batch ${batch.batch} starts at event ${batch.firstId}, but the recording already holds events up to ${lastId} and batches up to ${nextBatch - 1}. Continue from totals().`,
    { batch: batch.batch, firstId: batch.firstId, lastId, nextBatch },
  );
}
