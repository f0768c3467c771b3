import type { ProcessDetail } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { count } from "../../domain/format.ts";
import { KIND_LOOKS } from "../../domain/kinds.ts";
import { KindLabel } from "../../parts/kind-mark.tsx";
import { useHref } from "../../place/use-place.ts";

/** How many events of each kind it has; each leads to them. */
export function KindCounts({ process }: { readonly process: ProcessDetail }): ReactElement | null {
  const href = useHref();
  const counted = KIND_LOOKS.map(({ kind }) => ({ kind, n: process.eventsByKind[kind] ?? 0 })).filter(
    ({ n }) => n > 0,
  );
  if (counted.length === 0) return null;
  return (
    <section>
      <h2 className="minor">
        Events <span className="muted">{count(process.events)}</span>
      </h2>
      <ul className="kind-counts">
        {counted.map(({ kind, n }) => (
          <li key={kind}>
            <Link
              href={href({
                view: "events",
                process: undefined,
                filters: { process: process.handle, kinds: [kind] },
              })}
            >
              <KindLabel kind={kind} />
              <span className="number">{count(n)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
