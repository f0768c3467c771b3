import type { ExecutionRow } from "../protocol/index.ts";
import { clockOf } from "./event-text.ts";
import { clip, formatNs, printable, processText } from "./format.ts";
import type { Colors } from "./terminal.ts";

/** A call in two lines: who called what with which arguments, and what became of it. At most `width` characters each. */
export function executionText(row: ExecutionRow, width: number, color: Colors): string {
  const time = clockOf(row.at);
  const indent = " ".repeat(time.length + 2 + 2 * Math.min(row.depth, 10));
  const call = clip(printable(callText(row)), Math.max(20, width - indent.length));
  const facts = factsOf(row);
  const result = clip(printable(resultText(row)), Math.max(20, width - indent.length - facts.length - 5));
  const paint = row.outcome === "returned" ? color.green : row.outcome === "open" ? color.cyan : color.red;
  const head = `${color.dim(time)}${indent.slice(time.length)}`;
  return `${head}${color.bold(call)}\n${indent}${paint(result)}   ${color.dim(printable(facts))}`;
}

/** `Hello.Counter.add(1, %{qty: 2})`; without arguments where the call was not recorded. */
export const callText = ({ mfa, args }: ExecutionRow): string =>
  args === null ? mfa : `${mfa.replace(/\/[\d?]+$/, "")}(${args.text.replace(/^\[|\]$/g, "")})`;

/** What became of the call. */
export function resultText({ outcome, result }: ExecutionRow): string {
  const text = result?.text ?? "";
  switch (outcome) {
    case "returned":
      return `→ ${text}`;
    case "raised":
      return `⇒ ${text}`;
    case "ended":
      return `the process ended: ${text}`;
    case "open":
      return "… no end so far";
    case "unknown":
      return "? its end was not recorded";
  }
}

function factsOf(row: ExecutionRow): string {
  const took = row.durationNs === null ? [] : [timeText(row)];
  const who = row.process ? [processText(row.process)] : [];
  const caller =
    row.caller === null ? [] : [`from ${row.caller}${row.callerLine === null ? "" : `:${row.callerLine}`}`];
  const place = placeOf(row);
  const doubt = row.certain ? [] : ["events were lost meanwhile"];
  const flow = row.flow === null ? [] : [row.flow];
  return [...took, ...flow, ...who, ...caller, ...(place === "" ? [] : [place]), ...doubt].join(" · ");
}

function timeText({ durationNs, ownNs }: ExecutionRow): string {
  const took = formatNs(durationNs ?? 0);
  return ownNs === null || ownNs === durationNs ? took : `${took} (own ${formatNs(ownNs)})`;
}

/** `lib/hello/counter.ex:12`: what comes before `lib`, `src` or `test` is the machine's affair. */
export function placeOf({ file, line }: Pick<ExecutionRow, "file" | "line">): string {
  if (file === null) return "";
  const short =
    /(?:^|\/)((?:apps\/[^/]+\/)?(?:lib|src|test)\/(?!.*\/(?:lib|src|test)\/).*)$/.exec(file)?.[1] ?? file;
  return line === null ? short : `${short}:${line}`;
}
