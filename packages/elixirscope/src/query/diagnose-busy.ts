import type { LeakFact, MoreFacts } from "../analysis/index.ts";
import { isNodeEntry, NONE } from "../model/index.ts";
import type { BoundariesAnswer } from "../protocol/index.ts";
import type { Samples } from "./diagnose-processes.ts";
import { type DiagnoseSources, who } from "./diagnose-sources.ts";
import { mfaText } from "./lookup.ts";

const BUSIEST = 3;
const LEAKS = 50;
const CALLS = 100;

/** Who did most work between its first sample and its last. */
export function busyFacts(samples: Samples, sources: DiagnoseSources): MoreFacts["busy"] {
  const all = [...samples].flatMap(([pid, points]) => {
    const [first, last] = [points[0], points.at(-1)];
    const process = who(pid, sources);
    if (!process || !first || !last) return [];
    const working = points.filter(({ status }) => status === "running" || status === "runnable").length;
    const reductions = Math.max(0, last.reductions - first.reductions);
    return [{ process, reductions, id: last.id, at: last.at, working, samples: points.length }];
  });
  const sum = all.reduce((total, { reductions }) => total + reductions, 0);
  return all
    .toSorted((a, b) => b.reductions - a.reductions)
    .slice(0, BUSIEST)
    .map((one) => ({ ...one, share: sum === 0 ? 0 : one.reductions / sum }));
}

/** Nodes that were observed, or whose processes were seen. */
export async function knownNodes({ store, lookup }: DiagnoseSources): Promise<readonly string[]> {
  const names = new Set((await store.nodes()).map(({ name }) => name));
  for (let i = 0; ; i++) {
    const entry = lookup.process(i);
    if (!entry) break;
    if (!isNodeEntry(entry)) names.add(entry.node);
  }
  return [...names];
}

/** Leaks of contexts that were looked at while it was recorded, with those of their calls that are in the record. */
export async function leakFacts(sources: DiagnoseSources): Promise<readonly LeakFact[]> {
  const { store, lookup, clock } = sources;
  const kept = (await store.meta()).get("boundaries");
  if (kept === undefined) return [];
  const { leaks } = JSON.parse(kept) as BoundariesAnswer;
  const facts: LeakFact[] = [];
  for (const { caller, callee, context, file, line } of leaks.slice(0, LEAKS)) {
    const functions = lookup.functionsMatching(
      (one) => mfaText(one.module, one.function, one.arity) === callee,
    );
    const calls =
      functions.length === 0
        ? []
        : await store.events({
            kinds: ["call"],
            functions,
            order: "newest_first",
            limit: CALLS,
            withoutPayload: true,
          });
    const own = calls.filter(({ tag }) => tag !== NONE && isFrom(lookup.atomName(tag), caller));
    const told = own
      .toReversed()
      .map(({ id, ts, pid }) => ({ id, t: clock.t(ts), process: who(pid, sources) ?? null }));
    facts.push({ caller, callee, context, place: line === null ? null : `${file}:${line}`, calls: told });
  }
  return facts;
}

/** `Elixir.Shop.Cart.add/2:17` is from `Shop.Cart` and from `Shop.Cart.add/2`. */
function isFrom(tag: string, caller: string): boolean {
  const plain = tag.replace(/^Elixir\./, "").replace(/:\d+$/, "");
  return plain === caller || plain.startsWith(`${caller}.`);
}
