// SQL of `merge.ts`. `recording` is what is made, `part_0`, `part_1` … what it is made of; `map_…` say for each of these which
// number of theirs became which.

import { IS_RARE } from "./rare.ts";

/** Of what is looked at for the sake of the clocks: messages of each sort, and ids. */
const CLOCK_MESSAGES = 20_000;
const CLOCK_IDS = 2_000_000;

/** The dictionaries: what makes two entries the same, by table. */
const DICTIONARIES = {
  atoms: { index: "atom", keys: ["name"] },
  functions: { index: "mfa", keys: ["module", "function", "arity"] },
  processes: { index: "process", keys: ["node", "id", "serial", "creation"] },
} as const;

/** All entries once, in the order in which the parts have them. */
export function dictionaryScripts(parts: number): readonly string[] {
  return Object.entries(DICTIONARIES).map(([table, { index, keys }]) => {
    const columns = keys.join(", ");
    const all = range(parts)
      .map((part) => `SELECT ${part} AS part, ${index} AS old, ${columns} FROM part_${part}.${table}`)
      .join(" UNION ALL ");
    return `CREATE TABLE memory.all_${table} AS ${all};
      INSERT INTO recording.${table} (${index}, ${columns})
        SELECT row_number() OVER (ORDER BY min(part), min(old)) - 1, ${columns}
        FROM memory.all_${table} GROUP BY ${columns} ORDER BY 1;
      CREATE TABLE memory.map_${table} AS
        SELECT a.part, a.old, n.${index} AS new FROM memory.all_${table} a JOIN recording.${table} n USING (${columns});
      DROP TABLE memory.all_${table};`;
  });
}

/**
 * Batches in the order of their beginnings, each after those that its own recording has before it; ids follow. What a batch
 * has of ids reaches to the next one of its recording: those of events that retention took away stay holes.
 */
export function batchesScript(parts: number, window: number): string {
  const all = range(parts)
    .map(
      (part) => `SELECT ${part} AS part, *, max(first_ts) OVER (ORDER BY batch) AS since,
        coalesce(lead(first_id) OVER (ORDER BY batch), first_id + count) - first_id AS span FROM part_${part}.batches`,
    )
    .join(" UNION ALL ");
  return `CREATE TABLE memory.map_batches AS
      SELECT *, new_first // ${window} AS stretch FROM (
        SELECT *, row_number() OVER ordered - 1 AS new_batch, (1 + sum(span) OVER ordered - span)::BIGINT AS new_first
        FROM (${all}) WINDOW ordered AS (ORDER BY since, part, batch ROWS UNBOUNDED PRECEDING));
    INSERT INTO recording.batches
      SELECT new_batch, n.new, new_first, count, first_ts, last_ts
      FROM memory.map_batches b JOIN memory.map_nodes n ON n.part = b.part AND n.old = b.node ORDER BY new_batch;`;
}

/** Stretches of the merged ids, and which ids of which part are in them. */
export const STRETCHES = `SELECT stretch, part, min(first_id), max(first_id + span - 1), max(new_first + span - 1)
  FROM memory.map_batches GROUP BY stretch, part ORDER BY stretch, part`;

export function stageScript(
  part: number,
  stretch: bigint,
  first: bigint,
  last: bigint,
  { pieces, rare_pieces: rare }: Raised,
): string {
  const mapped = (table: string, column: string): string =>
    `LEFT JOIN memory.map_${table} ${column} ON ${column}.part = ${part} AND ${column}.old = e.${column}`;
  return `INSERT INTO memory.stage
    SELECT e.id - b.first_id + b.new_first, e.ts, n.new, e.kind, coalesce(pid.new, -1), coalesce(peer.new, -1),
      coalesce(mfa.new, -1), coalesce(tag.new, -1),
      CASE WHEN e.piece < 0 THEN e.piece - ${rare} ELSE e.piece + ${pieces} END, e.payload_offset, e.payload_length
    FROM (FROM part_${part}.events WHERE id BETWEEN ${first} AND ${last}) e
    ASOF JOIN (FROM memory.map_batches WHERE part = ${part} AND stretch = ${stretch}) b ON e.id >= b.first_id
    JOIN memory.map_nodes n ON n.part = ${part} AND n.old = e.node
    ${mapped("processes", "pid")} ${mapped("processes", "peer")} ${mapped("functions", "mfa")} ${mapped("atoms", "tag")};`;
}

export const FILE_STAGE: string = `INSERT INTO recording.events FROM memory.stage ORDER BY id;
  INSERT INTO recording.rare_events FROM memory.stage WHERE ${IS_RARE} ORDER BY id;
  INSERT INTO recording.counts SELECT (SELECT max(id) FROM memory.stage), kind, count(*) FROM memory.stage GROUP BY kind;
  DELETE FROM memory.stage;`;

/** By table, what the numbers of pieces of a part are raised by; those of rare ones, which are below 0, are lowered. */
export type Raised = Readonly<Record<"pieces" | "rare_pieces", number>>;

/** How the numbers of a table of pieces count: 0, 1 … or -1, -2 … */
const COUNTED = { pieces: "p.piece", rare_pieces: "-1 - p.piece" } as const;

export const pieceCount = (table: keyof Raised, part: number): string =>
  `SELECT coalesce(max(${COUNTED[table]}) + 1, 0)::INTEGER FROM part_${part}.${table} p`;

export function piecesScript(
  table: keyof Raised,
  part: number,
  [first, last]: readonly [number, number],
  raised: number,
): string {
  const number = table === "pieces" ? `p.piece + ${raised}` : `p.piece - ${raised}`;
  return `INSERT INTO recording.${table} SELECT ${number}, b.new_batch, p.bytes
   FROM part_${part}.${table} p JOIN memory.map_batches b ON b.part = ${part} AND b.batch = p.batch
   WHERE ${COUNTED[table]} BETWEEN ${first} AND ${last} ORDER BY ${COUNTED[table]};`;
}

export const gapsScript = (part: number): string =>
  `INSERT INTO recording.gaps SELECT n.new, from_ts, to_ts, cause, dropped
   FROM part_${part}.gaps g JOIN memory.map_nodes n ON n.part = ${part} AND n.old = g.node ORDER BY g.rowid;`;

export const pinsScript = (part: number): string =>
  `INSERT INTO recording.pins SELECT CASE WHEN name IN (SELECT name FROM recording.pins)
     THEN name || ' (' || ${part + 1} || ')' ELSE name END, from_ts, to_ts FROM part_${part}.pins;`;

/** Of what was removed the ids that what is left of it has; where nothing is left, those of what follows. */
export const removalsScript = (part: number): string =>
  `INSERT INTO recording.removals SELECT n.new,
     coalesce((SELECT min(new_first) FROM memory.map_batches b WHERE b.part = ${part} AND b.first_id >= r.first_id), 1),
     coalesce((SELECT max(new_first + span - 1) FROM memory.map_batches b
       WHERE b.part = ${part} AND b.first_id BETWEEN r.first_id AND r.last_id),
       (SELECT min(new_first) - 1 FROM memory.map_batches b WHERE b.part = ${part} AND b.first_id >= r.first_id), 1),
     r.from_ts, r.to_ts, r.dropped
   FROM part_${part}.removals r JOIN memory.map_nodes n ON n.part = ${part} AND n.old = r.node;`;

/**
 * By pair of nodes the least time from a send to its receive, among messages that cannot be mistaken: the clock of the second
 * one is ahead by no more than that. Answers go to a reference, which names the node that it was made on.
 */
export const CLOCKS: string = `WITH named AS (
    SELECT s.ts, s.node, s.peer, pl.payload FROM recording.events s
    JOIN recording.nodes n ON n.node = s.node JOIN recording.processes p ON p.process = s.peer
    JOIN recording.payloads pl ON pl.id = s.id
    WHERE s.kind = $1 AND p.node IN (SELECT name FROM recording.nodes) AND p.node <> n.name LIMIT ${CLOCK_MESSAGES}),
  answers AS (
    SELECT s.ts, s.node, s.peer, pl.payload FROM recording.events s
    JOIN recording.nodes n ON n.node = s.node JOIN recording.payloads pl ON pl.id = s.id
    JOIN recording.nodes o ON o.name <> n.name AND contains(hex(pl.payload), hex(o.name))
    WHERE s.kind = $1 AND s.peer < 0 AND s.id <= ${CLOCK_IDS} LIMIT ${CLOCK_MESSAGES}),
  sent AS (FROM named UNION ALL FROM answers),
  taken AS (
    SELECT r.ts, r.node, r.pid, pl.payload FROM recording.events r JOIN recording.payloads pl ON pl.id = r.id
    WHERE r.kind = $2 AND r.id <= ${CLOCK_IDS}),
  pairs AS (
    SELECT min(s.node) AS a, min(r.node) AS b, min(r.ts - s.ts) AS took FROM sent s
    JOIN taken r ON r.payload = s.payload AND (s.peer < 0 OR r.pid = s.peer)
    WHERE r.node <> s.node GROUP BY s.peer, s.payload HAVING count(*) = 1)
  SELECT a, b, count(*), min(took) FROM pairs GROUP BY a, b ORDER BY a, b`;

export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
