import { EVENT_KINDS } from "../../model/index.ts";

/** Version of the tables below. A reader refuses a greater one; a change that an old reader cannot bear raises it. */
export const SCHEMA_VERSION = 1;

const TABLES = `
CREATE TABLE meta (key VARCHAR NOT NULL PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE kinds (kind UTINYINT NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE nodes (
  node USMALLINT NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, creation UINTEGER NOT NULL, otp VARCHAR NOT NULL,
  elixir VARCHAR NOT NULL, time_offset BIGINT NOT NULL);
CREATE TABLE processes (
  process INTEGER NOT NULL, node VARCHAR NOT NULL, id UINTEGER NOT NULL, serial UINTEGER NOT NULL,
  creation UINTEGER NOT NULL);
CREATE TABLE functions (
  mfa INTEGER NOT NULL, module VARCHAR NOT NULL, function VARCHAR NOT NULL, arity USMALLINT NOT NULL);
CREATE TABLE atoms (atom INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE gaps (
  node USMALLINT NOT NULL, from_ts BIGINT NOT NULL, to_ts BIGINT NOT NULL, cause VARCHAR NOT NULL,
  dropped VARCHAR NOT NULL);
CREATE TABLE batches (
  batch INTEGER NOT NULL, node USMALLINT NOT NULL, first_id BIGINT NOT NULL, count UINTEGER NOT NULL,
  first_ts BIGINT NOT NULL, last_ts BIGINT NOT NULL);
CREATE TABLE pieces (piece INTEGER NOT NULL, batch INTEGER NOT NULL, bytes BLOB NOT NULL USING COMPRESSION zstd);
CREATE TABLE events (
  id BIGINT NOT NULL, ts BIGINT NOT NULL, node USMALLINT NOT NULL, kind UTINYINT NOT NULL, pid INTEGER NOT NULL,
  peer INTEGER NOT NULL, mfa INTEGER NOT NULL, tag INTEGER NOT NULL, piece INTEGER NOT NULL,
  payload_offset UINTEGER NOT NULL, payload_length UINTEGER NOT NULL);
`;

const VIEWS = `
CREATE VIEW processes_readable AS
  SELECT process, node, '<0.' || id || '.' || serial || '>' AS pid, creation FROM processes;
CREATE VIEW events_readable AS
  SELECT e.id, make_timestamp_ns(e.ts) AS time, n.name AS node, k.name AS kind,
    p.pid, q.pid AS peer, f.module || ':' || f.function || '/' || f.arity AS mfa, a.name AS tag, e.payload_length
  FROM events e
  LEFT JOIN nodes n ON n.node = e.node
  LEFT JOIN kinds k ON k.kind = e.kind
  LEFT JOIN processes_readable p ON p.process = e.pid
  LEFT JOIN processes_readable q ON q.process = e.peer
  LEFT JOIN functions f ON f.mfa = e.mfa
  LEFT JOIN atoms a ON a.atom = e.tag;
CREATE VIEW payloads AS
  SELECT e.id, p.bytes[e.payload_offset + 1 : e.payload_offset + e.payload_length] AS payload
  FROM events e JOIN pieces p USING (piece) WHERE e.payload_length > 0;
`;

/** Everything that a new recording starts with, as one script to run in its catalog. */
export function schemaScript(): string {
  const kinds = Object.entries(EVENT_KINDS).map(([name, code]) => `(${code}, '${name}')`);
  return `BEGIN; ${TABLES} ${VIEWS}
INSERT INTO kinds VALUES ${kinds.join(", ")};
INSERT INTO meta VALUES ('schema_version', '${SCHEMA_VERSION}');
COMMIT;`;
}
