import { EVENT_KINDS, type EventKind } from "../model/index.ts";

/**
 * What is spared of the events that retention removes, so that what remains can still be understood: who the living
 * processes are, what they are called, who supervises whom. Of each `by` the newest `newest`; without `by` all.
 */
interface Spared {
  readonly kinds: readonly EventKind[];
  /** Columns of the processes that must live; of none: whoever it is about. */
  readonly living: readonly ("pid" | "peer")[];
  readonly by?: string;
  readonly newest?: number;
  /** Only with one of these tags. */
  readonly tags?: readonly string[];
}

const SPARED: readonly Spared[] = [
  // A child's parent may be gone; the child has it as its parent all the same.
  { kinds: ["spawn"], living: ["peer"] },
  { kinds: ["spawned"], living: ["pid"] },
  {
    kinds: ["link", "unlink", "getting_linked", "getting_unlinked"],
    living: ["pid", "peer"],
    by: "pid, peer",
    newest: 1,
  },
  // The name before the last is told of those who gave theirs up.
  { kinds: ["register", "unregister"], living: ["pid"], by: "pid", newest: 2 },
  { kinds: ["process"], living: ["pid"], by: "pid, tag", newest: 1 },
  { kinds: ["sample"], living: ["pid"], by: "pid", newest: 1 },
  // Restarts are counted from one answer to the next.
  { kinds: ["supervisor"], living: ["pid"], by: "pid", newest: 50 },
  { kinds: ["application"], living: [], by: "node, tag", newest: 1 },
  { kinds: ["name"], living: ["pid"], by: "pid", newest: 1_000 },
  // Of what PubSub did, who is subscribed to what; broadcasts are over when they are over.
  { kinds: ["pubsub"], living: ["pid"], by: "pid, tag", newest: 200, tags: ["subscribe", "unsubscribe"] },
  // Settings, and the newest list of ETS tables, ports and applications.
  { kinds: ["session"], living: [], by: "node, tag", newest: 1 },
];

/** Kinds of which something is spared; the end of a process is told by its `exit`, as long as it is young. */
export const SPARED_KINDS: readonly EventKind[] = [...SPARED.flatMap(({ kinds }) => kinds), "exit"];

/** Trace messages of two processes have no order: what is about a process may come this long after its end, in ns. */
const STRAGGLERS_NS = 2_000_000_000n;

/** Queries for what stays: SQL that all databases have. */
export interface SparedQueries {
  /** Processes that are dead and gone; the other query knows them as `gone`. */
  readonly gone: string;
  /** Ids that stay. */
  readonly spared: string;
}

/**
 * What stays of the events that `doomed` (a condition) selects.
 *
 * @param until greatest `ts` of what is doomed
 * @param table full name of a table of the recording
 */
export function sparedQueries(
  doomed: string,
  until: bigint,
  table: (name: "events" | "atoms") => string,
): SparedQueries {
  const gone = `ts <= ${until - STRAGGLERS_NS}`;
  const exits = `FROM ${table("events")} WHERE ${doomed} AND kind = ${EVENT_KINDS.exit}`;
  const parts = [
    `SELECT id ${exits} AND NOT (${gone})`,
    ...SPARED.map((spared) => sparedQuery(spared, doomed, table)),
  ];
  return { gone: `SELECT DISTINCT pid ${exits} AND ${gone}`, spared: parts.join("\nUNION ALL ") };
}

function sparedQuery(
  { kinds, living, by, newest, tags }: Spared,
  doomed: string,
  table: (name: "events" | "atoms") => string,
): string {
  const conditions = [
    doomed,
    `kind IN (${kinds.map((kind) => EVENT_KINDS[kind]).join(", ")})`,
    ...living.map((column) => `${column} NOT IN (SELECT pid FROM gone)`),
    ...(tags ? [`tag IN (SELECT atom FROM ${table("atoms")} WHERE name IN ('${tags.join("', '")}'))`] : []),
  ];
  const query = `SELECT id FROM ${table("events")} WHERE ${conditions.join(" AND ")}`;
  return by === undefined
    ? query
    : `${query} QUALIFY row_number() OVER (PARTITION BY ${by} ORDER BY id DESC) <= ${newest}`;
}
