import { EVENT_KINDS, type EventBatch } from "../../model/index.ts";
import type { EventFilter } from "../trace-store.ts";

/** Whether a row of a batch passes a filter. */
export type RowMatch = (batch: EventBatch, row: number) => boolean;

type Column = "pid" | "peer" | "mfa" | "tag";

/** A filter made into one test a row, cheap conditions first. */
export function rowMatch(filter: EventFilter): RowMatch {
  const tests: RowMatch[] = [...idTests(filter), ...timeTests(filter)];
  const { node, nodes, kinds, processes, minBytes, maxBytes } = filter;
  if (node !== undefined) tests.push((batch) => batch.node === node);
  if (nodes) tests.push((batch) => nodes.includes(batch.node));
  if (minBytes !== undefined) tests.push((batch, row) => batch.length[row]! >= minBytes);
  if (maxBytes !== undefined) tests.push((batch, row) => batch.length[row]! <= maxBytes);
  if (kinds) {
    const wanted = new Set<number>(kinds.map((kind) => EVENT_KINDS[kind]));
    tests.push((batch, row) => wanted.has(batch.kind[row]!));
  }
  if (processes) {
    const wanted = new Set(processes);
    tests.push((batch, row) => wanted.has(batch.pid[row]!) || wanted.has(batch.peer[row]!));
  }
  pushColumn(tests, "pid", filter.pids);
  pushColumn(tests, "peer", filter.peers);
  pushColumn(tests, "mfa", filter.functions);
  pushColumn(tests, "tag", filter.tags);
  return (batch, row) => tests.every((test) => test(batch, row));
}

function idTests({ afterId, beforeId }: EventFilter): RowMatch[] {
  const tests: RowMatch[] = [];
  if (afterId !== undefined) tests.push((batch, row) => batch.firstId + row > afterId);
  if (beforeId !== undefined) tests.push((batch, row) => batch.firstId + row < beforeId);
  return tests;
}

function timeTests({ from, to }: EventFilter): RowMatch[] {
  const tests: RowMatch[] = [];
  if (from !== undefined) tests.push((batch, row) => batch.ts[row]! >= from);
  if (to !== undefined) tests.push((batch, row) => batch.ts[row]! <= to);
  return tests;
}

function pushColumn(tests: RowMatch[], column: Column, values: readonly number[] | undefined): void {
  if (!values) return;
  const wanted = new Set(values);
  tests.push((batch, row) => wanted.has(batch[column][row]!));
}
