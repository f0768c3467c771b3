import { Pid, type Term, Tuple } from "@elixirscope/etf";
import type { Telemetry } from "./fields.ts";

// Cowboy has a process for each request, and tells of what it served in that of the connection. What both know is the
// connection's pid and the number of the stream in it.

/** The stream that a request came on, by the endpoint's telemetry; `undefined` of other servers. */
export function streamOf({ metadata }: Telemetry): string | undefined {
  const stream = metadata.fields("conn").term("stream");
  return stream instanceof Tuple ? streamKey(stream.elements[0], stream.elements[1]) : undefined;
}

/** The stream that Cowboy's own telemetry tells of. */
export function streamOfServer({ name, metadata }: Telemetry): string | undefined {
  if (name !== "cowboy.request.stop" && name !== "cowboy.request.exception") return undefined;
  return streamKey(metadata.term("pid"), metadata.term("streamid"));
}

function streamKey(connection: Term | undefined, stream: Term | undefined): string | undefined {
  if (!(connection instanceof Pid) || typeof stream !== "number") return undefined;
  const { node, id, serial, creation } = connection;
  return `${node} ${id} ${serial} ${creation} ${stream}`;
}
