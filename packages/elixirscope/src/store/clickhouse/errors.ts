import { ClickHouseError } from "@clickhouse/client";
import { ElixirScopeError } from "../../model/index.ts";

/** Who was asked, as a message may say it. */
export interface Asked {
  readonly url: string;
  readonly user: string;
  /** `clickhouse:NAME`; none: the server itself. */
  readonly recording: string | undefined;
}

interface Known {
  /** Numbers of ClickHouse's errors. */
  readonly codes: readonly number[];
  readonly code: string;
  readonly text: (asked: Asked) => string;
}

const what = ({ recording, url }: Asked): string =>
  recording === undefined ? url : `${recording} at ${url}`;

const KNOWN: readonly Known[] = [
  {
    codes: [192, 193, 194, 516],
    code: "STORE_NO_ACCESS",
    text: ({ url, user }) =>
      `ClickHouse at ${url} does not let ${user} in: wrong password, or no such user; set ELIXIRSCOPE_CLICKHOUSE_USER and ELIXIRSCOPE_CLICKHOUSE_PASSWORD_FILE.`,
  },
  {
    codes: [164, 497],
    code: "STORE_NO_ACCESS",
    text: ({ user, ...asked }) =>
      `${user} may not do this with ${what({ user, ...asked })}: whoever records needs all rights on databases elixirscope_*, whoever looks needs SELECT (docs/clickhouse.md).`,
  },
  {
    codes: [60, 81],
    code: "STORE_NOT_FOUND",
    text: (asked) => `There is no recording ${what(asked)}; elixirscope recordings lists them.`,
  },
  {
    codes: [82],
    code: "STORE_EXISTS",
    text: (asked) => `${what(asked)} exists already; choose another name.`,
  },
  {
    codes: [243, 1002],
    code: "STORE_NO_SPACE",
    text: (asked) => `${what(asked)} cannot grow: the server's disk is full; make room there.`,
  },
  {
    codes: [241],
    code: "STORE_NO_MEMORY",
    text: (asked) =>
      `${what(asked)} needs more memory for this than it may take: ask for less of it at a time.`,
  },
  {
    // Too many parts, queries at a time; a time-out within the server; one that stops.
    codes: [159, 202, 209, 210, 236, 252, 279, 425],
    code: "STORE_UNREACHABLE",
    text: (asked) => `${what(asked)} is not able to answer now.`,
  },
];

const TLS = /certificate|self.signed|SSL|TLS/i;
const NO_SPACE = /No space left|not enough space|disk.?quota/i;

/** What goes away by itself, or as soon as somebody looks after the server. */
const PASSING: ReadonlySet<string> = new Set(["STORE_UNREACHABLE", "STORE_NO_SPACE", "STORE_NO_MEMORY"]);

export const isPassing = (error: ElixirScopeError): boolean => PASSING.has(error.code);

/** Number of an error of ClickHouse's own. */
export const serverCode = (error: unknown): number | undefined =>
  error instanceof ClickHouseError ? Number(error.code) : undefined;

/** An error of the server or of the way to it as one of ours, which says what to do; one of ours stays as it is. */
export function storeError(cause: unknown, asked: Asked): ElixirScopeError {
  if (cause instanceof ElixirScopeError) return cause;
  const said = firstLine(cause);
  const code = serverCode(cause);
  const known = KNOWN.find(({ codes }) => code !== undefined && codes.includes(code));
  const made = (ours: string, text: string): ElixirScopeError =>
    new ElixirScopeError(ours, `${text} (${said})`, { url: asked.url }, cause);
  if (known && !NO_SPACE.test(said)) return made(known.code, known.text(asked));
  if (NO_SPACE.test(said))
    return made("STORE_NO_SPACE", `${what(asked)} cannot grow: the server's disk is full; make room there.`);
  if (code !== undefined) return made("STORE_IO", `${what(asked)} could not be read or written.`);
  if (cause instanceof RangeError || cause instanceof TypeError) {
    return made("STORE_IO", `${what(asked)} answered what makes no sense.`);
  }
  if (TLS.test(said)) {
    return made(
      "STORE_BAD_SERVER",
      `The certificate of ${asked.url} is not trusted; name who signed it with ELIXIRSCOPE_CLICKHOUSE_CA (a PEM file).`,
    );
  }
  return made("STORE_UNREACHABLE", `ClickHouse at ${asked.url} cannot be reached; is it running?`);
}

function firstLine(cause: unknown): string {
  if (cause instanceof AggregateError) return firstLine(cause.errors[0]);
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return text.split("\n")[0]!.slice(0, 400);
}
