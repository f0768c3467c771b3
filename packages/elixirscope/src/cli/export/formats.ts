import type { Client } from "../client.ts";
import type { Exporting } from "./exporting.ts";

/** A format, and what can be chosen of the record in it besides a stretch of time. */
export interface ExportFormat {
  readonly says: string;
  /** What is counted. */
  readonly noun: string;
  readonly options: readonly string[];
  /** Left out: it is made of the file itself. */
  readonly run?: (client: Client, exporting: Exporting, endpoint: string | undefined) => Promise<void>;
}

/** Options about events, besides moments; those about flows; and those that are a format's own. */
export const EVENT_CHOICES = [
  "kind",
  "process",
  "pid",
  "subject",
  "peer",
  "on",
  "mfa",
  "tag",
  "minSize",
  "maxSize",
  "inFlow",
  "after",
  "before",
  "match",
  "text",
] as const;
export const FLOW_CHOICES = ["flow", "entry", "failed", "limit", "endpoint"] as const;
export const SECRET_CHOICES = ["redact", "hide"] as const;

/** Those that DuckDB can look at by itself. */
const COLUMN_CHOICES = EVENT_CHOICES.filter((name) => !["inFlow", "match", "text"].includes(name));

export const FORMATS: Readonly<Record<string, ExportFormat>> = {
  ndjson: {
    says: "events, one a line, with their terms",
    noun: "event",
    options: EVENT_CHOICES,
    run: async (client, exporting) => (await import("./ndjson.ts")).exportNdjson(client, exporting),
  },
  mermaid: {
    says: "flows as sequence diagrams",
    noun: "flow",
    options: ["flow", "process", "entry", "failed", "limit"],
    run: async (client, exporting) => (await import("./mermaid.ts")).exportMermaid(client, exporting),
  },
  perfetto: {
    says: "processes over time, for Perfetto and Chrome",
    noun: "event",
    options: [...EVENT_CHOICES, "flow"],
    run: async (client, exporting) => (await import("./perfetto.ts")).exportPerfetto(client, exporting),
  },
  otlp: {
    says: "flows as OpenTelemetry traces",
    noun: "flow",
    options: ["flow", "process", "entry", "failed", "endpoint"],
    run: async (client, exporting, endpoint) =>
      (await import("./otlp.ts")).exportOtlp(client, exporting, endpoint),
  },
  parquet: {
    says: "a folder with a Parquet file for each table",
    noun: "event",
    options: COLUMN_CHOICES,
  },
  recording: {
    says: "a recording to give away: secrets overwritten, whole or in part",
    noun: "event",
    options: [...COLUMN_CHOICES, "flow", ...SECRET_CHOICES],
  },
};

export const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS);
