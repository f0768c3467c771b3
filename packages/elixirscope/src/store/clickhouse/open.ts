import { ElixirScopeError } from "../../model/index.ts";
import { checkKeep, type Keep } from "../keep.ts";
import { Tally } from "../tally.ts";
import type { TraceStore } from "../trace-store.ts";
import { databaseOf, type ServerAddress } from "./address.ts";
import { ClickHouseStore } from "./clickhouse-store.ts";
import { encodeBlock } from "./native.ts";
import { countByCode } from "./numbers.ts";
import { Recorder } from "./recorder.ts";
import { Retention } from "./retention.ts";
import { rowsOf } from "./rows.ts";
import { columnsOf, SCHEMA_VERSION, schemaStatements } from "./schema.ts";
import { Server } from "./server.ts";
import { readFirst, readMeta, readRemovals } from "./tables.ts";

export interface ClickHouseStoreOptions {
  /** As of a file: `create` a new one, `append` to it, `read` it. */
  readonly mode: "create" | "append" | "read";
  /** How much is kept while it is written to. Left out: all of it. */
  readonly keep?: Keep | undefined;
}

/**
 * Opens a recording that lives in ClickHouse, a database of its own (see docs/clickhouse.md).
 *
 * @param recording `clickhouse:NAME`
 * @throws ElixirScopeError `STORE_EXISTS`, `STORE_NOT_FOUND`, `STORE_NOT_A_RECORDING`, `STORE_NEWER_FORMAT`,
 * `STORE_UNREACHABLE`, `STORE_NO_ACCESS`, `STORE_OLD_SERVER`, `STORE_BAD_SERVER`, `STORE_BAD_NAME`, `STORE_NO_SPACE`,
 * `STORE_IO`, `STORE_BAD_KEEP`
 */
export async function openClickHouseStore(
  recording: string,
  address: ServerAddress,
  { mode, keep }: ClickHouseStoreOptions,
): Promise<TraceStore> {
  checkKeep(keep ?? {});
  const database = databaseOf(recording);
  const server = new Server(address, database);
  try {
    if (mode === "create") await create(address, server, database);
    else await checkSchema(server, recording);
    const tally = await readTally(server);
    if (mode === "append") await forgetRest(server, tally.lastId);
    const recorder =
      mode === "read"
        ? undefined
        : new Recorder(server, {
            retention: keep && Object.keys(keep).length > 0 ? new Retention(keep) : undefined,
            removed: (what) => tally.removed(what),
          });
    return new ClickHouseStore({ server, name: recording, tally, recorder });
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Whoever makes the database has the name; what says that it is a recording comes last. */
async function create(address: ServerAddress, server: Server, database: string): Promise<void> {
  // It is asked without the database, which is not there yet.
  const root = new Server(address, database, { withoutDatabase: true });
  try {
    await root.checkVersion();
    await root.command(`CREATE DATABASE \`${database}\` COMMENT 'A recording of ElixirScope'`);
  } finally {
    await root.close();
  }
  for (const statement of schemaStatements()) await server.command(statement, { async_insert: 0 });
  const meta = columnsOf("meta");
  for (const [i, value] of ["schema_version", String(SCHEMA_VERSION), 0].entries()) meta[i]!.push(value);
  await server.insert("meta", encodeBlock(meta, 1), "schema");
}

async function checkSchema(server: Server, recording: string): Promise<void> {
  await server.checkVersion();
  const notOurs = (why: string): ElixirScopeError =>
    new ElixirScopeError("STORE_NOT_A_RECORDING", `${recording} is not a recording of ElixirScope: ${why}.`, {
      recording,
    });
  const meta = await readMeta(server);
  const version = Number(meta.get("schema_version") ?? Number.NaN);
  if (!Number.isSafeInteger(version)) throw notOurs("it does not say which format it has");
  if (version <= SCHEMA_VERSION) return;
  throw new ElixirScopeError(
    "STORE_NEWER_FORMAT",
    `${recording} has format ${version}, this ElixirScope knows ${SCHEMA_VERSION}; update ElixirScope to open it.`,
    { recording, version, known: SCHEMA_VERSION },
  );
}

/** Where a recording stands: up to the last batch, since events that came behind it may be on their way. */
async function readTally(server: Server): Promise<Tally> {
  const [span] = rowsOf<[bigint, bigint, bigint, bigint, bigint]>(
    await server.blocks(
      `SELECT toUInt64(sum(count)), toInt64(max(first_id + count - 1)), toInt64(max(batch) + 1), max(last_ts), count()
       FROM batches FINAL`,
    ),
  );
  const [events, lastId, nextBatch, last, batches] = span!;
  if (batches === 0n) return new Tally();
  const { rows: removals } = await readRemovals(server);
  return new Tally({
    events: Number(events),
    lastId: Number(lastId),
    nextBatch: Number(nextBatch),
    byCode: await countByCode(server, {}, Number(lastId)),
    first: await readFirst(server, removals),
    last,
  });
}

/** Events of a writer that was killed before it had written their batch: nobody counts them. */
async function forgetRest(server: Server, lastId: number): Promise<void> {
  await server.command(`ALTER TABLE events DELETE WHERE id > ${lastId}`, { mutations_sync: "2" });
}
