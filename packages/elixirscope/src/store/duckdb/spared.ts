import { EVENT_KINDS, type EventKind } from "../../model/index.ts";

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
  { kinds: ["pubsub"], living: ["pid"], by: "pid, tag", newest: 200 },
  // Settings, and the newest list of ETS tables, ports and applications.
  { kinds: ["session"], living: [], by: "node, tag", newest: 1 },
];

/** Kinds of which something is spared; the end of a process is told by its `exit`, as long as it is young. */
export const SPARED_KINDS: readonly EventKind[] = [...SPARED.flatMap(({ kinds }) => kinds), "exit"];

/** Trace messages of two processes have no order: what is about a process may come this long after its end, in ns. */
const STRAGGLERS_NS = 2_000_000_000n;

/**
 * Fills the temporary table `spared` with the ids, among those that `doomed` (a condition) selects, that stay.
 *
 * @param until greatest `ts` of what is doomed
 */
export function sparedScript(doomed: string, until: bigint): string {
  const gone = `ts <= ${until - STRAGGLERS_NS}`;
  const parts = [
    `SELECT id FROM recording.events WHERE ${doomed} AND kind = ${EVENT_KINDS.exit} AND NOT ${gone}`,
    ...SPARED.map((spared) => sparedQuery(spared, doomed)),
  ];
  return `CREATE OR REPLACE TEMP TABLE gone AS
    SELECT DISTINCT pid FROM recording.events WHERE ${doomed} AND kind = ${EVENT_KINDS.exit} AND ${gone};
  CREATE OR REPLACE TEMP TABLE spared AS ${parts.join("\nUNION ALL ")};`;
}

function sparedQuery({ kinds, living, by, newest }: Spared, doomed: string): string {
  const conditions = [
    doomed,
    `kind IN (${kinds.map((kind) => EVENT_KINDS[kind]).join(", ")})`,
    ...living.map((column) => `${column} NOT IN (SELECT pid FROM gone)`),
    ...(kinds.includes("pubsub") ? [SUBSCRIPTIONS] : []),
  ];
  const query = `SELECT id FROM recording.events WHERE ${conditions.join(" AND ")}`;
  return by === undefined
    ? query
    : `${query} QUALIFY row_number() OVER (PARTITION BY ${by} ORDER BY id DESC) <= ${newest}`;
}

/** Of what PubSub did, who is subscribed to what; broadcasts are over when they are over. */
const SUBSCRIPTIONS = "tag IN (SELECT atom FROM recording.atoms WHERE name IN ('subscribe', 'unsubscribe'))";
