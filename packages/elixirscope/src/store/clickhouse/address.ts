import { readFileSync, statSync } from "node:fs";
import { clickHouseName, ElixirScopeError, nameInClickHouse } from "../../model/index.ts";

/** How the server is reached. */
export interface ServerAddress {
  /** Without credentials; safe to be shown. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Certificate of who signed that of the server, PEM; none: what Node.js trusts. */
  readonly ca: Buffer | undefined;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Recordings are databases whose names begin so. */
export const DATABASE_PREFIX = "elixirscope_";

/**
 * The database of `clickhouse:NAME`.
 *
 * @throws ElixirScopeError `STORE_BAD_NAME`
 */
export function databaseOf(recording: string): string {
  const name = nameInClickHouse(recording);
  if (NAME.test(name)) return DATABASE_PREFIX + name;
  throw new ElixirScopeError(
    "STORE_BAD_NAME",
    `\`${name}\` cannot name a recording in ClickHouse: write 1 to 64 letters, digits, _ and -, such as clickhouse:night_run.`,
    { name },
  );
}

export const recordingOf = (database: string): string =>
  clickHouseName(database.slice(DATABASE_PREFIX.length));

/**
 * From the environment, never from the command line: `ELIXIRSCOPE_CLICKHOUSE_URL`, `_USER`, `_PASSWORD` or
 * `_PASSWORD_FILE`, `_CA`, `_PLAIN`.
 *
 * @throws ElixirScopeError `STORE_NO_SERVER`, `STORE_BAD_SERVER`
 */
export function serverAddress(env: NodeJS.ProcessEnv): ServerAddress {
  const given = env["ELIXIRSCOPE_CLICKHOUSE_URL"];
  if (!given) {
    throw new ElixirScopeError(
      "STORE_NO_SERVER",
      "Nobody said where ClickHouse is: set ELIXIRSCOPE_CLICKHOUSE_URL, such as https://clickhouse.example:8443.",
    );
  }
  const url = parsed(given);
  checkSafe(url, env);
  return {
    url: url.origin,
    user: env["ELIXIRSCOPE_CLICKHOUSE_USER"] || "default",
    password: passwordFrom(env),
    ca: certificateFrom(env),
  };
}

function parsed(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  // The text itself is not repeated: it may hold a password.
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw badServer(
      "ELIXIRSCOPE_CLICKHOUSE_URL must be the HTTP address of a server, such as http://127.0.0.1:8123.",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw badServer(
      "ELIXIRSCOPE_CLICKHOUSE_URL must not hold a user or a password: set ELIXIRSCOPE_CLICKHOUSE_USER and ELIXIRSCOPE_CLICKHOUSE_PASSWORD_FILE.",
    );
  }
  if ((url.pathname !== "/" && url.pathname !== "") || url.search !== "") {
    throw badServer("ELIXIRSCOPE_CLICKHOUSE_URL must end behind the port: no path, no parameters.");
  }
  return url;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Recordings hold what the application's users send; a network is not to read them by the way. */
function checkSafe(url: URL, env: NodeJS.ProcessEnv): void {
  if (url.protocol === "https:" || LOOPBACK.test(url.hostname)) return;
  if (env["ELIXIRSCOPE_CLICKHOUSE_PLAIN"] === "1") return;
  throw badServer(
    `${url.origin} is another machine, and http sends everything in the clear: use https, or say that the network is safe with ELIXIRSCOPE_CLICKHOUSE_PLAIN=1.`,
  );
}

function passwordFrom(env: NodeJS.ProcessEnv): string {
  const path = env["ELIXIRSCOPE_CLICKHOUSE_PASSWORD_FILE"];
  if (!path) return env["ELIXIRSCOPE_CLICKHOUSE_PASSWORD"] ?? "";
  const mode = readable(path, () => statSync(path).mode);
  if ((mode & 0o077) !== 0) {
    throw badServer(`Others can read ${path}, which holds a password: chmod 600 ${path}.`);
  }
  return readable(path, () => readFileSync(path, "utf8")).replace(/\r?\n$/, "");
}

function certificateFrom(env: NodeJS.ProcessEnv): Buffer | undefined {
  const path = env["ELIXIRSCOPE_CLICKHOUSE_CA"];
  return path ? readable(path, () => readFileSync(path)) : undefined;
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badServer(`${path} cannot be read. (${error instanceof Error ? error.message : String(error)})`);
  }
}

const badServer = (message: string): ElixirScopeError => new ElixirScopeError("STORE_BAD_SERVER", message);
