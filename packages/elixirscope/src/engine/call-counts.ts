import { setTimeout as delay } from "node:timers/promises";
import type { NodeLink } from "./node-link.ts";
import type { Recorder } from "./recorder.ts";

/** Calls of one function from one place. */
export interface CallCount {
  readonly callee: string;
  /** `Hello.Web.show/2`, of a call in a fun the function around it. */
  readonly caller: string;
  readonly line: number | null;
  readonly calls: number;
}

const PAGE = 10_000;

/**
 * Who calls these functions (`Mod.fun/arity`) in the next `ms` milliseconds, how often, from which line: they are traced for
 * as long, beside whatever is traced anyway. Calls that were dropped are missing.
 */
export async function callCounts(
  link: NodeLink,
  recorder: Recorder,
  functions: readonly string[],
  ms: number,
): Promise<readonly CallCount[]> {
  const since = recorder.numbering.id - 1;
  await link.tracingAlso(functions, () => delay(ms));
  const counts = new Map<string, CallCount>();
  for (const mfa of functions) {
    for (let afterId = since, more = true; more; ) {
      const order = "oldest_first";
      const page = await recorder.query.events({ kinds: ["call"], mfa, afterId, order, limit: PAGE });
      for (const { tag, mfa: callee } of page.rows) {
        const place = placeOf(tag ?? "");
        const key = `${callee} ${place.caller} ${place.line}`;
        const before = counts.get(key)?.calls ?? 0;
        counts.set(key, { callee: callee ?? mfa, ...place, calls: before + 1 });
      }
      more = page.more && page.rows.length > 0;
      afterId = page.rows.at(-1)?.id ?? afterId;
    }
  }
  return [...counts.values()];
}

/** Of `Hello.Web.show/2:17` and `Hello.Web."-show/2-fun-0-"/1:17`. */
function placeOf(tag: string): Pick<CallCount, "caller" | "line"> {
  const [, mfa = tag, line] = /^(.*\/\d+)(?::(\d+))?$/s.exec(tag) ?? [];
  return {
    caller: mfa.replace(/"?-(.+?\/\d+)-(?:fun|lc|lbc|mc|anonymous)\S*"?\/\d+$/, "$1"),
    line: line === undefined ? null : Number(line),
  };
}
