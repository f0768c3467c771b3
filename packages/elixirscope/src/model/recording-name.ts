const CLICKHOUSE = "clickhouse:";

/** Does a recording of this name live in ClickHouse (`clickhouse:NAME`), rather than in a file? */
export const isClickHouse = (recording: string): boolean => recording.startsWith(CLICKHOUSE);

/** `clickhouse:NAME` of a name, and back. */
export const clickHouseName = (name: string): string => CLICKHOUSE + name;
export const nameInClickHouse = (recording: string): string => recording.slice(CLICKHOUSE.length);
