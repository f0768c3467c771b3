import type { EventRow } from "elixirscope/protocol";

/** The same process (by its label) dying of the same reason, again and again. */
export interface CrashGroup {
  /** The newest of them. */
  readonly row: EventRow;
  readonly times: number;
}

/** One entry for crashes of one kind, of processes that are known by more than a pid first, the latest first; `rows` newest first. */
export function crashGroups(rows: readonly EventRow[]): readonly CrashGroup[] {
  const groups = new Map<string, { row: EventRow; times: number }>();
  for (const row of rows) {
    const key = `${row.process?.label ?? ""}\n${kindOfReason(row.summary)}`;
    const group = groups.get(key);
    if (group) group.times += 1;
    else groups.set(key, { row, times: 1 });
  }
  return [...groups.values()].toSorted((a, b) => Number(isNameless(a.row)) - Number(isNameless(b.row)));
}

// Processes that carried a connection or a call from outside end by the dozen, for reasons of their own.
const isNameless = ({ process }: EventRow): boolean => !process || process.label === process.pid;

// Pids, references and numbers differ from one crash to the next of the same sort.
const kindOfReason = (summary: string): string =>
  summary.replaceAll(/#(PID|Reference|Port|Function)<[^>]*>?/g, "#$1").replaceAll(/\d+/g, "0");
