import type { ProcessState, ProcessTable } from "../analysis/index.ts";
import type { ProcessesInput, ProcessList, ProcessRow } from "../protocol/index.ts";
import { Pace } from "../store/index.ts";
import { nodeFilter } from "./event-filter.ts";
import type { Lookup } from "./lookup.ts";
import type { ProcessNames } from "./process-names.ts";

const LIMIT = 1_000;

export interface ProcessListParts {
  readonly table: ProcessTable;
  readonly lookup: Lookup;
  readonly names: ProcessNames;
  row(state: ProcessState): ProcessRow;
}

/**
 * Processes in an order: rows are made of those that are shown, unless words are looked for in all.
 * @throws ElixirScopeError `QUERY_NO_SUCH_NODE`
 */
export async function listProcesses(parts: ProcessListParts, input: ProcessesInput): Promise<ProcessList> {
  const pace = new Pace();
  const { nodes } = nodeFilter(input.node, parts.lookup);
  const search = input.search?.toLowerCase() ?? "";
  const wanted = await pace.filter(
    [...parts.table.processes.values()],
    (state) =>
      (nodes?.includes(state.node) ?? true) &&
      (input.alive === undefined || state.alive === input.alive) &&
      (search === "" || matches(parts.row(state), search)),
  );
  const key = input.sort ?? "memory";
  const keyed = await pace.map(wanted, (state) => ({ state, key: keyOf(state, key, parts.names) }));
  const sorted = await pace.sorted(keyed, comparing(key, input.order));
  const offset = input.offset ?? 0;
  const page = sorted.slice(offset, offset + (input.limit ?? LIMIT));
  return { total: wanted.length, rows: await pace.map(page, ({ state }) => parts.row(state)) };
}

const matches = (row: ProcessRow, search: string): boolean =>
  [row.pid, row.label, row.initialCall, row.currentFunction, row.application ?? "", ...row.names].some(
    (text) => text.toLowerCase().includes(search),
  );

type SortKey = NonNullable<ProcessesInput["sort"]>;

/** What is not known counts as less than anything. */
function keyOf(state: ProcessState, key: SortKey, names: ProcessNames): string | number | bigint {
  if (key === "label" || key === "pid") return names.ref(state.index)?.[key] ?? "";
  if (key === "spawned") return state.spawnedAt ?? UNKNOWN;
  return state.sample?.[key] ?? -1;
}

const UNKNOWN = -(2n ** 63n);

interface Keyed {
  readonly key: string | number | bigint;
}

function comparing(key: SortKey, order: "asc" | "desc" | undefined): (a: Keyed, b: Keyed) => number {
  const textual = key === "label" || key === "pid";
  // Numbers are looked at largest first, names from A.
  const sign = (order ?? (textual ? "asc" : "desc")) === "asc" ? 1 : -1;
  if (!textual) return (a, b) => (a.key === b.key ? 0 : a.key < b.key ? -sign : sign);
  const { compare } = new Intl.Collator(undefined, { numeric: key === "pid" });
  return (a, b) => sign * compare(String(a.key), String(b.key));
}
