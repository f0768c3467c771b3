import { ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { Client } from "../client.ts";
import { CliError, EXIT, usageError } from "../errors.ts";
import type { Exporting } from "./exporting.ts";
import { spanOrigin, spansOf } from "./otlp-spans.ts";
import { exportedFlows } from "./source.ts";

/** Spans of one request, or line, as the collectors' own exporters batch them. */
const BATCH = 512;

/** Flows as traces: to an OTLP receiver, or as OTLP/JSON, a request a line. */
export async function exportOtlp(
  client: Client,
  exporting: Exporting,
  endpoint: string | undefined,
): Promise<void> {
  const receiver = endpoint === undefined ? writing(exporting) : sending(endpoint);
  const origin = spanOrigin(await client.call("status", {}));
  let batch: ReadableSpan[] = [];
  try {
    for await (const flow of exportedFlows(client, exporting.flows, exporting.flow)) {
      batch.push(...spansOf(flow, origin));
      if (batch.length >= BATCH) {
        await receiver.take(batch);
        batch = [];
      }
      if (exporting.progress.did(flow.t)) return;
    }
    if (batch.length > 0) await receiver.take(batch);
  } finally {
    await receiver.end();
  }
}

interface Receiver {
  take(spans: readonly ReadableSpan[]): Promise<void>;
  end(): Promise<void>;
}

function writing({ out }: Exporting): Receiver {
  const decoder = new TextDecoder();
  return {
    take: async (spans) => {
      const bytes = JsonTraceSerializer.serializeRequest([...spans]);
      if (bytes) await out.write(`${decoder.decode(bytes)}\n`);
    },
    end: async () => undefined,
  };
}

/** Tries again where the receiver asks for it, as the protocol has it. */
function sending(endpoint: string): Receiver {
  const url = tracesUrl(endpoint);
  const exporter = new OTLPTraceExporter({ url });
  return {
    take: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export([...spans], ({ code, error }) => {
          if (code === ExportResultCode.SUCCESS) resolve();
          else reject(refused(url, error));
        });
      }),
    end: () => exporter.shutdown(),
  };
}

/** A base address means that of its traces, as `OTEL_EXPORTER_OTLP_ENDPOINT` does. */
function tracesUrl(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw usageError(`--endpoint ${endpoint} is no address.`, "Give one such as http://127.0.0.1:4318.");
  }
  return url.pathname === "/" ? new URL("/v1/traces", url).href : url.href;
}

const refused = (url: string, cause: Error | undefined): CliError =>
  new CliError(
    "CLI_ENDPOINT_FAILED",
    `${url} did not take the traces: ${cause?.message ?? "no reason given"}.`,
    {
      exit: EXIT.lost,
      hint: "Is an OTLP receiver (HTTP) listening there? Flows that were sent before this one have arrived.",
      cause,
    },
  );
