import { EVENT_KINDS } from "../../model/index.ts";

const { dispatch, sample, state } = EVENT_KINDS;

/** What a process did itself, as a condition: that somebody looked at its memory is no doing of its own. */
export const DID: string = `pid >= 0 AND kind <> ${sample}`;

/**
 * Events with how long the callback took that ended with them (0: none did), as SQL.
 *
 * @param events what to write after FROM, of ids from `fromId` on
 * @param after the summarized block before these; none: nothing is known of what was before
 */
export function callbackRows(events: string, fromId: number, after: number | undefined): string {
  const steps = `SELECT id, ts, node, kind, pid FROM ${events}`;
  const open =
    after === undefined
      ? ""
      : `UNION ALL SELECT ${fromId - 1}, ts, 0, ${dispatch}, process FROM recording.block_open WHERE block = ${after}`;
  const before = "OVER (PARTITION BY pid ORDER BY id)";
  return `
    SELECT id, ts, node, pid, 0 AS busy FROM (${steps}) WHERE kind NOT IN (${dispatch}, ${state})
    UNION ALL
    SELECT id, ts, node, pid, busy FROM (
      SELECT id, ts, node, pid, kind,
        CASE WHEN kind = ${state} AND lag(kind) ${before} = ${dispatch} THEN ts - lag(ts) ${before} ELSE 0 END AS busy
      FROM (SELECT id, ts, node, kind, pid FROM (${steps}) WHERE kind IN (${dispatch}, ${state}) ${open}))
    WHERE id >= ${fromId}`;
}

/** When the callbacks began that processes are in after some events, as SQL: process and ts. */
export function openCallbacks(events: string, fromId: number, after: number | undefined): string {
  const open =
    after === undefined
      ? ""
      : `UNION ALL SELECT ${fromId - 1}, ts, ${dispatch}, process FROM recording.block_open WHERE block = ${after}`;
  return `SELECT pid AS process, arg_max(ts, id) AS ts FROM (
      SELECT id, ts, kind, pid FROM (SELECT * FROM ${events}) WHERE kind IN (${dispatch}, ${state}) ${open})
    GROUP BY pid HAVING arg_max(kind, id) = ${dispatch}`;
}
