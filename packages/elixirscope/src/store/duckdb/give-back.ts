import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** Milliseconds, at least, between two times. */
const EVERY_MS = 10_000;

let asked: Promise<DuckDBConnection> | undefined;
let lastAt = performance.now();

/**
 * The threads of DuckDB free much and keep it for themselves: after an hour of recording that was more than all that was
 * in use. A limit that is set makes it give all of the process's back to the system. Ours is locked, so that no query
 * can change it; that of a database of its own, which nobody asks anything, is not.
 *
 * @returns whether it was time to
 */
export async function giveBackMemory(now: number = performance.now()): Promise<boolean> {
  if (now - lastAt < EVERY_MS) return false;
  lastAt = now;
  asked ??= DuckDBInstance.create(":memory:", { threads: "1" }).then((instance) => instance.connect());
  await (await asked).run("SET memory_limit = '16MB'");
  return true;
}
