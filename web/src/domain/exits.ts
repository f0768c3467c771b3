import type { EventRow } from "elixirscope/protocol";

// The processes in which ElixirScope's own questions run on the node end with their answer as the reason.
const OWN = /^\s*\{:"\$es_rpc"/;

// `normal`, `shutdown` and `{shutdown, _}` are how processes are told to end. Everything else somebody wants to see.
const EXPECTED = new Set(["normal", "shutdown", ":normal", ":shutdown"]);

/** Did a process end in a way that nobody asked for? */
export const isCrash = (row: Pick<EventRow, "kind" | "tag" | "summary">): boolean =>
  row.kind === "exit" && !EXPECTED.has(row.tag ?? "") && !isExpectedReason(row.summary);

/** Is this printed exit reason one of the ordinary ones? */
export const isExpectedReason = (reason: string): boolean =>
  /^\s*(:normal|:shutdown|\{:shutdown\b)/.test(reason) || OWN.test(reason);

/** Does a row show something that went wrong? Red is for these only. */
export const isFailure = (row: Pick<EventRow, "kind" | "tag" | "summary">): boolean =>
  row.kind === "exception" || row.kind === "send_to_dead" || isCrash(row);
