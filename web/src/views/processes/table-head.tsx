import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactElement } from "react";
import type { ProcessOptions, SortKey } from "../../place/place.ts";
import { go } from "../../place/use-place.ts";

const COLUMNS: readonly { readonly text: string; readonly sort?: SortKey; readonly number?: boolean }[] = [
  { text: "Process", sort: "label" },
  { text: "pid", sort: "pid" },
  { text: "Memory", sort: "memory", number: true },
  { text: "Mailbox", sort: "mailbox", number: true },
  { text: "Reductions", sort: "reductions", number: true },
  { text: "Status" },
  { text: "Now in" },
];

/** Column names; a click sorts, a second one turns the order round. */
export function TableHead({ options }: { readonly options: ProcessOptions }): ReactElement {
  return (
    <div className="row process-row table-head" role="row" aria-rowindex={1}>
      {COLUMNS.map(({ text, sort, number = false }) => (
        <div
          key={text}
          role="columnheader"
          className={number ? "number" : undefined}
          aria-sort={
            options.sort === sort ? (options.order === "asc" ? "ascending" : "descending") : undefined
          }
        >
          {sort ? (
            <button type="button" onClick={() => sortBy(sort, options)}>
              {text}
              {options.sort === sort && <Direction order={options.order} />}
            </button>
          ) : (
            text
          )}
        </div>
      ))}
    </div>
  );
}

function Direction({ order }: { readonly order: "asc" | "desc" }): ReactElement {
  return order === "asc" ? (
    <ArrowUp size={12} aria-hidden="true" />
  ) : (
    <ArrowDown size={12} aria-hidden="true" />
  );
}

function sortBy(sort: SortKey, options: ProcessOptions): void {
  const turned = options.order === "asc" ? "desc" : "asc";
  const order = options.sort === sort ? turned : sort === "label" || sort === "pid" ? "asc" : "desc";
  go(({ processes }) => ({ processes: { ...processes, sort, order } }), { replace: true });
}
