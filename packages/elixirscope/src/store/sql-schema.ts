import type { SqlAnswer, SqlQuery } from "./trace-store.ts";

/** What can be asked in SQL, for people who write it. */
export interface SqlSchema {
  readonly columns: readonly {
    readonly table: string;
    readonly name: string;
    readonly type: string;
    readonly comment: string;
  }[];
  /** Questions to start from. */
  readonly examples: readonly SqlExample[];
}

export interface SqlExample {
  readonly title: string;
  readonly sql: string;
}

const MOST_COLUMNS = 10_000;

/** Tables with columns, as `sql` has them in rows of four, and examples whose stretches of time are cut by `tenth`. */
export async function sqlSchema(
  run: (query: SqlQuery) => Promise<SqlAnswer>,
  sql: string,
  tenth: string,
): Promise<SqlSchema> {
  const { rows } = await run({ sql, limit: MOST_COLUMNS });
  const columns = rows.map((row) => {
    const [table = "", name = "", type = "", comment = ""] = row.map((value) =>
      typeof value === "string" ? value : "",
    );
    return { table, name, type, comment };
  });
  return {
    columns,
    examples: [...EXAMPLES, { title: "Events in each tenth of a second", sql: overTime(tenth) }],
  };
}

const overTime = (tenth: string): string =>
  `SELECT ${tenth} AS since, count(*) AS events
FROM events_readable
GROUP BY since
ORDER BY since`;

/** What both engines understand. */
const EXAMPLES: readonly SqlExample[] = [
  {
    title: "What there is, by kind",
    sql: `SELECT kind, count(*) AS events
FROM events_readable
GROUP BY kind
ORDER BY events DESC`,
  },
  {
    title: "Who sent most, to whom",
    sql: `SELECT pid, peer, count(*) AS sent
FROM events_readable
WHERE kind IN ('send', 'flow_send')
GROUP BY pid, peer
ORDER BY sent DESC
LIMIT 50`,
  },
  {
    title: "The newest events",
    sql: `SELECT id, time, kind, pid, peer, mfa, tag
FROM events_readable
ORDER BY id DESC
LIMIT 200`,
  },
  {
    title: "The largest terms",
    sql: `SELECT id, time, kind, pid, payload_length
FROM events_readable
ORDER BY payload_length DESC
LIMIT 50`,
  },
  {
    title: "What processes ended of",
    sql: `SELECT tag AS reason, count(*) AS ended
FROM events_readable
WHERE kind = 'exit'
GROUP BY tag
ORDER BY ended DESC`,
  },
  {
    title: "What the recording says of itself",
    sql: `SELECT key, value
FROM meta
WHERE key NOT LIKE 'source:%'
ORDER BY key`,
  },
];
