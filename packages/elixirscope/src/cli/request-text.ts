import type { RequestAnswer, RequestStepRow } from "../protocol/index.ts";
import { formatNs, printable } from "./format.ts";
import type { Colors } from "./terminal.ts";

/**
 * A request as indented lines: when each plug was called, how long it took with everything in it, and below it what it made
 * of the connection.
 *
 *     GET /room  200  1.84 ms  HelloWeb.RoomController.show
 *        0 ns   1.84 ms  HelloWeb.Endpoint
 *      102 µs   4.92 µs    Plug.RequestId
 *                            resp_headers["x-request-id"]: → "GJ2…"
 */
export function requestLines(request: RequestAnswer, color: Colors): readonly string[] {
  const { method, path, query, status, durationNs, handler, error } = request;
  const head = [
    color.bold(`${method} ${printable(path)}${query === "" ? "" : `?${printable(query)}`}`),
    status === null ? "not ended" : String(status),
    ...(durationNs === null ? [] : [formatNs(durationNs)]),
    ...(handler === null ? [] : [printable(handler)]),
  ];
  return [
    head.join("  "),
    ...request.steps.flatMap((step) => stepLines(step, color)),
    ...(error
      ? [
          color.red(printable(`${error.exception ?? error.kind}: ${error.message ?? ""}`)),
          ...error.frames.map(({ function: name, place }) =>
            color.dim(`  ${printable(name)}  ${printable(place)}`),
          ),
        ]
      : []),
  ];
}

const WIDTH = 9;

function stepLines(step: RequestStepRow, color: Colors): readonly string[] {
  const { startNs, durationNs, depth, changes, more, unknown } = step;
  const times = `${formatNs(startNs).padStart(WIDTH)} ${(durationNs === null ? "-" : formatNs(durationNs)).padStart(WIDTH)}`;
  const indent = "  ".repeat(depth);
  const remarks = [
    ...(step.sent ? ["sent the answer"] : []),
    ...(step.halted ? ["halted"] : []),
    ...(step.failed ? [color.red("raised")] : []),
  ];
  const below = `${" ".repeat(2 * WIDTH + 3)}${indent}    `;
  return [
    [`${color.dim(times)}  ${indent}${title(step)}`, ...remarks].join("  "),
    ...changes.map(
      ({ path, before, after }) =>
        `${below}${color.dim(`${printable(path.replace(/^\./, ""))}:`)} ${value(before)}→ ${after === null ? "gone" : value(after).trimEnd()}`,
    ),
    ...unknown.map(
      (path) => `${below}${color.dim(`${printable(path.replace(/^\./, ""))}: too large to compare`)}`,
    ),
    ...(more ? [`${below}${color.dim("and more")}`] : []),
  ];
}

const MODULES: ReadonlySet<string> = new Set(["endpoint", "plug", "router", "controller"]);

const title = ({ type, name }: RequestStepRow): string =>
  MODULES.has(type) ? printable(name) : [type, printable(name)].filter((part) => part !== "").join(" ");

const value = (text: string | null): string =>
  text === null ? "" : `${text.startsWith("%Plug.Conn.Unfetched{") ? "not fetched" : printable(text)} `;
