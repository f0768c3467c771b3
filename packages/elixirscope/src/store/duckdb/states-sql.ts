import { EVENT_KINDS } from "../../model/index.ts";

/** Fills the table from the events of a block (what to write after FROM). */
export function blockStates(block: number, events: string): string {
  const states = `${events} AND kind = ${EVENT_KINDS.state}`;
  const ofPieces = `(SELECT min(piece) AS low, max(piece) AS high FROM ${states} AND payload_length > 0)`;
  const payload = "p.bytes[e.payload_offset + 1 : e.payload_offset + e.payload_length]";
  return `INSERT INTO recording.block_states
    SELECT ${block}, e.pid, e.id, e.ts, e.node, e.peer, e.mfa, e.tag,
      CASE WHEN e.payload_length = 0 OR p.bytes IS NULL THEN ''::BLOB ELSE ${payload} END
    FROM (FROM ${states}) e LEFT JOIN (
      SELECT piece, bytes FROM recording.pieces
      WHERE piece >= (SELECT low FROM ${ofPieces}) AND piece <= (SELECT high FROM ${ofPieces})) p USING (piece)
    ORDER BY e.pid, e.id;`;
}
