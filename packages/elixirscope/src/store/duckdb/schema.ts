import { EVENT_KINDS } from "../../model/index.ts";
import { IS_RARE } from "./rare.ts";

/** Version of the tables below. A reader refuses a greater one; a change that an old reader cannot bear raises it. */
export const SCHEMA_VERSION = 3;

/** Tables that are filled while recording. The file and each stage have them all. */
export const STAGED_TABLES = [
  "processes",
  "functions",
  "atoms",
  "batches",
  "counts",
  "pieces",
  "rare_pieces",
  "events",
] as const;

/** Names and types of the columns of a table, in their order. */
export const columnsOf = (table: string): readonly (readonly [name: string, type: string])[] =>
  Object.entries(TABLES[table]?.columns ?? {}).map(([name, [type]]) => [name, type]);

interface Table {
  readonly comment: string;
  /** Name → type with constraints, meaning. All columns are NOT NULL. */
  readonly columns: Readonly<Record<string, readonly [type: string, comment: string]>>;
}

const EVENT_COLUMNS: Table["columns"] = {
  id: ["BIGINT", "From 1, ascending; no holes but where removals tells of them"],
  ts: ["BIGINT", "Unix time in nanoseconds: the monotonic clock of the node plus nodes.time_offset"],
  node: ["USMALLINT", "Node, as in nodes.node"],
  kind: ["UTINYINT", "Kind, as in kinds.kind"],
  pid: ["INTEGER", "Process, as in processes.process; -1: none"],
  peer: ["INTEGER", "The other process, as in processes.process; -1: none"],
  mfa: ["INTEGER", "Function, as in functions.mfa; -1: none"],
  tag: ["INTEGER", "Atom that tells events of a kind apart, as in atoms.atom; -1: none"],
  piece: ["INTEGER", "Piece that holds the payload, as in pieces.piece or, below 0, rare_pieces.piece"],
  payload_offset: ["UINTEGER", "Bytes before the payload in its piece; 0 without a payload"],
  payload_length: ["UINTEGER", "Bytes of the payload; 0: none. A term without its version byte 131"],
};

const TABLES: Readonly<Record<string, Table>> = {
  meta: {
    comment: "Facts about the recording",
    columns: {
      key: [
        "VARCHAR PRIMARY KEY",
        "schema_version, started_at, ended_at, end_reason, elixirscope_version and others",
      ],
      value: ["VARCHAR", "Text; times in ISO 8601"],
    },
  },
  kinds: {
    comment: "Kinds of event",
    columns: {
      kind: ["UTINYINT", "Number as in events.kind; never reused"],
      name: ["VARCHAR", "Name, such as send"],
    },
  },
  nodes: {
    comment: "Nodes that were observed",
    columns: {
      node: ["USMALLINT PRIMARY KEY", "Number of the node in this recording, from 0"],
      name: ["VARCHAR", "Name, such as shop@127.0.0.1"],
      creation: ["UINTEGER", "Tells incarnations of a node of the same name apart"],
      otp: ["VARCHAR", "OTP release, such as 27"],
      elixir: ["VARCHAR", "Elixir version, empty: none"],
      time_offset: ["BIGINT", "Nanoseconds that were added to the monotonic clock of the node to get ts"],
    },
  },
  processes: {
    comment: "Dictionary of processes",
    columns: {
      process: ["INTEGER", "Index as in events.pid and events.peer; p-<index> is its handle"],
      node: ["VARCHAR", "Name of the node as it stands in the pid"],
      id: ["UINTEGER", "Second number of <0.id.serial>"],
      serial: ["UINTEGER", "Third number of <0.id.serial>"],
      creation: ["UINTEGER", "Creation of the node as it stands in the pid"],
    },
  },
  functions: {
    comment: "Dictionary of functions",
    columns: {
      mfa: ["INTEGER", "Index as in events.mfa"],
      module: ["VARCHAR", "Module as Erlang has it, such as Elixir.Counter"],
      function: ["VARCHAR", "Name of the function"],
      arity: ["USMALLINT", "Number of arguments"],
    },
  },
  atoms: {
    comment: "Dictionary of atoms that stand in events.tag",
    columns: {
      atom: ["INTEGER", "Index as in events.tag"],
      name: ["VARCHAR", "The atom, without a colon"],
    },
  },
  gaps: {
    comment: "What was not recorded",
    columns: {
      node: ["USMALLINT", "Node, as in nodes.node"],
      from_ts: ["BIGINT", "From, inclusive; as events.ts"],
      to_ts: ["BIGINT", "To, inclusive; as events.ts"],
      cause: [
        "VARCHAR",
        "no_credit, overload, breaker, budget, detached, taken_over, code_reload or left_out",
      ],
      dropped: [
        "VARCHAR",
        "JSON object: kind name to number of events dropped; {} where only the time is known",
      ],
    },
  },
  pins: {
    comment: "Stretches of time that retention spares",
    columns: {
      name: ["VARCHAR PRIMARY KEY", "What it is called"],
      from_ts: ["BIGINT", "From, inclusive; as events.ts"],
      to_ts: ["BIGINT", "To, inclusive; as events.ts"],
    },
  },
  removals: {
    comment: "What retention took away, so that the recording stays within its limits",
    columns: {
      node: ["USMALLINT", "Node, as in nodes.node"],
      first_id: ["BIGINT", "Least id of the stretch that was emptied"],
      last_id: ["BIGINT", "Greatest id of it; events that are still there between them were spared"],
      from_ts: ["BIGINT", "Least ts of what was removed"],
      to_ts: ["BIGINT", "Greatest ts of what was removed"],
      dropped: ["VARCHAR", "JSON object: kind name to number of events removed"],
    },
  },
  checkpoints: {
    comment: "What had been made of the events up to one of them: processes, names, newest events of each",
    columns: {
      last_id: ["BIGINT", "It holds the events up to this id"],
      ts: ["BIGINT", "Greatest ts of these events"],
      bytes: ["BLOB", "External term format, see docs/recording-format.md"],
    },
  },
  ended: {
    comment:
      "Processes that had ended, by checkpoint: with those of all checkpoints before it, all that had ended",
    columns: {
      last_id: ["BIGINT", "As checkpoints.last_id; none where no process had ended since the one before"],
      bytes: ["BLOB", "External term format, see docs/recording-format.md"],
    },
  },
  batches: {
    comment: "Events come from a node in batches",
    columns: {
      batch: ["INTEGER", "Number of the batch, from 0"],
      node: ["USMALLINT", "Node, as in nodes.node"],
      first_id: ["BIGINT", "Id of the first event that the batch had; the others followed without holes"],
      count: ["UINTEGER", "Number of events, without those that retention took away"],
      first_ts: ["BIGINT", "Least ts in the batch"],
      last_ts: ["BIGINT", "Greatest ts in the batch"],
    },
  },
  counts: {
    comment: "How many events of each kind there are, so that nobody has to look at all of them to know",
    columns: {
      last_id: ["BIGINT", "The row counts events up to this id, from behind that of the rows before it"],
      kind: ["UTINYINT", "Kind, as in kinds.kind"],
      count: ["UBIGINT", "Events of this kind in that stretch; the sum over all rows is their number"],
    },
  },
  blocks: {
    comment:
      "Stretches of about a million events that are summarized, so that not all of them have to be read; the newest events are in none",
    columns: {
      block: ["INTEGER", "Number of the block; one row for each kind in it"],
      from_id: ["BIGINT", "Ids that it takes in, from"],
      to_id: ["BIGINT", "To, inclusive"],
      first_ts: ["BIGINT", "Least ts in the block"],
      last_ts: ["BIGINT", "Greatest ts in the block"],
      bits: ["UTINYINT", "Slots of its times are 2^bits nanoseconds wide: at most 1,024 in block_rates"],
      kind: ["UTINYINT", "Kind, as in kinds.kind"],
      count: ["UBIGINT", "Events of this kind in the block"],
      first_id: ["BIGINT", "Least id of these"],
      last_id: ["BIGINT", "Greatest id of these"],
    },
  },
  block_rates: {
    comment: "Events of a block over time",
    columns: {
      block: ["INTEGER", "Block, as in blocks.block"],
      node: ["USMALLINT", "Node, as in nodes.node"],
      kind: ["UTINYINT", "Kind, as in kinds.kind"],
      slot: ["BIGINT", "Those with slot = ts >> blocks.bits"],
      count: ["UINTEGER", "Their number"],
    },
  },
  block_keys: {
    comment: "Where in a block the events of a process or function are",
    columns: {
      block: ["INTEGER", "Block, as in blocks.block"],
      what: ["UTINYINT", "0: key is events.pid; 1: events.peer; 2: both of them; 3: events.mfa"],
      key: ["INTEGER", "Number of the process or function; -1: none"],
      kind: ["UTINYINT", "Kind, as in kinds.kind"],
      count: ["UINTEGER", "Events of this kind with this key"],
      first_id: ["BIGINT", "Least id of these"],
      last_id: ["BIGINT", "Greatest id of these"],
    },
  },
  block_times: {
    comment: "What processes did in a block over time",
    columns: {
      block: ["INTEGER", "Block, as in blocks.block"],
      node: ["USMALLINT", "Node, as in nodes.node"],
      process: ["INTEGER", "Process, as in processes.process"],
      slot: ["BIGINT", "Those events of it with slot = ts >> (blocks.bits + 5), samples left out"],
      count: ["UINTEGER", "Their number"],
      busy_ns: [
        "BIGINT",
        "Nanoseconds of the callbacks that ended then: from a dispatch to the state after it",
      ],
      longest_ns: ["BIGINT", "The longest of these; 0: none"],
    },
  },
  block_open: {
    comment: "Processes that were in a callback at the end of a block",
    columns: {
      block: ["INTEGER", "Block, as in blocks.block"],
      process: ["INTEGER", "Process, as in processes.process"],
      ts: ["BIGINT", "Of the dispatch that the callback began with"],
    },
  },
  block_states: {
    comment:
      "The states in a block once more, those of a process together, so that its past need not be gathered",
    columns: {
      block: ["INTEGER", "Block, as in blocks.block"],
      process: ["INTEGER", "As events.pid"],
      id: ["BIGINT", "As events.id"],
      ts: ["BIGINT", "As events.ts"],
      node: ["USMALLINT", "As events.node"],
      peer: ["INTEGER", "As events.peer"],
      mfa: ["INTEGER", "As events.mfa"],
      tag: ["INTEGER", "As events.tag"],
      bytes: ["BLOB", "The payload; empty: none"],
    },
  },
  pieces: {
    comment: "Payloads, packed: what else an event has stands in the columns of events",
    columns: {
      piece: ["INTEGER", "Number of the piece, from 0 over the whole recording"],
      batch: ["INTEGER", "Batch, as in batches.batch"],
      bytes: ["BLOB", "Payloads one behind the other, in the order of the events; none is cut apart"],
    },
  },
  rare_pieces: {
    comment:
      "Payloads of kinds of which there are few, packed in the same way; pieces has those of send, receive, call, return, state, dispatch and line",
    columns: {
      piece: ["INTEGER", "Number of the piece: -1, -2 and so on over the whole recording"],
      batch: ["INTEGER", "Batch, as in batches.batch"],
      bytes: ["BLOB", "As pieces.bytes"],
    },
  },
  events: {
    comment: "What happened, in the order in which it was recorded",
    columns: EVENT_COLUMNS,
  },
  rare_events: {
    comment:
      "The rows of events of kinds of which there are few once more (all but those that pieces has), so that nobody has to look for them among all",
    columns: EVENT_COLUMNS,
  },
};

/** Of all tables. */
export const TABLE_NAMES: readonly string[] = Object.keys(TABLES);

/** Payloads are looked at a few at a time and are most of the bytes: a third of the size for a tenth of the time. */
const COMPRESSION: Readonly<Record<string, string>> = {
  "pieces.bytes": " USING COMPRESSION zstd",
  "rare_pieces.bytes": " USING COMPRESSION zstd",
  "block_states.bytes": " USING COMPRESSION zstd",
  "checkpoints.bytes": " USING COMPRESSION zstd",
  "ended.bytes": " USING COMPRESSION zstd",
};

const PAYLOADS = `CREATE OR REPLACE VIEW payloads AS
  SELECT e.id, p.bytes[e.payload_offset + 1 : e.payload_offset + e.payload_length] AS payload
  FROM events e JOIN (SELECT piece, bytes FROM pieces UNION ALL SELECT piece, bytes FROM rare_pieces) p USING (piece)
  WHERE e.payload_length > 0;
COMMENT ON VIEW payloads IS 'Payloads by event id: external term format without the version byte';`;

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
${PAYLOADS}
COMMENT ON VIEW processes_readable IS 'Processes with their pid as text';
COMMENT ON VIEW events_readable IS 'Events with names in the place of numbers, and UTC time';
`;

/** Everything that a new recording starts with, as one script to run in its catalog. */
export function schemaScript(): string {
  const kinds = Object.entries(EVENT_KINDS).map(([name, code]) => `(${code}, '${name}')`);
  return `BEGIN;
${Object.entries(TABLES).map(tableScript).join("\n")}
${VIEWS}
INSERT INTO kinds VALUES ${kinds.join(", ")};
INSERT INTO meta VALUES ('schema_version', '${SCHEMA_VERSION}');
COMMIT;`;
}

/** For recordings of earlier versions: a table that they lack, and its rows. */
export const missingTableScript = (table: LaterTable): string =>
  `${tableScript([table, TABLES[table]!])} ${ROWS_OF_EVENTS[table] ?? ""}`;

const ROWS_OF_EVENTS: Readonly<Partial<Record<LaterTable, string>>> = {
  counts: "INSERT INTO counts SELECT max(id), kind, count(*) FROM events GROUP BY kind;",
  rare_events: `INSERT INTO rare_events FROM events WHERE ${IS_RARE} ORDER BY id;`,
};

/** For recordings of version 1: where payloads are has changed. */
export const NEXT_VERSION_SCRIPT: string = `${PAYLOADS}
UPDATE meta SET value = '${SCHEMA_VERSION}' WHERE key = 'schema_version';`;

/** Tables that came after the first version; a reader of that one can do without. */
export const LATER_TABLES = [
  "counts",
  "pins",
  "removals",
  "checkpoints",
  "ended",
  "blocks",
  "block_rates",
  "block_keys",
  "block_times",
  "block_open",
  "block_states",
  "rare_pieces",
  "rare_events",
] as const;

type LaterTable = (typeof LATER_TABLES)[number];

function tableScript([table, { comment, columns }]: readonly [string, Table]): string {
  const entries = Object.entries(columns);
  const definitions = entries.map(
    ([column, [type]]) => `${column} ${type} NOT NULL${COMPRESSION[`${table}.${column}`] ?? ""}`,
  );
  const comments = entries.map(([column, [, text]]) => `COMMENT ON COLUMN ${table}.${column} IS '${text}';`);
  return `CREATE TABLE ${table} (${definitions.join(", ")});
COMMENT ON TABLE ${table} IS '${comment}';
${comments.join("\n")}`;
}
