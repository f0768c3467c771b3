import { EVENT_KINDS } from "../../model/index.ts";
import { Column, type ColumnType } from "./native.ts";

/** Version of the tables below. A reader refuses a greater one; a change that an old reader cannot bear raises it. */
export const SCHEMA_VERSION = 1;

/** Events of a partition; retention removes whole ones, and merges stay within one. */
const PARTITION_EVENTS = 4_194_304;

interface TableSpec {
  readonly comment: string;
  /** Name → type, meaning, compression other than that of the server. */
  readonly columns: Readonly<Record<string, readonly [type: ColumnType, comment: string, codec?: string]>>;
  /** Sorting key; in a table with `version` the last row of a key is the one that counts. */
  readonly key: string;
  readonly partition?: string;
}

const VERSION: readonly [ColumnType, string] = [
  "UInt64",
  "Of several rows with the same key the greatest counts (SELECT … FINAL)",
];

export type Table =
  | "meta"
  | "kinds"
  | "nodes"
  | "processes"
  | "functions"
  | "atoms"
  | "gaps"
  | "pins"
  | "removals"
  | "spared"
  | "checkpoints"
  | "ended"
  | "batches"
  | "events";

const TABLES: Readonly<Record<Table, TableSpec>> = {
  meta: {
    comment: "Facts about the recording",
    columns: {
      key: ["String", "schema_version, started_at, ended_at, end_reason, elixirscope_version and others"],
      value: ["String", "Text; times in ISO 8601"],
      version: VERSION,
    },
    key: "key",
  },
  kinds: {
    comment: "Kinds of event",
    columns: {
      kind: ["UInt8", "Number as in events.kind; never reused"],
      name: ["String", "Name, such as send"],
    },
    key: "kind",
  },
  nodes: {
    comment: "Nodes that were observed",
    columns: {
      node: ["UInt16", "Number of the node in this recording, from 0"],
      name: ["String", "Name, such as shop@127.0.0.1"],
      creation: ["UInt32", "Tells incarnations of a node of the same name apart"],
      otp: ["String", "OTP release, such as 27"],
      elixir: ["String", "Elixir version, empty: none"],
      time_offset: ["Int64", "Nanoseconds that were added to the monotonic clock of the node to get ts"],
      version: VERSION,
    },
    key: "node",
  },
  processes: {
    comment: "Dictionary of processes",
    columns: {
      process: ["Int32", "Index as in events.pid and events.peer; p-<index> is its handle"],
      node: ["String", "Name of the node as it stands in the pid"],
      id: ["UInt32", "Second number of <0.id.serial>"],
      serial: ["UInt32", "Third number of <0.id.serial>"],
      creation: ["UInt32", "Creation of the node as it stands in the pid"],
    },
    key: "process",
  },
  functions: {
    comment: "Dictionary of functions",
    columns: {
      mfa: ["Int32", "Index as in events.mfa"],
      module: ["String", "Module as Erlang has it, such as Elixir.Counter"],
      function: ["String", "Name of the function"],
      arity: ["UInt16", "Number of arguments"],
    },
    key: "mfa",
  },
  atoms: {
    comment: "Dictionary of atoms that stand in events.tag",
    columns: {
      atom: ["Int32", "Index as in events.tag"],
      name: ["String", "The atom, without a colon"],
    },
    key: "atom",
  },
  gaps: {
    comment: "What was not recorded",
    columns: {
      seq: ["UInt64", "Grows from gap to gap: the order in which they came"],
      node: ["UInt16", "Node, as in nodes.node"],
      from_ts: ["Int64", "From, inclusive; as events.ts"],
      to_ts: ["Int64", "To, inclusive; as events.ts"],
      cause: [
        "String",
        "no_credit, overload, breaker, budget, detached, taken_over, code_reload or left_out",
      ],
      dropped: [
        "String",
        "JSON object: kind name to number of events dropped; {} where only the time is known",
      ],
    },
    key: "seq",
  },
  pins: {
    comment: "Stretches of time that retention spares",
    columns: {
      name: ["String", "What it is called"],
      from_ts: ["Int64", "From, inclusive; as events.ts"],
      to_ts: ["Int64", "To, inclusive; as events.ts"],
      dropped: ["UInt8", "1: it was taken away"],
      version: VERSION,
    },
    key: "name",
  },
  removals: {
    comment: "What retention took away, so that the recording stays within its limits",
    columns: {
      pass: ["UInt64", "The rows of the greatest pass are in force; others are of passes before"],
      node: ["UInt16", "Node, as in nodes.node"],
      first_id: ["Int64", "Least id of the stretch that was emptied"],
      last_id: ["Int64", "Greatest id of it; events that are still there between them were spared"],
      from_ts: ["Int64", "Least ts of what was removed"],
      to_ts: ["Int64", "Greatest ts of what was removed"],
      dropped: ["String", "JSON object: kind name to number of events removed"],
    },
    key: "pass, first_id, node",
  },
  spared: {
    comment: "Scratch of a pass of retention: ids that it spares",
    columns: { id: ["Int64", "As events.id"] },
    key: "id",
  },
  checkpoints: {
    comment: "What had been made of the events up to one of them: processes, names, newest events of each",
    columns: {
      last_id: ["Int64", "It holds the events up to this id"],
      ts: ["Int64", "Greatest ts of these events"],
      bytes: ["String", "External term format, see docs/recording-format.md", "ZSTD(1)"],
    },
    key: "last_id",
  },
  ended: {
    comment:
      "Processes that had ended, by checkpoint: with those of all checkpoints before it, all that had ended",
    columns: {
      last_id: ["Int64", "As checkpoints.last_id; none where no process had ended since the one before"],
      bytes: ["String", "External term format, see docs/recording-format.md", "ZSTD(1)"],
    },
    key: "last_id",
  },
  batches: {
    comment:
      "Events come from a node in batches; written behind their events, so that those of a batch are all there",
    columns: {
      batch: ["Int32", "Number of the batch, from 0"],
      node: ["UInt16", "Node, as in nodes.node"],
      first_id: [
        "Int64",
        "Id of the first event that the batch had; the others followed without holes",
        "Delta, ZSTD(1)",
      ],
      count: ["UInt32", "Number of events, without those that retention took away"],
      first_ts: ["Int64", "Least ts in the batch", "Delta, ZSTD(1)"],
      last_ts: ["Int64", "Greatest ts in the batch", "Delta, ZSTD(1)"],
      version: ["UInt64", VERSION[1], "ZSTD(1)"],
    },
    key: "batch",
  },
  events: {
    comment: "What happened, in the order in which it was recorded",
    columns: {
      id: ["Int64", "From 1, ascending; no holes but where removals tells of them", "Delta, ZSTD(1)"],
      ts: [
        "Int64",
        "Unix time in nanoseconds: the monotonic clock of the node plus nodes.time_offset",
        "Delta, ZSTD(1)",
      ],
      node: ["UInt16", "Node, as in nodes.node", "ZSTD(1)"],
      kind: ["UInt8", "Kind, as in kinds.kind", "ZSTD(1)"],
      pid: ["Int32", "Process, as in processes.process; -1: none", "ZSTD(1)"],
      peer: ["Int32", "The other process, as in processes.process; -1: none", "ZSTD(1)"],
      mfa: ["Int32", "Function, as in functions.mfa; -1: none", "ZSTD(1)"],
      tag: ["Int32", "Atom that tells events of a kind apart, as in atoms.atom; -1: none", "ZSTD(1)"],
      payload_length: ["UInt32", "Bytes of the payload; 0: none", "ZSTD(1)"],
      payload: [
        "String",
        "The payload: a term of the external term format without its version byte 131",
        "ZSTD(1)",
      ],
    },
    key: "id",
    partition: `intDiv(id, ${PARTITION_EVENTS})`,
  },
};

/** Columns of a table, empty. */
export const columnsOf = (table: Table): Column[] =>
  Object.entries(TABLES[table].columns).map(([name, [type]]) => new Column(name, type));

const VIEWS = [
  `CREATE VIEW counts COMMENT 'How many events of each kind there are' AS
    SELECT max(id) AS last_id, kind, count() AS count FROM events GROUP BY kind`,
  `CREATE VIEW processes_readable COMMENT 'Processes with their pid as text' AS
    SELECT process, node, concat('<0.', toString(id), '.', toString(serial), '>') AS pid, creation FROM processes`,
  `CREATE VIEW payloads COMMENT 'Payloads by event id: external term format without the version byte' AS
    SELECT id, payload FROM events WHERE payload_length > 0`,
  `CREATE VIEW events_readable COMMENT 'Events with names in the place of numbers, and UTC time' AS
    SELECT e.id AS id, fromUnixTimestamp64Nano(e.ts, 'UTC') AS time, n.name AS node, k.name AS kind,
      p.pid AS pid, q.pid AS peer,
      if(e.mfa < 0, NULL, concat(f.module, ':', f.function, '/', toString(f.arity))) AS mfa,
      a.name AS tag, e.payload_length AS payload_length
    FROM events AS e
    LEFT JOIN (SELECT * FROM nodes FINAL) AS n ON n.node = e.node
    LEFT JOIN kinds AS k ON k.kind = e.kind
    LEFT JOIN processes_readable AS p ON p.process = e.pid
    LEFT JOIN processes_readable AS q ON q.process = e.peer
    LEFT JOIN functions AS f ON f.mfa = e.mfa
    LEFT JOIN atoms AS a ON a.atom = e.tag
    SETTINGS join_use_nulls = 1`,
];

/** Statements that make the tables of a new recording. */
export const schemaStatements = (): string[] => [
  ...Object.entries(TABLES).map(tableStatement),
  ...VIEWS,
  `INSERT INTO kinds VALUES ${Object.entries(EVENT_KINDS)
    .map(([name, code]) => `(${code}, '${name}')`)
    .join(", ")}`,
];

/** A repeated insert is known by its token for so many inserts; half a second each, and nobody waits longer than some. */
const REMEMBERED_INSERTS = 1_000;

function tableStatement([table, { comment, columns, key, partition }]: readonly [string, TableSpec]): string {
  const definitions = Object.entries(columns).map(
    ([name, [type, text, codec]]) =>
      `${name} ${type} COMMENT '${text}'${codec === undefined ? "" : ` CODEC(${codec})`}`,
  );
  const engine = "version" in columns ? "ReplacingMergeTree(version)" : "MergeTree";
  return `CREATE TABLE ${table} (${definitions.join(", ")}) ENGINE = ${engine}
    ${partition === undefined ? "" : `PARTITION BY ${partition}`} ORDER BY (${key})
    SETTINGS non_replicated_deduplication_window = ${REMEMBERED_INSERTS} COMMENT '${comment}'`;
}
