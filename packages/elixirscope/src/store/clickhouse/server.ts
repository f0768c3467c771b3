import { Readable } from "node:stream";
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from "@clickhouse/client";
import { ElixirScopeError } from "../../model/index.ts";
import { recordingOf, type ServerAddress } from "./address.ts";
import { type Asked, storeError } from "./errors.ts";
import { type Block, decodeBlocks } from "./native.ts";

/** Nothing of ours takes longer: questions are pages, inserts half a second of events. */
const LONGEST_MS = 60_000;

/** First release that has all that is asked of it. */
const OLDEST = [24, 8] as const;

/** Answers are small: the server says how it went before it sends them, not in the midst. */
const SETTINGS: ClickHouseSettings = { wait_end_of_query: 1 };

/** One database of a server, or the server itself. All errors are ours. */
export class Server {
  readonly #client: ReturnType<typeof createClient>;
  readonly #asked: Asked;

  /**
   * @param database none: the server itself
   * @param options.withoutDatabase the database is only what errors are about; it need not be there
   */
  constructor(
    address: ServerAddress,
    database?: string,
    options: { readonly withoutDatabase?: boolean } = {},
  ) {
    const { url, user, password, ca } = address;
    this.#asked = { url, user, recording: database === undefined ? undefined : recordingOf(database) };
    this.#client = createClient({
      url,
      username: user,
      password,
      application: "elixirscope",
      request_timeout: LONGEST_MS,
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: SETTINGS,
      ...(database === undefined || options.withoutDatabase ? {} : { database }),
      ...(ca === undefined ? {} : { tls: { ca_cert: ca } }),
    });
  }

  /** @throws ElixirScopeError `STORE_OLD_SERVER`, and as `storeError` says */
  async checkVersion(): Promise<void> {
    const [block] = await this.blocks("SELECT version()");
    const [text] = (block?.columns[0] ?? []) as Uint8Array[];
    const version = Buffer.from(text ?? []).toString();
    const [year = 0, month = 0] = version.split(".").map(Number);
    if (year > OLDEST[0] || (year === OLDEST[0] && month >= OLDEST[1])) return;
    throw new ElixirScopeError(
      "STORE_OLD_SERVER",
      `${this.#asked.url} is ClickHouse ${version}; ElixirScope needs ${OLDEST.join(".")} or newer.`,
      { version },
    );
  }

  blocks(query: string, settings: ClickHouseSettings = {}): Promise<Block[]> {
    return this.#guard(async () => {
      const { stream } = await this.#client.exec({
        query: `${query} FORMAT Native`,
        clickhouse_settings: settings,
      });
      return decodeBlocks(await bytesOf(stream));
    });
  }

  /** An insert that is sent once more with the same token is in the table once. */
  insert(table: string, block: readonly Uint8Array[], token: string): Promise<void> {
    return this.#guard(async () => {
      const { stream } = await this.#client.exec({
        query: `INSERT INTO ${table} FORMAT Native`,
        values: Readable.from(block, { objectMode: false }),
        // What is answered is in the table, whatever the server does by default.
        clickhouse_settings: { async_insert: 0, insert_deduplicate: 1, insert_deduplication_token: token },
      });
      await bytesOf(stream);
    });
  }

  command(query: string, settings: ClickHouseSettings = {}): Promise<void> {
    return this.#guard(async () => {
      await this.#client.command({ query, clickhouse_settings: settings });
    });
  }

  /** The answer as ClickHouse writes it. @throws what the client throws, as it is */
  async raw(query: string, settings: ClickHouseSettings, signal?: AbortSignal): Promise<string> {
    const result = await this.#client.query({
      query,
      format: "JSONCompact",
      clickhouse_settings: settings,
      ...(signal && { abort_signal: signal }),
    });
    return result.text();
  }

  error(cause: unknown): ElixirScopeError {
    return storeError(cause, this.#asked);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.error(error);
    }
  }
}

async function bytesOf(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
