/** Questions to start from. They read what the recording has by itself: docs/recording-format.md. */
export const EXAMPLES: readonly { readonly title: string; readonly sql: string }[] = [
  {
    title: "What there is, by kind",
    sql: "SELECT kind, count(*) AS events\nFROM events_readable\nGROUP BY kind\nORDER BY events DESC",
  },
  {
    title: "Who sent most, to whom",
    sql: "SELECT pid, peer, count(*) AS sent\nFROM events_readable\nWHERE kind IN ('send', 'flow_send')\nGROUP BY pid, peer\nORDER BY sent DESC\nLIMIT 50",
  },
  {
    title: "Events in each tenth of a second",
    sql: "SELECT time_bucket(INTERVAL 100 MILLISECONDS, time) AS since, count(*) AS events\nFROM events_readable\nGROUP BY ALL\nORDER BY since",
  },
  {
    title: "The newest events",
    sql: "SELECT id, time, kind, pid, peer, mfa, tag\nFROM events_readable\nORDER BY id DESC\nLIMIT 200",
  },
  {
    title: "The largest terms",
    sql: "SELECT id, time, kind, pid, payload_length\nFROM events_readable\nORDER BY payload_length DESC\nLIMIT 50",
  },
  {
    title: "What processes ended of",
    sql: "SELECT tag AS reason, count(*) AS ended\nFROM events_readable\nWHERE kind = 'exit'\nGROUP BY tag\nORDER BY ended DESC",
  },
  {
    title: "What the recording says of itself",
    sql: "SELECT key, value\nFROM meta\nWHERE key NOT LIKE 'source:%'\nORDER BY key",
  },
];
