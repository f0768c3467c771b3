import type { DictionaryDelta, EventBatch } from "../../model/index.ts";
import type { TimeSpan } from "../tally.ts";
import { type Column, encodeBlock, type Value } from "./native.ts";
import { columnsOf, type Table } from "./schema.ts";

/** A table's rows on their way. */
interface Waiting {
  readonly columns: readonly Column[];
  rows: number;
}

/** What waits to be inserted: columns, as they go to the server. */
export class Stage {
  readonly #tables = new Map<Table, Waiting>();
  /** Of events. */
  events = 0;
  /** Of the batches that are in it. */
  bytes = 0;
  lastId = 0;

  get isEmpty(): boolean {
    return [...this.#tables.values()].every(({ rows }) => rows === 0);
  }

  /** Tables that have rows. */
  get used(): readonly Table[] {
    return [...this.#tables].filter(([, { rows }]) => rows > 0).map(([table]) => table);
  }

  push(table: Table, values: readonly Value[]): void {
    const waiting = this.#waiting(table);
    for (const [i, column] of waiting.columns.entries()) column.push(values[i]!);
    waiting.rows++;
  }

  delta({ processes, functions, atoms }: DictionaryDelta): void {
    for (const { index, node, id, serial, creation } of processes)
      this.push("processes", [index, node, id, serial, creation]);
    for (const { index, module, function: name, arity } of functions)
      this.push("functions", [index, module, name, arity]);
    for (const { index, name } of atoms) this.push("atoms", [index, name]);
  }

  batch(batch: EventBatch, span: TimeSpan): void {
    const { count, node, firstId } = batch;
    const waiting = this.#waiting("events");
    const [ids, ts, nodes, kind, pid, peer, mfa, tag, lengths, payload] = waiting.columns as EventColumns;
    // First, as it may throw.
    payload.cut(batch.bytes, batch.offset, batch.length, count);
    this.push("batches", [batch.batch, node, firstId, count, span.first, span.last, 0]);
    ids.count(firstId, count);
    ts.copy(batch.ts, count);
    nodes.repeat(node, count);
    kind.copy(batch.kind, count);
    pid.copy(batch.pid, count);
    peer.copy(batch.peer, count);
    mfa.copy(batch.mfa, count);
    tag.copy(batch.tag, count);
    lengths.copy(batch.length, count);
    waiting.rows += count;
    this.events += count;
    this.bytes += batch.bytes.byteLength;
    this.lastId = firstId + count - 1;
  }

  block(table: Table): Uint8Array[] {
    const { columns, rows } = this.#waiting(table);
    return encodeBlock(columns, rows);
  }

  clear(): void {
    for (const waiting of this.#tables.values()) {
      for (const column of waiting.columns) column.clear();
      waiting.rows = 0;
    }
    this.events = 0;
    this.bytes = 0;
  }

  #waiting(table: Table): Waiting {
    const found = this.#tables.get(table) ?? { columns: columnsOf(table), rows: 0 };
    this.#tables.set(table, found);
    return found;
  }
}

type EventColumns = [Column, Column, Column, Column, Column, Column, Column, Column, Column, Column];
